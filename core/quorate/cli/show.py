"""``quorate show``: everything about one component."""

import json

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.completion import component_names, kind_option
from quorate.output import block, heading, json_option, print_json, table
from quorate.registry.describe import Setting
from quorate.registry.fit import in_words
from quorate.registry.listing import example, find_any, settings_of, shown, usable
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
        _print(registry, row, settings_of(registry, row))


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
    block(example(usable(registry, row), settings or []))


def _install(registry: Registry, row: Row) -> str:
    if not (row.needs or row.install):
        return ""
    missing = registry.missing(row)
    command = registry.install_command(row)
    after = registry.afterwards(row)
    return f"{command}{after}  (missing: {', '.join(missing)})" if missing else f"installed; {command}{after}"


def _line(setting: Setting) -> tuple[str, str, str, str]:
    default = "required" if setting.required else json.dumps(setting.default)
    notes = [setting.help, f"({setting.limits})" if setting.limits else ""]
    if len(default) > _WIDEST:
        notes.append(f"Default: {default}")
        name = setting.default.get("name") if isinstance(setting.default, dict) else None
        default = f"{json.dumps(name)} with ..." if name else "..."
    return setting.key, setting.type, default, " ".join(filter(None, notes))
