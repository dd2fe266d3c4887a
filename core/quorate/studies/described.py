"""The runs that a file or a folder describes, whether of a run or of a comparison."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from quorate.config.resolved import ResolvedRun
from quorate.config.source import read_source
from quorate.errors import QuorateError, RunError
from quorate.folders.directory import RunDirectory
from quorate.registry import Registry
from quorate.run.stored import compose_file
from quorate.studies.compare.plan import plan
from quorate.studies.compare.reading import read_comparison

_WITHIN = ("config.yaml", "comparison.yaml")
"""The files in the folders of runs and of comparisons that say what they are of."""


def described_file(path: Path) -> Path:
    """A file, or the one in the folder of a run or a comparison that says what it is of.

    Raises:
        QuorateError: the folder is of neither.
    """
    if not path.is_dir():
        return path
    for name in _WITHIN:
        if (file := path / name).is_file():
            return file
    try:
        return RunDirectory.open(path).config
    except RunError as error:
        fix = f"Give a file, or a folder that has one: {' or '.join(_WITHIN)}."
        problem = "The folder is neither of a run nor of a comparison."
        raise QuorateError(problem, where=str(path), choices=error.choices, fix=fix) from None


def described_runs(file: Path, overrides: Sequence[str], registry: Registry) -> list[ResolvedRun]:
    """What a file describes: one run, or every variant of a comparison in every environment, with one seed.

    Raises:
        QuorateError: of the file.
    """
    if not {"base", "variants"} & read_source(file)[0].keys():
        return [compose_file(file, overrides, registry)]
    comparison = read_comparison(file, overrides, registry)
    return [cell.run for cell in plan(dataclasses.replace(comparison, seeds=comparison.seeds[:1]), registry)]
