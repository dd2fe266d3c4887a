"""Quorate: a plugin-based registry of multi-agent environments and algorithms under partial observability."""

import sys

__version__ = "0.2.0"

TYPE_CHECKING = False  # not that of `typing`, whose import would cost more than all of this
if TYPE_CHECKING:
    from quorate.door.catalogue import list_components as list
    from quorate.door.catalogue import make as make
    from quorate.door.catalogue import register as register
    from quorate.door.catalogue import show as show
    from quorate.door.checking import check as check
    from quorate.door.exporting import export as export
    from quorate.door.playing import play as play
    from quorate.door.run import Run as Run
    from quorate.door.run import load as load
    from quorate.door.running import compose as compose
    from quorate.door.running import evaluate as evaluate
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

_NAMES = {
    "door.catalogue": "list make register show",
    "door.checking": "check",
    "door.exporting": "export",
    "door.playing": "play",
    "door.run": "Run load",
    "door.running": "compose evaluate extend resume train",
    "door.session": "configure",
    "door.studies": "compare report",
    "environments": "to_parallel",
    "errors": "QuorateError",
    "settings": "component components setting",
}
_HOMES = {name: home for home, names in _NAMES.items() for name in names.split()}


if not TYPE_CHECKING:  # else every name would be right for a type checker

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES and (name.startswith("_") or name not in import_module("quorate.interfaces").__all__):
            import_module("quorate.gone").gone_from(__name__)(name)
        home = import_module(f"quorate.{_HOMES.get(name, 'interfaces')}")
        value = globals()[name] = getattr(home, "list_components" if name == "list" else name)
        return value

    def __dir__() -> list[str]:
        from quorate import interfaces

        return sorted({*globals(), *_HOMES, *interfaces.__all__})


class _Gone:
    """The last finder of modules: importing what version 0.1 had elsewhere says what to write now."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name.startswith("quorate."):
            from quorate.gone import refuse_gone

            refuse_gone(name)


sys.meta_path.append(_Gone)
