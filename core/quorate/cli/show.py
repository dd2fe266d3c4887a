"""``quorate show``: everything about one component."""

import dataclasses
import json
from contextlib import suppress
from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.completion import component_names, kind_option
from quorate.errors import RegistryError
from quorate.nearest import nearest
from quorate.output import block, heading, json_option, print_json, table
from quorate.registry.describe import Setting, describe_settings
from quorate.registry.fields import PRESET
from quorate.registry.fit import in_words
from quorate.registry.kinds import find_kind
from quorate.registry.registry import Registry
from quorate.registry.rows import Row

_WIDEST = 30
"""Characters of a default in its column; a longer one goes below the help, where lines are wrapped."""


@quorate_command(
    "show",
    examples=[
        "quorate show sensor-network/5x5-v1",
        "quorate show composite --kind inference",
        "quorate show mlp --json",
    ],
)
@click.argument("name", shell_complete=component_names)
@kind_option("Needed where components of two kinds have the name.")
@json_option()
def command(app: App, name: str, kind: str | None, as_json: bool) -> None:
    """Show one component: its settings with types, defaults and limits, its tags, its paper, what to install."""
    registry = app.registry
    row = find_any(registry, name, kind)
    if as_json:
        print_json(shown(registry, row))
    else:
        _print(registry, row, _settings(registry, row))


def find_any(registry: Registry, name: str, kind: str | None) -> Row:
    """The row of a name whose kind the user need not say, installed or not.

    Raises:
        RegistryError: where the name is unknown, or is one of several kinds.
    """
    kinds = [find_kind(registry.kinds, kind).name] if kind else registry.kinds_of(name)
    if len(kinds) > 1:
        fix = f"Say which: --kind {kinds[0]}."
        raise RegistryError(f"{name!r} is a component of several kinds.", choices=kinds, fix=fix)
    if kinds and not registry.above_presets(name, kind):
        return registry.find(kinds[0], name, installed=False)
    for other in registry.kinds:  # a plugin may serve it by a hook
        with suppress(RegistryError):
            return registry.find(other, name, installed=False)
    if row := registry.above_presets(name):
        return row
    if error := registry.disabled_error(name):
        raise error
    close = nearest(name, [row.name for row in registry.rows()])
    raise RegistryError(f"There is no component {name!r}.", choices=close, fix="See `quorate list`.")


def _settings(registry: Registry, row: Row) -> list[Setting] | None:
    """The settings; None where they can not be known before what the component needs is installed."""
    try:
        return describe_settings(registry.settings_class(row), row.defaults)
    except RegistryError:
        if registry.missing(row):
            return None
        raise


def shown(registry: Registry, row: Row) -> dict[str, Any]:
    """Everything about a component as data."""
    settings = _settings(registry, row)
    return {
        **dataclasses.asdict(row),
        "called_with": registry.kinds[row.kind].called_with,
        "missing": registry.missing(row),
        "install": registry.install_command(row) if row.needs or row.install else None,
        "settings_class": row.settings,
        "settings": None if settings is None else [dataclasses.asdict(setting) for setting in settings],
        "presets": [{key: getattr(one, key) for key in ("name", *PRESET)} for one in registry.presets(row)],
        "example": example(_usable(registry, row), settings or []),
    }


def _usable(registry: Registry, row: Row) -> Row:
    """A row, or the first of its presets where it is no component itself."""
    return registry.presets(row)[0] if row.only_presets else row


def example(row: Row, settings: list[Setting]) -> str:
    """A line of YAML that chooses the component, with the settings that must be given."""
    entries = [f"{setting.key}: ..." for setting in settings if setting.required]
    return f"{row.kind.rpartition('/')[2]}: {{{', '.join([f'name: {row.name}', *entries])}}}"


def _print(registry: Registry, row: Row, settings: list[Setting] | None) -> None:
    heading(f"{row.name}  ({row.kind})")
    block(row.summary)
    click.echo()
    tags = {key: value for key, value in row.tags.items() if key != "requires"}
    facts = [("tags", ", ".join(f"{key}: {json.dumps(value)}" for key, value in tags.items()))]
    facts += [("requires", in_words(row.tags.get("requires", {})))]
    facts += [("preset of", row.preset_of)]
    facts += [("allows", f"modules of {', '.join(row.allow)}; --allow-import adds others")] if row.allow else []
    facts += [("paper", row.paper if isinstance(row.paper, str) else "see `quorate cite`" if row.paper else "")]
    facts += [("from", f"{row.distribution} {row.version}".strip() + f" ({row.where})"), ("target", row.target)]
    facts += [("install", _install(registry, row))]
    facts += [("disabled", disabled.reason) for disabled in registry.disabled if disabled.name == row.name]
    table([(name, text) for name, text in facts if text])
    click.echo()
    heading("Settings")
    if settings is None:
        block("They can be shown once what the component needs is installed (see above).")
    else:
        table([_line(setting) for setting in settings] or [("none", "")])
    click.echo()
    if presets := registry.presets(row):
        heading("Presets")
        table([(preset.name, preset.summary) for preset in presets])
        click.echo()
    heading("In YAML")
    block(example(_usable(registry, row), settings or []))


def _install(registry: Registry, row: Row) -> str:
    if not (row.needs or row.install):
        return ""
    missing = registry.missing(row)
    command = registry.install_command(row)
    return f"{command}  (missing: {', '.join(missing)})" if missing else f"installed; {command}"


def _line(setting: Setting) -> tuple[str, str, str, str]:
    default = "required" if setting.required else json.dumps(setting.default)
    notes = [setting.help, f"({setting.limits})" if setting.limits else ""]
    if len(default) > _WIDEST:
        notes.append(f"Default: {default}")
        name = setting.default.get("name") if isinstance(setting.default, dict) else None
        default = f"{json.dumps(name)} with ..." if name else "..."
    return setting.key, setting.type, default, " ".join(filter(None, notes))
