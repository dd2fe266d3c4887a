"""``quorate export``: policies as files that need nothing of Quorate."""

from pathlib import Path
from typing import Any

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.options import greedy_option, policy_option, quiet_option
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
@policy_option
@greedy_option
@click.option("--format", type=click.Choice(["torchscript", "onnx"]), default="torchscript", show_default=True)
@quiet_option
@json_option("Print the files as JSON.")
def command(
    app: App, run: Path, directory: Path, checkpoint: int | None, quiet: bool, as_json: bool, **wishes: Any
) -> None:
    """Write the policies of RUN into DIR, which must be new or empty: one file an agent, to be used without Quorate.

    README.md and card.json beside them say sizes, bounds, what goes in and what comes out, and how to call them.
    """
    from quorate.door.exporting import export

    files = export(run, directory, step=checkpoint, progress=not quiet, **wishes)
    if as_json:
        print_json([str(file) for file in files])
        return
    for file in files:
        say(f"written: {file}")
