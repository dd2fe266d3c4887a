"""The registry: components by kind and name, from every manifest and from the hooks."""

import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quorate.errors import RegistryError
from quorate.failures import told_as
from quorate.imports import importable
from quorate.nearest import nearest
from quorate.registry import fit
from quorate.registry.discovery import allowed_names, discover
from quorate.registry.entries import HOST
from quorate.registry.interpreter_rows import InterpreterRow
from quorate.registry.kinds import KINDS, Kind, find_kind
from quorate.registry.plugin import Plugin, PluginState, strict
from quorate.registry.rows import Disabled, Row, disabled_alike
from quorate.registry.served import may_serve, served_row
from quorate.registry.targets import find_settings_class
from quorate.registry.unknown import unknown
from quorate.settings import Component, load_target, settings_tags

if TYPE_CHECKING:
    from quorate.registry.hooks import Hooks


def load_registry(
    manifests: Sequence[str | Path] = (),
    *,
    plugins: bool = True,
    allow: Sequence[str] = (),
    interpreters: Mapping[str, str] | None = None,
) -> "Registry":
    """Read every manifest; nothing is imported.

    Args:
        manifests: unpackaged manifests, for this call only. Their targets may live in modules next to the manifest:
            its directory is appended to ``sys.path`` when one of its components is used.
        plugins: False blocks third-party entry points.
        allow: packages that settings may name modules of, besides those that a row allows (`quorate.imports`).
        interpreters: the paths of other Python interpreters, by the names that configurations give them; they win over
            those of the user's settings.

    Raises:
        ManifestError: where one of `manifests` has a mistake, or any manifest under ``QUORATE_STRICT=1``.
    """
    origin = {
        "manifests": [str(Path(path).absolute()) for path in manifests],
        "plugins": plugins,
        "allow": list(allow),
        "interpreters": {name: str(Path(path).expanduser().absolute()) for name, path in (interpreters or {}).items()},
    }
    return Registry(discover(manifests, plugins=plugins), allow, origin)


def registry_from(origin: Mapping[str, Any]) -> "Registry":
    """The registry that `load_registry` made elsewhere, from its `Registry.origin`.

    Raises:
        ManifestError: as of `load_registry`.
    """
    return load_registry(**origin)


class Registry:
    """What exists.

    Attributes:
        plugins: every manifest and hook module found, with its state.
        kinds: those of components by name, in the order of lists: the built-in ones, then those that plugins declare.
        disabled: the rows with mistakes, those of kinds that there are not, and those whose name another distribution
            has too.
        allow: packages that settings may name modules of, in every component that may import some.
        origin: plain data from which `registry_from` makes the same registry in another process.
    """

    def __init__(
        self,
        plugins: Sequence[Plugin],
        allow: Sequence[str] = (),
        origin: Mapping[str, Any] | None = None,
    ) -> None:
        self.plugins, self.allow = tuple(plugins), tuple(allow)
        given = {"manifests": [], "plugins": True, "allow": list(allow), "interpreters": {}}
        self.origin: dict[str, Any] = {**given, **(origin or {})}
        self.disabled: list[Disabled] = []
        loaded = [plugin for plugin in self.plugins if plugin.state is PluginState.LOADED]
        self.kinds = dict(KINDS)
        for kind in (kind for plugin in loaded for kind in plugin.kinds):
            self._open(self.kinds.setdefault(kind.name, kind))
        self._rows: dict[tuple[str, str], Row] = {}
        self._only_presets: dict[tuple[str, str], Row] = {}
        self._found: dict[str, bool] = {}
        for plugin in loaded:
            self.disabled += plugin.disabled
            for row in plugin.rows:
                self._add(row)

    def _add(self, row: Row) -> None:
        try:
            find_kind(self.kinds, row.kind)
        except RegistryError as error:
            reason = f"{row.name!r} of {row.distribution} ({row.where}) is of the kind {row.kind!r}, which there is not"
            self._refuse(row, "Unknown kind", reason, error.fix)
            return
        rows = self._only_presets if row.only_presets else self._rows
        first = rows.setdefault((row.kind, row.name), row)
        if first is not row:
            reason = (
                f"the {row.kind} {row.name!r} of {row.distribution} ({row.where}) has the name of one of "
                f"{first.distribution} ({first.where}), which is used"
            )
            self._refuse(row, "Duplicate name", reason, "Rename one of the two.")

    def _refuse(self, row: Row, what: str, reason: str, fix: str | None) -> None:
        if strict() or row.directory is not None:
            raise RegistryError(f"{what}: {reason}.", where=row.where, fix=fix)
        self.disabled.append(Disabled(row.kind, row.name, reason))

    @cached_property
    def hooks(self) -> "Hooks":
        """The plugin manager, with every hook module imported (see `quorate.registry.hooks.Hooks.call`)."""
        from quorate.registry.hooks import load_hooks

        return load_hooks(self.plugins)

    def load_plugins(self) -> None:
        """Import every hook module, which is what finds out the state of its plugin."""
        assert self.hooks is not None

    def rows(self, kind: str | None = None) -> list[Row]:
        """The usable rows, in the order of kinds and then of manifests."""
        order = list(self.kinds)
        rows = [row for row in self._rows.values() if kind in (None, row.kind)]
        return sorted(rows, key=lambda row: order.index(row.kind))

    def choices(self, kind: str, facts: Mapping[str, Any] | None = None) -> list[str]:
        """The names of a kind, for a message: those of plugins before the many that are built in.

        What does not fit the facts, the tags of an environment, is left out.
        """
        rows = [row for row in self.rows(kind) if fit.likely(row.tags.get("requires", {}), facts or {})]
        return [row.name for row in sorted(rows, key=lambda row: row.distribution == HOST)]

    def kinds_of(self, name: str) -> list[str]:
        """The kinds that have a component of that name."""
        return [row.kind for row in self.rows() if row.name == name]

    def presets(self, row: Row) -> list[Row]:
        """The presets of a row."""
        return [one for one in self.rows(row.kind) if (one.preset_of, one.path) == (row.name, row.path)]

    def above_presets(self, name: str, kind: str | None = None) -> Row | None:
        """The row of a name that is no component itself, while its presets are."""
        found = (row for (of, own), row in self._only_presets.items() if own == name and kind in (None, of))
        return next(found, None)

    def find(self, kind: str, name: str, *, installed: bool = True) -> Row:
        """The row of a component; `installed` insists that what it needs is there.

        Raises:
            RegistryError: where it is unknown, of another kind, disabled, or not installed.
        """
        row = self._rows.get((kind, name)) or self._served(kind, name)
        if row is None:
            raise self.disabled_error(name, kind) or unknown(self, kind, name)
        if installed and (missing := self.missing(row)):
            problem = f"The {kind} {name!r} needs {', '.join(missing)}, which is not installed."
            raise RegistryError(problem, where=row.where, fix=f"Run: {self.install_command(row)}{self.afterwards(row)}")
        return row

    def disabled_error(self, name: str, kind: str | None = None) -> RegistryError | None:
        """What to raise for a name that nothing has but a row that is disabled; None where there is no such row.

        Of any kind where none is given; a row may also be disabled because its kind is none.
        """
        if self.kinds_of(name):
            return None
        for disabled in self.disabled:
            own = f"{name}/".startswith(f"{disabled.name}/")  # it, or a preset of the row
            if own and (kind in (None, disabled.kind) or disabled.kind not in self.kinds):
                return disabled.error()
        return None

    def missing(self, row: Row) -> tuple[str, ...]:
        """The modules that a row needs and that can not be found (they are not imported)."""
        for module in row.needs:
            if module not in self._found:
                self._found[module] = importable(module)
        return tuple(module for module in row.needs if not self._found[module])

    def install_command(self, row: Row) -> str:
        """What to type to get what a row needs."""
        if row.install:
            return row.install
        if row.interpreter:
            return f"quorate interpreter create {row.interpreter.rpartition('/')[2]} --for {row.interpreter}"
        if row.extra:
            return f"pip install '{row.distribution}[{row.extra}]'"
        return f"pip install {' '.join(row.needs)}" if row.needs else f"pip install {row.distribution}"

    def afterwards(self, row: Row) -> str:
        """What is to be written once `install_command` has made an interpreter, for the end of a sentence."""
        if not row.interpreter or row.install:
            return ""
        return f"; then give the {row.kind} 'interpreter: {row.interpreter.rpartition('/')[2]}'"

    def interpreters(self) -> list[InterpreterRow]:
        """What plugins describe; of two of one name, the first."""
        loaded = (plugin for plugin in self.plugins if plugin.state is PluginState.LOADED)
        found: dict[str, InterpreterRow] = {}
        for row in (row for plugin in loaded for row in plugin.interpreters):
            found.setdefault(row.name, row)
        return list(found.values())

    def interpreter(self, name: str) -> InterpreterRow:
        """The description of an interpreter.

        Raises:
            RegistryError: no plugin has one of that name.
        """
        known = {row.name: row for row in self.interpreters()}
        if name not in known:
            fix = "A plugin describes them under 'interpreters' in its manifest: `quorate interpreter list`."
            problem = f"No plugin describes an interpreter {name!r}."
            raise RegistryError(problem, choices=nearest(name, known) or tuple(known), fix=fix)
        return known[name]

    def settings_class(self, row: Row) -> type[Any]:
        """The settings dataclass: named by the row, or found at the target, which is imported then.

        Raises:
            RegistryError: where it can not be imported, or is no dataclass.
        """
        self._open(row)
        return find_settings_class(row)

    def check_settings(self, plugin: Plugin) -> None:
        """Import the settings that a plugin's rows name; rows whose settings can not be used are disabled."""
        faults: dict[str, tuple[RegistryError, list[Row]]] = {}
        for row in plugin.rows:
            try:
                if row.settings and not self.missing(row):
                    self.settings_class(row)
            except RegistryError as error:
                if strict():
                    raise
                faults.setdefault(str(error), (error, []))[1].append(row)
        disabled = tuple(one for error, rows in faults.values() for one in disabled_alike(rows, error))
        plugin.disabled += disabled
        self.disabled += disabled
        names = {(one.kind, one.name) for one in plugin.disabled}
        plugin.rows = tuple(row for row in plugin.rows if (row.kind, row.name) not in names)

    def load(self, row: Row) -> Any:
        """Import the target of a row.

        Raises:
            RegistryError: where it can not be imported.
        """
        self._open(row)
        return load_target(row.target)

    def component(self, kind: str, name: str, settings: Any = None) -> Component:
        """A component with an instance of its settings, ready to build: its target is importable by `Component.load`.

        Raises:
            RegistryError: as of `find`.
        """
        row = self.find(kind, name)
        self._open(row)
        allow = None if row.allow is None else (*row.allow, *self.allow)
        fix = "The author of its settings must mend their class."
        with told_as(f"reading the tags of the {kind} {name!r}", RegistryError, fix):
            tags = {**row.tags, **settings_tags(settings)}
        interface = self.kinds[kind].interface
        return Component(kind, name, settings, row.target, tags, allow, interface=interface)

    def row_of(self, component: Component) -> Row:
        """The row of a component, installed or not; of one that lives in another interpreter, the row there.

        Raises:
            RegistryError: as of `find`.
        """
        if component.interpreter is not None:
            return component.interpreter.row
        return self.find(component.kind, component.name, installed=False)

    def problems(self) -> list[str]:
        """What a user should know of: broken and incompatible plugins, disabled rows, names that block nothing."""
        bad = (PluginState.BROKEN, PluginState.INCOMPATIBLE)
        found = [f"plugin {p.name} ({p.distribution}) is {p.state}: {p.error}" for p in self.plugins if p.state in bad]
        found += [f"disabled: {reason}" for reason in dict.fromkeys(disabled.reason for disabled in self.disabled)]
        names = {plugin.name for plugin in self.plugins}
        stray = sorted((allowed_names() or frozenset()) - names)
        return found + [f"QUORATE_PLUGINS allows {name!r}, which is not installed" for name in stray]

    @staticmethod
    def _open(row: Row | Kind) -> None:
        """Let the modules next to a manifest that was given by hand be imported; installed ones win."""
        if row.directory is not None and row.directory not in sys.path:
            sys.path.append(row.directory)

    def _served(self, kind: str, name: str) -> Row | None:
        """Ask the hooks for a name that no manifest has; plugins are imported only where one could have it."""
        if kind not in self.kinds or not any(may_serve(plugin, name) for plugin in self.plugins):
            return None
        owners = {plugin.value: plugin for plugin in self.plugins if may_serve(plugin, name)}
        for module, data in self.hooks.call_named("quorate_find_component", kind=kind, name=name):
            if module in owners:
                return served_row(kind, name, data, owners[module])
        return None
