"""``quorate export``: policies as files that need nothing of Quorate."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.output import json_option, print_json, say


@quorate_command(
    "export",
    examples=[
        "quorate export runs/demo policies",
        "quorate export runs/demo/20260101T120000Z-seed0 policies --checkpoint 500 --sample",
        "quorate export runs/demo policies-onnx --format onnx",
    ],
)
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--checkpoint", metavar="STEP", type=int, default=None, help="The training step; default: the best policy if kept."
)
@click.option("--greedy/--sample", default=None, help="Best actions, or samples; default: as the run evaluates.")
@click.option("--format", type=click.Choice(["torchscript", "onnx"]), default="torchscript", show_default=True)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print the files as JSON.")
def command(
    app: App,
    run: Path,
    directory: Path,
    checkpoint: int | None,
    greedy: bool | None,
    format: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Write the policies of RUN into DIR, which must be new or empty: one file an agent, to be used without Quorate.

    README.md and card.json beside them say sizes, bounds, what goes in and what comes out, and how to call them.
    """
    from quorate.run.export import export
    from quorate.run.progress import make_display

    display = make_display(quiet)
    files = export(run, directory, app.registry, display, checkpoint=checkpoint, greedy=greedy, format=format)
    if as_json:
        print_json([str(file) for file in files])
        return
    for file in files:
        say(f"written: {file}")
