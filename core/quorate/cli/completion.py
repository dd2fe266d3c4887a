"""``quorate completion``: the script that makes a shell complete commands, kinds and component names."""

from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from quorate.cli.app import App, quorate_command
from quorate.errors import QuorateError
from quorate.registry import Registry


@quorate_command(
    "completion",
    examples=[
        'eval "$(quorate completion bash)"                              # in ~/.bashrc',
        'eval "$(quorate completion zsh)"                               # in ~/.zshrc',
        "quorate completion fish > ~/.config/fish/completions/quorate.fish",
    ],
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def command(app: App, shell: str) -> None:
    """Print the script that completes commands, kinds and component names in a shell."""
    from quorate.cli.main import cli

    maker = get_completion_class(shell)
    assert maker is not None
    click.echo(maker(cli, {}, "quorate", "_QUORATE_COMPLETE").source())


def component_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a component's name from the manifests given so far."""
    registry = _registry(context)
    rows = registry.rows(context.params.get("kind")) if registry else []
    return [CompletionItem(row.name, help=row.summary) for row in rows if row.name.startswith(incomplete)]


def kind_names(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete a kind, also one that a plugin declares."""
    kinds = registry.kinds.values() if (registry := _registry(context)) else []
    return [CompletionItem(kind.name, help=kind.summary) for kind in kinds if kind.name.startswith(incomplete)]


def kind_option(help: str, **attributes: Any) -> Callable[[Any], Any]:
    """The option ``--kind``; whether there is such a kind is for the command to find out, from its registry."""
    return click.option("--kind", metavar="KIND", shell_complete=kind_names, help=help, **attributes)


def _registry(context: click.Context) -> Registry | None:
    app = App()
    place: click.Context | None = context
    while place is not None:
        app.update(**{key: place.params[key] for key in ("manifest", "no_plugins") if place.params.get(key)})
        place = place.parent
    try:
        return app.registry
    except QuorateError:
        return None
