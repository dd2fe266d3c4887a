"""``quorate plugins``: every plugin that was found, and what became of it."""

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.extra import plugin_commands
from quorate.output import block, heading, json_option, print_json, table
from quorate.registry.entries import HOOK_GROUP, HOST
from quorate.registry.plugin import Plugin, PluginState
from quorate.registry.registry import Registry


@quorate_command(
    "plugins",
    examples=["quorate plugins", "quorate --no-plugins plugins", "QUORATE_PLUGINS=acme quorate plugins --json"],
)
@json_option()
def command(app: App, as_json: bool) -> None:
    """List plugins: distribution, version, state, rows, and the error of a broken one.

    The hook modules of plugins are imported, and so are the modules of settings that their manifests name. A plugin is
    blocked before that by --no-plugins, or by QUORATE_PLUGINS, a list of the plugins that are allowed.
    """
    registry = app.registry
    _examine(registry)
    if as_json:
        print_json({"plugins": [plugin.described() for plugin in registry.plugins], "problems": registry.problems()})
    else:
        _print(registry, app.debug)


def _examine(registry: Registry) -> None:
    """Find out what only shows when a plugin is used: its hooks, its commands, and the settings that it names."""
    registry.load_plugins()
    plugin_commands(registry, ())
    for plugin in registry.plugins:
        for (module, hook), said in registry.hooks.failures.items():
            if plugin.group == HOOK_GROUP and plugin.value == module:
                plugin.state, plugin.error = PluginState.BROKEN, f"its {hook} raised {said}"
        if plugin.distribution != HOST:
            registry.check_settings(plugin)


def _print(registry: Registry, debug: bool) -> None:
    head = ("plugin", "state", "distribution", "provides")
    rows = [(p.name, str(p.state), f"{p.distribution} {p.version}", _provides(p)) for p in registry.plugins]
    table([head, *rows], indent=0)
    for plugin in registry.plugins:
        if plugin.error:
            click.echo()
            heading(f"{plugin.name} is {plugin.state}")
            block(plugin.error)
            if plugin.traceback and debug:
                block(plugin.traceback)
            elif plugin.traceback and not plugin.mendable:
                fix = "Repair it, or remove the plugin; --debug shows the traceback."
                block(f"where:   {plugin.raised_at}\nfix:     {fix}")
    if registry.disabled:
        click.echo()
        heading("Disabled components")
        for reason in dict.fromkeys(disabled.reason for disabled in registry.disabled):
            block(reason)


def _provides(plugin: Plugin) -> str:
    if plugin.provides == "hooks":
        return ", ".join(filter(None, (f"hooks ({plugin.value})", plugin.slowness)))
    disabled = f", {len(plugin.disabled)} disabled" if plugin.disabled else ""
    count = sum(not row.only_presets for row in plugin.rows)
    return f"{count} component{'' if count == 1 else 's'}{disabled}"
