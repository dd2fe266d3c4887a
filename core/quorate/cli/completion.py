"""``quorate completion``: the script that makes a shell complete commands, kinds and component names."""

import click
from click.shell_completion import CompletionItem, get_completion_class

from quorate.cli.app import App, quorate_command
from quorate.errors import QuorateError


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
    app = App()
    place: click.Context | None = context
    while place is not None:
        app.update(**{key: place.params[key] for key in ("manifest", "no_plugins") if place.params.get(key)})
        place = place.parent
    try:
        rows = app.registry.rows(context.params.get("kind"))
    except QuorateError:
        return []
    return [CompletionItem(row.name, help=row.summary) for row in rows if row.name.startswith(incomplete)]
