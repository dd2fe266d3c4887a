"""``quorate cite``: the papers of what files and runs use."""

from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.origin import say_origin
from quorate.output import json_option, print_json, say
from quorate.papers import citations, in_words


@quorate_command(
    "cite",
    examples=[
        "quorate cite examples/demo.yaml > references.bib",
        "quorate cite compare/schemes runs/demo --text",
        "quorate cite examples/demo.yaml algorithm.noise.name=log-normal --json",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("overrides", nargs=-1, metavar="[FILE]... [KEY=VALUE]...")
@click.option("--text", "as_text", is_flag=True, help="Print one line for each paper, not BibTeX.")
@json_option()
def command(app: App, file: Path, overrides: tuple[str, ...], as_text: bool, as_json: bool) -> None:
    """Print BibTeX for Quorate and for every component that the resolved FILEs use, each paper once.

    A FILE is that of a run or of a comparison, or the folder of one; runs/NAME is its newest run. KEY=VALUE changes
    every FILE.
    """
    from quorate.studies.described import described_file, described_runs

    words = [word for word in overrides if "=" in word and not Path(word).exists()]
    files = [file, *(Path(word) for word in overrides if word not in words)]
    runs = [run for path in files for run in described_runs(described_file(path), words, app.registry)]
    entries = citations(app.registry.row_of(part) for run in runs for part in run.components())
    if as_json:
        print_json([{"bibtex": entry, "components": used} for entry, used in entries.items()])
        return
    say_origin(described_file(file), "% ")
    for entry, used in entries.items():
        say(f"{in_words(entry)}  [{', '.join(used)}]" if as_text else f"% {', '.join(used)}\n{entry}\n")
