"""What ``quorate analyse`` does: runs in, pictures and a table out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from quorate.errors import QuorateError
from quorate.nearest import nearest
from quorate.run import RunDirectory, refuse_links
from quorate.terminal import Table, print_line
from quorate_state_inference.paper_figures.documents import rounded
from quorate_state_inference.paper_figures.loading import open_run
from quorate_state_inference.paper_figures.response import Ranks
from quorate_state_inference.paper_figures.sections import SECTIONS, Analysis, Finding, run_sections, write_pooled_ranks
from quorate_state_inference.paper_figures.subject import Effort, Subject

if TYPE_CHECKING:
    from quorate.registry import Registry
    from quorate.run import Display

FOLDER = "analysis"
"""Where an analysis goes, in the run's own folder."""


def analyse(
    paths: Sequence[Path],
    registry: "Registry",
    display: "Display",
    *,
    only: str | None = None,
    output: Path | None = None,
    checkpoint: int | None = None,
    seed: int = 0,
    effort: Effort | None = None,
) -> dict[str, list[Finding]]:
    """Analyse runs, and pool the ranks of several.

    Args:
        paths: of the runs.
        registry: where their components are from.
        display: shows progress.
        only: sections, separated by commas; None: all.
        output: where to write; for several runs each gets a folder there. None: into the runs.
        checkpoint: the training step; None takes the latest.
        seed: of the analysis.
        effort: how much to compute.

    Returns:
        What was found, by run (its folder), and last what was found over all runs.

    Raises:
        QuorateError: an unknown section, a folder that is no run of state-inference, or one that can not be written.
    """
    names = choose_sections(only)
    paths = list(dict.fromkeys(RunDirectory.open(path).path for path in paths))
    findings: dict[str, list[Finding]] = {}
    pooled: dict[str, Ranks] = {}
    folders = _folders(paths, output)
    for path, folder in zip(paths, folders, strict=True):
        with open_run(path, registry, display, checkpoint) as (algorithm, name):
            analysis = Analysis(Subject.of(algorithm, _distinct(name, pooled), seed, effort))
            findings[str(path)] = run_sections(analysis, names, folder, display)
            if "jacobian-rank" in names and findings[str(path)][names.index("jacobian-rank")].skipped is None:
                pooled[analysis.subject.name] = analysis.ranks
    if len(pooled) > 1:
        place = output or folders[0]
        findings[f"{len(pooled)} runs"] = [write_pooled_ranks(pooled, place)]
    return findings


def choose_sections(only: str | None) -> list[str]:
    """The sections asked for, in the order of `SECTIONS`.

    Raises:
        QuorateError: one does not exist.
    """
    if only is None:
        return list(SECTIONS)
    asked = [name.strip() for name in only.split(",") if name.strip()]
    unknown = [name for name in asked if name not in SECTIONS]
    if unknown or not asked:
        problem = f"There is no section {unknown[0]!r}." if unknown else "No section was named."
        close = nearest(unknown[0], list(SECTIONS)) if unknown else ()
        fix = f"Sections are {', '.join(SECTIONS)}; separate several by commas."
        raise QuorateError(problem, where="--only", choices=close or list(SECTIONS), fix=fix)
    return [name for name in SECTIONS if name in asked]


def choose_effort(**sizes: int | None) -> Effort:
    """The default effort with the given sizes; one that is None stays."""
    return replace(Effort(), **{name: size for name, size in sizes.items() if size is not None})


def as_data(findings: dict[str, list[Finding]]) -> dict[str, Any]:
    """Findings as plain data, by run and section."""
    return {run: {one.section: _entry(one) for one in parts} for run, parts in findings.items()}


def print_findings(findings: dict[str, list[Finding]], console: Console) -> None:
    """A table of key numbers for each run, then the pictures."""
    for run, parts in findings.items():
        table = Table(title=run, title_justify="left", title_style="bold")
        table.add_column("section", no_wrap=True)
        table.add_column("number")
        table.add_column("value", justify="right", no_wrap=True)
        for one in parts:
            for row in _rows(one):
                table.add_row(*row)
            table.add_section()
        console.print(table)
    console.print("Pictures:", style="bold")
    for parts in findings.values():
        for picture in (picture for one in parts for picture in one.pictures):
            print_line(console, f"  {picture}")


def _rows(finding: Finding) -> Iterator[tuple[str, str, str]]:
    if finding.skipped is not None:
        yield finding.section, f"skipped: {finding.skipped}", ""
    for index, (name, value) in enumerate(finding.numbers.items()):
        yield "" if index else finding.section, name.replace("_", " "), _text(value)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _entry(finding: Finding) -> dict[str, Any]:
    if finding.skipped is not None:
        return {"skipped": finding.skipped}
    return {**rounded(dict(finding.numbers)), "files": [str(file) for file in finding.files]}


def _folders(paths: Sequence[Path], output: Path | None) -> list[Path]:
    if output is None:
        for path in paths:
            refuse_links(path / FOLDER, path)
        return [path / FOLDER for path in paths]
    if len(paths) == 1:
        return [output]
    return [output / f"{index}-{path.resolve().name}" for index, path in enumerate(paths, 1)]


def _distinct(name: str, taken: dict[str, Ranks]) -> str:
    return name if name not in taken else f"{name} ({len(taken) + 1})"
