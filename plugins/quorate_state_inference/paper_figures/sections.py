"""The sections of an analysis: what each computes, draws and writes."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from quorate.errors import QuorateError
from quorate.interfaces.algorithm import Report
from quorate.run import disk_errors, write_bytes, write_json
from quorate_state_inference.paper_figures.consistency import FixedPoints, fixed_points
from quorate_state_inference.paper_figures.documents import (
    document,
    fixed_points_document,
    frequencies_document,
    ranks_document,
)
from quorate_state_inference.paper_figures.drawing.bounds import draw_surrogate
from quorate_state_inference.paper_figures.drawing.estimates import draw_estimates
from quorate_state_inference.paper_figures.drawing.evolution import draw_errors, draw_evolution
from quorate_state_inference.paper_figures.drawing.fields import draw_vector_fields
from quorate_state_inference.paper_figures.drawing.points import draw_fixed_points
from quorate_state_inference.paper_figures.drawing.probabilities import draw_frequencies
from quorate_state_inference.paper_figures.drawing.ranks import draw_ranks
from quorate_state_inference.paper_figures.drawing.style import RESOLUTION, style
from quorate_state_inference.paper_figures.estimates import estimates
from quorate_state_inference.paper_figures.field import vector_fields
from quorate_state_inference.paper_figures.frequencies import posterior_frequencies
from quorate_state_inference.paper_figures.regression import surrogate_bound
from quorate_state_inference.paper_figures.response import Ranks, Responses, jacobian_rank, pool, sample_responses
from quorate_state_inference.paper_figures.subject import Subject
from quorate_state_inference.paper_figures.trajectories import evolutions


@dataclass(frozen=True)
class Content:
    """What a section found: key numbers, everything as plain data, and figures by file name."""

    numbers: Mapping[str, Any]
    data: dict[str, Any]
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Finding:
    """What became of a section: its key numbers and files, or why it was skipped."""

    section: str
    numbers: Mapping[str, Any] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    skipped: str | None = None

    @property
    def pictures(self) -> list[Path]:
        """The files that are pictures."""
        return [file for file in self.files if file.suffix == ".png"]


class Analysis:
    """The reports on one subject; those that several sections need are computed once."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject

    @cached_property
    def points(self) -> FixedPoints:
        """Fixed points against consistent states."""
        return fixed_points(self.subject)

    @cached_property
    def responses(self) -> Responses:
        """Fixed points near true states, with Jacobians."""
        return sample_responses(self.subject)

    @cached_property
    def ranks(self) -> Ranks:
        """Ranks of J*."""
        return jacobian_rank(self.responses)


def run_sections(analysis: Analysis, names: list[str], folder: Path, report: Report) -> list[Finding]:
    """Compute, draw and write sections; those that the subject can not offer are skipped with the reason.

    Args:
        analysis: of a subject.
        names: keys of `SECTIONS`.
        folder: created if need be.
        report: told the progress.

    Raises:
        RunError: a file can not be written.
    """
    with disk_errors(folder, "created"):
        folder.mkdir(parents=True, exist_ok=True)
    findings = []
    for done, name in enumerate(names):
        report(f"analysing {analysis.subject.name}: {name}", done, len(names))
        findings.append(_run(analysis, name, folder))
    report(f"analysing {analysis.subject.name}", len(names), len(names))
    return findings


def write_pooled_ranks(runs: dict[str, Ranks], folder: Path) -> Finding:
    """Deviation against rank over several runs.

    Raises:
        RunError: a file can not be written.
    """
    whole = pool(list(runs.values()))
    with style():
        content = Content(whole.summary(), ranks_document(whole), {"jacobian-rank-pooled": draw_ranks(runs)})
        data = {
            "runs": {name: ranks_document(ranks) for name, ranks in runs.items()},
            "pooled": content.data["summary"],
        }
        return Finding("jacobian-rank, pooled", content.numbers, _write("jacobian-rank-pooled", content, data, folder))


def _run(analysis: Analysis, name: str, folder: Path) -> Finding:
    if analysis.subject.denoiser.condition_on_sigma:
        return Finding(name, skipped="the denoiser is told the noise level, so its flow has no fixed points")
    with style():
        try:
            content = SECTIONS[name](analysis)
        except QuorateError as error:
            return Finding(name, skipped=error.problem)
        data = {"run": analysis.subject.name, "seed": analysis.subject.seed, **content.data}
        return Finding(name, content.numbers, _write(name, content, data, folder))


def _write(name: str, content: Content, data: dict[str, Any], folder: Path) -> list[Path]:
    files = []
    for title, figure in content.figures.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, dpi=RESOLUTION, format="png")
        files.append(folder / f"{title}.png")
        write_bytes(files[-1], buffer.getvalue())
    files.append(folder / f"{name}.json")
    write_json(files[-1], data)
    return files


def _fixed_points(analysis: Analysis) -> Content:
    report, name = analysis.points, analysis.subject.name
    return Content(report.summary(), fixed_points_document(report), {"fixed-points": draw_fixed_points(report, name)})


def _posterior(analysis: Analysis) -> Content:
    report = posterior_frequencies(analysis.subject, analysis.points)
    figure = draw_frequencies(report, analysis.subject.name)
    return Content(report.summary(), frequencies_document(report), {"posterior": figure})


def _vector_field(analysis: Analysis) -> Content:
    subject = analysis.subject
    report = vector_fields(subject)
    figure = draw_vector_fields(report, subject.environment, subject.name)
    return Content(report.summary(), document(report), {"vector-field": figure})


def _jacobian_rank(analysis: Analysis) -> Content:
    report = analysis.ranks
    figure = draw_ranks({analysis.subject.name: report})
    return Content(report.summary(), ranks_document(report), {"jacobian-rank": figure})


def _surrogate(analysis: Analysis) -> Content:
    report = surrogate_bound(analysis.responses, analysis.subject.effort.centres)
    try:
        ranks = analysis.ranks
    except QuorateError:  # deviations are then drawn without ranks
        ranks = None
    figure = draw_surrogate(report, ranks, analysis.subject.name)
    return Content(report.summary(), document(report), {"surrogate": figure})


def _evolution(analysis: Analysis) -> Content:
    report, name = evolutions(analysis.subject), analysis.subject.name
    figures = {"evolution": draw_evolution(report, name), "evolution-error": draw_errors(report, name)}
    return Content(report.summary(), document(report), figures)


def _estimates(analysis: Analysis) -> Content:
    subject = analysis.subject
    report = estimates(subject)
    figure = draw_estimates(report, subject.environment, subject.name)
    return Content(report.summary(), document(report), {"estimates": figure})


SECTIONS: dict[str, Callable[[Analysis], Content]] = {
    "fixed-points": _fixed_points,
    "posterior": _posterior,
    "vector-field": _vector_field,
    "jacobian-rank": _jacobian_rank,
    "surrogate": _surrogate,
    "evolution": _evolution,
    "estimates": _estimates,
}
