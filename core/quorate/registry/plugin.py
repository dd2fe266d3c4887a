"""One plugin: where it is from, what it has, and what became of it."""

import os
import traceback
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from enum import StrEnum
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from quorate.errors import QuorateError
from quorate.foreign import cause, raised_at, told
from quorate.registry.interpreter_rows import InterpreterRow
from quorate.registry.kinds import Kind
from quorate.registry.rows import Disabled, Row

SLOW_IMPORT = 1.0
"""Seconds: importing a hook module for longer is worth a remark, since commands wait for it."""


class PluginState(StrEnum):
    """What became of a plugin."""

    LOADED = "loaded"
    BROKEN = "broken"
    BLOCKED = "blocked"
    INCOMPATIBLE = "incompatible"
    FOUND = "found"
    """A hook module that nothing needed so far; it is imported when hooks are."""


@dataclass
class Plugin:
    """One manifest, or one module of hooks, and what became of it.

    Attributes:
        name: the entry point's key, the path of a manifest given by hand, or that of an included one's package.
        group: ``quorate.manifest`` or ``quorate.plugin``.
        value: what the entry point refers to.
        distribution: whose it is.
        version: of that distribution.
        state: what became of it.
        rows: the usable rows of a manifest.
        disabled: its rows with mistakes.
        references: the files of reference results that a manifest names.
        kinds: that a manifest declares.
        interpreters: that a manifest describes.
        included: the plugins of the manifests that a manifest includes.
        namespace: what a third party's names begin with; None: any name will do.
        directory: of a manifest given by hand, where its targets may live too.
        path: the manifest.
        error: why it is not loaded.
        traceback: of what Python raised.
        raised_at: the file and line of that, the plugin's own where it is in one of its files.
        mendable: the error says all that its author needs, without the traceback.
        entry_point: of a hook module, to load it.
        seconds: that importing a hook module took; None: it was not imported.
    """

    name: str
    group: str
    value: str
    distribution: str
    version: str
    state: PluginState = PluginState.LOADED
    rows: tuple[Row, ...] = ()
    disabled: tuple[Disabled, ...] = ()
    references: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    interpreters: tuple[InterpreterRow, ...] = ()
    included: "tuple[Plugin, ...]" = ()
    namespace: str | None = None
    directory: str | None = None
    path: Path | None = None
    error: str = ""
    traceback: str = ""
    raised_at: str = ""
    mendable: bool = False
    entry_point: EntryPoint | None = None
    seconds: float | None = None

    @property
    def provides(self) -> str:
        """``components`` or ``hooks``."""
        return "components" if self.group == "quorate.manifest" else "hooks"

    def described(self) -> dict[str, Any]:
        """What is told of it, as data."""
        names = "name", "provides", "distribution", "version", "value", "state"
        return {
            **{name: getattr(self, name) for name in names},
            "components": [row.name for row in self.rows if not row.only_presets],
            "disabled": [asdict(disabled) for disabled in self.disabled],
            "import_seconds": self.seconds,
            "slow": self.slowness or None,
            "error": self.error or None,
            "traceback": self.traceback or None,
        }

    @property
    def slowness(self) -> str:
        """A remark on a hook module that is slow to import; else nothing."""
        slow = self.seconds is not None and self.seconds > SLOW_IMPORT
        return f"slow: {self.seconds:.1f} s to import" if slow else ""

    def family(self) -> "Iterator[Plugin]":
        """It, and the plugins of all manifests that it includes."""
        yield self
        for plugin in self.included:
            yield from plugin.family()

    def fail(self, error: Exception) -> None:
        """Note that it is broken; with ``QUORATE_STRICT=1`` raise the error instead."""
        if strict():
            raise error
        self.state, self.error = PluginState.BROKEN, told(error)
        self.mendable = isinstance(error, QuorateError)
        self.traceback = "".join(traceback.format_exception(cause(error)))
        self.raised_at = raised_at(error)


def strict() -> bool:
    """Whether a broken plugin is an error of the host: ``QUORATE_STRICT`` is set, and not to 0."""
    return os.environ.get("QUORATE_STRICT", "0") not in ("", "0")
