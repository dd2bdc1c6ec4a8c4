"""Packages whose names are loaded when they are asked for (PEP 562), so that ``import carereach`` stays light."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules


def names_of(
    package: str, objects: Mapping[str, str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """The module functions ``__getattr__`` and ``__dir__`` for ``package``.

    A name is looked up in ``objects`` (name -> absolute name of the module that defines it) and, after that, among
    the package's own modules. Raises :class:`AttributeError` for any other name.
    """
    defined_in = dict(objects or {})

    def load(name: str) -> object:
        if name in defined_in:
            return getattr(import_module(defined_in[name]), name)
        if name.startswith("_") or find_spec(f"{package}.{name}") is None:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return import_module(f"{package}.{name}")

    def names() -> list[str]:
        modules = (module.name for module in iter_modules(import_module(package).__path__))
        return sorted({*defined_in, *modules})

    return load, names
