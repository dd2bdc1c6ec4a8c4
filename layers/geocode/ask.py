"""Asks every provider about every row, in order, resumable: what was answered once is never asked again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ...errors import InputError, Problem
from ..web import web_client
from .keys import Key, find_key, variable_of
from .manners import Clock, Manners
from .model import Candidate, Provider, Query
from .providers.amap import Amap
from .providers.baidu import Baidu
from .providers.client import Account, Line, WebProvider
from .providers.described import read_description
from .providers.nominatim import Nominatim
from .providers.service import ProviderOptions, Service
from .providers.tianditu import Tianditu
from .store import Store

LABEL = "geocode.label-asking"
GAZETTEER = "gazetteer"
THIS_COMPUTER = ("127.0.0.1", "localhost", "::1")
SERVICES = ("tianditu", "amap", "baidu", "nominatim")
Progress = Callable[[int, int, str], None]  # done, total, message code of what is done


class Answered(NamedTuple):
    """What became of one row: all candidates, provider by provider, and what could not be asked and why."""

    query: Query
    candidates: tuple[Candidate, ...]
    failures: tuple[Problem, ...]


def _silent(_done: int, _total: int, _label: str) -> None:
    """Shows nothing."""


def ask_all(
    queries: Sequence[Query],
    providers: Sequence[Account | Provider],
    store: Store,
    *,
    offline: bool = False,
    progress: Progress = _silent,
    clock: Clock | None = None,
    attempts: int = 4,
) -> Iterator[Answered]:
    """Yields every row with its candidates, in the order of ``queries``; a row nobody can answer comes without any.

    Each answer is in the store before its row is yielded, so that a run that ends at any moment (Ctrl-C, kill) is
    continued by the next one without asking again. A provider whose allowance is used up, that refuses the key, or that
    fails three times in a row, is asked no more; what the store has of it still counts. ``offline``: only the store
    and providers that need no network. Raises :class:`InputError` only for the store itself.
    """
    with web_client() as client:
        line = Line(client, store, offline, clock or Clock(), attempts)
        asked = [WebProvider(one, line) if isinstance(one, Account) else one for one in providers]
        for number, query in enumerate(queries, start=1):
            candidates: list[Candidate] = []
            failures: list[Problem] = []
            for provider in asked:
                if isinstance(provider, WebProvider):
                    found, failed = provider.ask_each(query)
                    failures += [replace(problem, row=query.row) for problem in failed]
                else:
                    found = provider.ask(query)
                candidates += found
            progress(number, len(queries), LABEL)
            yield Answered(query, tuple(candidates), tuple(failures))


def accounts(
    names: Sequence[str],
    environment: Mapping[str, str],
    *,
    folder: Path,
    options: Mapping[str, ProviderOptions] | None = None,
) -> tuple[Account, ...]:
    """The services named (``amap``, or the path of a ``.toml`` description, from ``folder``), with their keys.

    ``gazetteer`` is passed over: it needs a study and no account. ``CARE_<NAME>_URL`` in ``environment`` names another
    address of the service. :class:`InputError` lists every unknown name and missing key.
    """
    options = options or {}
    problems: list[Problem] = []
    found: list[Account] = []
    for name in dict.fromkeys(names):
        if name == GAZETTEER:
            continue
        try:
            service = _service(name, folder, options.get(name, ProviderOptions()), environment)
            found.append(Account(service, _key(service, environment)))
        except InputError as error:
            problems += error.problems
    taken = [account.name for account in found]
    for twice in sorted({name for name in taken if taken.count(name) > 1}):
        problems.append(Problem("geocode.provider-twice", value=twice))
    if problems:
        raise InputError(problems)
    return tuple(found)


def named_in_sources(asked: Sequence[Account | Provider]) -> dict[str, str]:
    """How the source of a place names each service: with its host where that is this computer or not its own address.

    So places from a proxy, a server of one's own, or a server with made-up answers are told from the service's own.
    """
    usual = {service.name: service.base for service in (Tianditu(), Amap(), Baidu(), Nominatim())}
    named = {}
    for account in asked:
        if isinstance(account, Account):
            base, host = account.service.base, urlsplit(account.service.base).hostname or "?"
            other = usual.get(account.name, base) != base or host in THIS_COMPUTER
            named[account.name] = f"{account.name} ({host})" if other else account.name
    return named


def _key(service: Service, environment: Mapping[str, str]) -> Key | None:
    if not service.key_param:
        return None
    key = find_key(service.name, environment)
    if key is None:
        params = {"provider": service.name, "variable": variable_of(service.name)}
        raise InputError(Problem("geocode.no-key", params=params))
    return key


def _service(name: str, folder: Path, options: ProviderOptions, environment: Mapping[str, str]) -> Service:
    if name.lower().endswith(".toml"):
        described = read_description(folder / name)
        manners = _manners(described.manners, options)
        return replace(described, base=_base(described.name, described.base, options, environment), manners=manners)
    known: dict[str, Tianditu | Amap | Baidu | Nominatim] = {
        "tianditu": Tianditu(),
        "amap": Amap(),
        "baidu": Baidu(coordtype=options.coordtype),
        "nominatim": Nominatim(
            countrycodes=options.countrycodes or "", language=options.language, email=options.email or ""
        ),
    }
    if name not in known:
        raise InputError(Problem("geocode.provider-unknown", value=name, params={"known": ", ".join(known)}))
    service = known[name]
    base = _base(name, service.base, options, environment)
    return replace(service, base=base, manners=_manners(service.manners, options), ask=options.ask)


def _base(name: str, usual: str, options: ProviderOptions, environment: Mapping[str, str]) -> str:
    variable = variable_of(name).removesuffix("_KEY") + "_URL"
    base = (environment.get(variable, "").strip() or options.base or usual).rstrip("/")
    if not base.startswith(("http://", "https://")) or any(sign in base for sign in "?#@"):
        raise InputError(Problem("geocode.base", params={"provider": name, "variable": variable}))
    return base


def _manners(usual: Manners, options: ProviderOptions) -> Manners:
    return replace(
        usual,
        per_second=options.per_second or usual.per_second,
        per_day=usual.per_day if options.per_day is None else options.per_day,
    )
