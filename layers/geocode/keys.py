"""Keys of geocoding services: from the environment or the system's keyring, and out of everything that is shown.

Never from a file: a study is passed on. ``CARE_<NAME>_KEY`` holds the key of the provider ``<name>``; without it, the
keyring is asked for the password of the user ``<name>`` of the service ``carereach`` (``keyring set carereach amap``,
with the extra ``carereach[keyring]``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from importlib.util import find_spec
from urllib.parse import quote, quote_plus

from ...errors import InputError, Problem

KEYRING = "carereach"
SHAPE = re.compile(r"[!#-&(-;=?-\[\]-~]{8,400}")  # visible ASCII without quotes, backslash, < and >
HIDDEN = "***"


class Key:
    """A secret that shows itself to nobody who does not ask for it by :meth:`reveal`."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def reveal(self) -> str:
        """The secret, for the request."""
        return self._secret

    def hide(self, text: str) -> str:
        """``text`` with the secret, plain or encoded as in addresses and pages, replaced."""
        secret = self._secret
        for shape in {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), escape(secret)}:
            text = text.replace(shape, HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"Key({HIDDEN})"

    def __reduce__(self) -> str:
        raise TypeError("a key is not written anywhere")


def variable_of(provider: str) -> str:
    """The environment variable of a provider's key: ``CARE_AMAP_KEY``."""
    return f"CARE_{re.sub(r'[^A-Z0-9]', '_', provider.upper())}_KEY"


def find_key(provider: str, environment: Mapping[str, str]) -> Key | None:
    """The key of ``provider``, None where there is none.

    Blanks and line breaks around it, which come along when a key is copied from a web page, are taken off.
    :class:`InputError` where what is found cannot be a key, or the keyring cannot be opened.
    """
    name = variable_of(provider)
    found = environment.get(name, "").strip().strip("\ufeff\u200b")
    if not found:
        found = (_from_keyring(provider) or "").strip()
    if not found:
        return None
    if not SHAPE.fullmatch(found):
        raise InputError(Problem("geocode.key-shape", params={"provider": provider, "variable": name}))
    return Key(found)


def _from_keyring(provider: str) -> str | None:
    if find_spec("keyring") is None:
        return None
    import keyring  # an extra, heavy: loaded where it is used
    from keyring.errors import KeyringError, NoKeyringError

    try:
        secret: str | None = keyring.get_password(KEYRING, provider)
    except NoKeyringError:
        return None
    except KeyringError as error:
        reason = type(error).__name__
    else:
        return secret
    raise InputError(Problem("geocode.keyring", params={"provider": provider, "reason": reason}))
