"""Quorate: a plugin-based registry of multi-agent environments and algorithms under partial observability."""

__version__ = "0.1.0"

TYPE_CHECKING = False  # not that of `typing`, whose import would cost more than all of this
if TYPE_CHECKING:
    from quorate.door.catalogue import check as check
    from quorate.door.catalogue import list_components as list
    from quorate.door.catalogue import make as make
    from quorate.door.catalogue import register as register
    from quorate.door.catalogue import show as show
    from quorate.door.run import Run as Run
    from quorate.door.run import load as load
    from quorate.door.running import compose as compose
    from quorate.door.running import evaluate as evaluate
    from quorate.door.running import export as export
    from quorate.door.running import extend as extend
    from quorate.door.running import resume as resume
    from quorate.door.running import train as train
    from quorate.door.session import configure as configure
    from quorate.door.studies import compare as compare
    from quorate.door.studies import report as report
    from quorate.environments import to_parallel as to_parallel
    from quorate.errors import QuorateError as QuorateError
    from quorate.interfaces import *  # noqa: F403
    from quorate.settings import component as component
    from quorate.settings import components as components
    from quorate.settings import setting as setting

_HOMES = {
    "QuorateError": "errors",
    "Run": "door.run",
    "check": "door.catalogue",
    "compare": "door.studies",
    "component": "settings",
    "components": "settings",
    "compose": "door.running",
    "configure": "door.session",
    "evaluate": "door.running",
    "export": "door.running",
    "extend": "door.running",
    "list": "door.catalogue:list_components",
    "load": "door.run",
    "make": "door.catalogue",
    "register": "door.catalogue",
    "report": "door.studies",
    "resume": "door.running",
    "setting": "settings",
    "show": "door.catalogue",
    "to_parallel": "environments",
    "train": "door.running",
}


if not TYPE_CHECKING:  # else every name would be right for a type checker

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES and (name.startswith("_") or name not in import_module("quorate.interfaces").__all__):
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        home, _, own = _HOMES.get(name, "interfaces").partition(":")
        value = globals()[name] = getattr(import_module(f"quorate.{home}"), own or name)
        return value

    def __dir__() -> list[str]:
        from quorate import interfaces

        return sorted({*globals(), *_HOMES, *interfaces.__all__})
