"""``quorate cite``: the papers of what files and runs use."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from quorate.cli.app import App, quorate_command
from quorate.cli.origin import say_origin
from quorate.errors import QuorateError, RunError
from quorate.output import json_option, print_json, say
from quorate.papers import citations, in_words

if TYPE_CHECKING:
    from quorate.config import ResolvedRun
    from quorate.registry import Registry


_WITHIN = ("config.yaml", "comparison.yaml")
"""The files in the folders of runs and of comparisons that say what they are of."""


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
    words = [word for word in overrides if "=" in word and not Path(word).exists()]
    files = [file, *(Path(word) for word in overrides if word not in words)]
    runs = [run for path in files for run in _runs(_file(path), words, app.registry)]
    entries = citations(app.registry.row_of(part) for run in runs for part in run.components())
    if as_json:
        print_json([{"bibtex": entry, "components": used} for entry, used in entries.items()])
        return
    say_origin(_file(file), "% ")
    for entry, used in entries.items():
        say(f"{in_words(entry)}  [{', '.join(used)}]" if as_text else f"% {', '.join(used)}\n{entry}\n")


def _file(path: Path) -> Path:
    if not path.is_dir():
        return path
    for name in _WITHIN:
        if (file := path / name).is_file():
            return file
    from quorate.folders.directory import RunDirectory

    try:
        return RunDirectory.open(path).config
    except RunError as error:
        fix = f"Give a file, or a folder that has one: {' or '.join(_WITHIN)}."
        problem = "The folder is neither of a run nor of a comparison."
        raise QuorateError(problem, where=str(path), choices=error.choices, fix=fix) from None


def _runs(file: Path, overrides: Sequence[str], registry: "Registry") -> "list[ResolvedRun]":
    """What a file describes: one run, or every variant of a comparison in every environment, with one seed."""
    from quorate.config.source import read_source
    from quorate.run.stored import compose_file  # imports omegaconf

    if not {"base", "variants"} & read_source(file)[0].keys():
        return [compose_file(file, overrides, registry)]
    from quorate.studies.compare.plan import plan
    from quorate.studies.compare.reading import read_comparison

    comparison = read_comparison(file, overrides, registry)
    return [cell.run for cell in plan(dataclasses.replace(comparison, seeds=comparison.seeds[:1]), registry)]
