"""What is checked: the rows that a name or a manifest stands for."""

from collections.abc import Iterable
from pathlib import Path

from quorate.errors import RegistryError
from quorate.nearest import nearest
from quorate.registry.listing import find_any
from quorate.registry.plugin import Plugin
from quorate.registry.registry import Registry
from quorate.registry.rows import Row


def rows_of(registry: Registry, target: str, kind: str | None, interpreters: Iterable[str] = ()) -> list[Row]:
    """What a name stands for: a component, else a plugin or a distribution, of which all can be used.

    Args:
        registry: that has them.
        target: the name.
        kind: of components; None: any.
        interpreters: other ones, for the hint that a component may be in one of them.

    Raises:
        RegistryError: there is no such thing, or nothing of it can be used.
    """
    plugins = [plugin for plugin in registry.plugins if target in (plugin.name, plugin.distribution)]
    if not plugins or registry.kinds_of(target):
        row = _component(registry, target, kind, interpreters)
        return registry.presets(row) if row.only_presets else [row]
    rows = _usable(registry, plugins, kind)
    if not rows:
        _say_why(registry, target, plugins, kind)
    return rows


def rows_in(registry: Registry, manifest: Path, kind: str | None) -> list[Row]:
    """The rows of a manifest that can be used.

    Args:
        registry: that has read it.
        manifest: its path.
        kind: of components; None: any.

    Raises:
        RegistryError: it has none.
    """
    here = manifest.resolve()
    plugins = [plugin for plugin in registry.plugins if plugin.path and plugin.path.resolve() == here]
    rows = _usable(registry, plugins, kind)
    if not rows:
        raise _nothing(str(manifest), kind)
    return rows


def why_not(registry: Registry, row: Row) -> str | None:
    """What a component needs that is not installed, with the command that installs it."""
    if missing := registry.missing(row):
        return f"needs {', '.join(missing)}; run: {registry.install_command(row)}"
    return None


def _usable(registry: Registry, plugins: Iterable[Plugin], kind: str | None) -> list[Row]:
    """The usable rows of plugins, and of the manifests that they include."""
    own = {(row.kind, row.name) for plugin in plugins for one in plugin.family() for row in one.rows}
    return [row for row in registry.rows(kind) if (row.kind, row.name) in own]


def _say_why(registry: Registry, target: str, plugins: Iterable[Plugin], kind: str | None) -> None:
    """Why nothing of a plugin can be used.

    Raises:
        RegistryError: always.
    """
    if errors := [plugin.error for plugin in plugins if plugin.error]:
        raise RegistryError(f"The plugin {target} can not be used: {errors[0]}", fix="See `quorate plugins`.")
    left_out = [
        one
        for plugin in plugins
        for one in plugin.disabled
        if kind in (None, one.kind) or one.kind not in registry.kinds
    ]
    if not left_out:
        raise _nothing(target, kind)
    problem = f"{target!r} has no component{_of(kind)} that can be used. {left_out[0].error().problem}"
    fix = f"`quorate plugins` says why {len(left_out)} of its rows {'is' if len(left_out) == 1 else 'are'} disabled."
    raise RegistryError(problem, fix=fix)


def _nothing(target: str, kind: str | None) -> RegistryError:
    return RegistryError(f"{target!r} has no components{_of(kind)}.")


def _of(kind: str | None) -> str:
    return f" of the kind {kind}" if kind else ""


def _component(registry: Registry, name: str, kind: str | None, interpreters: Iterable[str]) -> Row:
    try:
        return find_any(registry, name, kind)
    except RegistryError as error:
        if registry.kinds_of(name) or registry.disabled_error(name, kind):
            raise
        other = next(iter(interpreters), None) if kind in (None, "environment") else None
        hint = f"add interpreter={other} if it is an environment in that interpreter" if other else ""
        if "/" in name:
            fix = "; or ".join(filter(None, (error.fix and error.fix.rstrip("."), hint)))
            raise RegistryError(error.problem, where=error.where, choices=error.choices, fix=f"{fix}.") from error
        plugins = {text for plugin in registry.plugins for text in (plugin.name, plugin.distribution)}
        close = nearest(name, [*(row.name for row in registry.rows()), *sorted(plugins)])
        problem = f"There is no component, distribution or plugin {name!r}."
        fix = "; or ".join(filter(None, ("See `quorate list` and `quorate plugins`", hint)))
        raise RegistryError(problem, choices=close, fix=f"{fix}.") from error
