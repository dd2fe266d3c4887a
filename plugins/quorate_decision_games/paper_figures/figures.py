"""What ``quorate exploration figures`` does: Fig. 1 and 2 of 2605.07101 drawn, and what they show checked."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from quorate.interfaces.algorithm import Report
from quorate.learning.settings import Activation, mlp
from quorate.policies.settings import DDPMSettings
from quorate.run import disk_errors, write_bytes, write_json
from quorate.settings import Component
from quorate_decision_games.paper_figures.checks import Check, above, near
from quorate_decision_games.paper_figures.checks import as_data as checks_data
from quorate_decision_games.paper_figures.curves import SHOWN, Curves, learn
from quorate_decision_games.paper_figures.drawing import draw_policies, draw_returns
from quorate_decision_games.settings import DecSPGSettings, Estimator, Projection, Refit

STUCK, LEARNED = 0.5, {1: 9.0, 2: 18.0}
"""A Gaussian's mean return ends within this of 0; those of other classes exceed this, by the number of agents."""
EPOCHS, SHOWN_EPOCHS = 150, (20, 100, 130, 150)
DDPM_EPOCHS, DDPM_SHOWN = 400, (15, 150, 270, 300, 400)
DIGITS = 5


@dataclass(frozen=True)
class Figures:
    """What was made.

    Attributes:
        checks: claims, decided.
        pictures: the files.
        numbers: the file of the numbers behind them.
    """

    checks: list[Check]
    pictures: list[Path]
    numbers: Path


def make_exact(output: Path, seeds: int, seed: int, estimator: Estimator, report: Report) -> Figures:
    """Gaussian against all policies, one and two agents, B = 200, 150 epochs.

    Args:
        output: the folder to write to.
        seeds: S, runs of each.
        seed: the root of all.
        estimator: of Q.
        report: told the progress.
    """
    groups = []
    for agents in LEARNED:
        choices = (Projection.ALL_POLICIES, Projection.GAUSSIAN)
        settings = [DecSPGSettings(projection=one, estimator=estimator) for one in choices]
        groups.append([learn(one, agents, seeds, EPOCHS, SHOWN_EPOCHS, seed, report) for one in settings])
    checks = [check for group in groups for one in group for check in _decide(one)]
    figures = {
        "exploration-policies": draw_policies(groups[0], "Policies during training, one agent"),
        "exploration-returns": draw_returns(
            groups, f"Expected return: mean and each of {seeds} runs, Q by {estimator}"
        ),
    }
    return _write(output, "exploration", figures, [one for group in groups for one in group], checks)


def make_ddpm(output: Path, seeds: int, seed: int, estimator: Estimator, report: Report) -> Figures:
    """DDPM policies against both, one agent, B = 200, 400 epochs; arguments as of `make_exact`."""
    curves = []
    for projection in (Projection.ALL_POLICIES, Projection.GAUSSIAN, Projection.DDPM):
        settings = replace(ddpm_settings(), projection=projection, estimator=estimator)
        curves.append(learn(settings, 1, seeds, DDPM_EPOCHS, DDPM_SHOWN, seed, report))
    figures = {
        "exploration-ddpm-policies": draw_policies(curves[:0:-1], "DDPM policies during training, one agent"),
        "exploration-ddpm-returns": draw_returns([curves], f"Mean and each of {seeds} runs, Q by {estimator}"),
    }
    return _write(output, "exploration-ddpm", figures, curves, _decide(curves[-1]))


def ddpm_settings() -> DecSPGSettings:
    """A small DDPM with many steps, whose samples keep the spread of a narrow mode."""
    network = mlp(hidden=[64, 64, 64], activation=Activation.SILU)
    ddpm = DDPMSettings(network=network, steps=40)
    part = Component("policy", "ddpm", ddpm, "quorate.policies.ddpm:DDPMPolicy")
    return DecSPGSettings(projection=Projection.DDPM, policy=part, refit=Refit(learning_rate=0.002))


def as_data(figures: Figures) -> dict[str, Any]:
    """Plain data: the checks and the files."""
    files = [str(file) for file in (*figures.pictures, figures.numbers)]
    return {"checks": checks_data(figures.checks), "files": files}


def _decide(one: Curves) -> list[Check]:
    """The claim about the mean (a DDPM must reach it at some epoch), and without a claim the range over runs."""
    epochs, limit, mean = len(one.returns) - 1, LEARNED[one.agents], float(one.final.mean())
    name = f"{one.projection}, n={one.agents}"
    if one.projection is Projection.GAUSSIAN:
        claims = [near(f"{name}, epoch {epochs}", mean, 0.0, STUCK)]
    elif one.projection is Projection.ALL_POLICIES:
        claims = [above(f"{name}, epoch {epochs}", mean, limit)]
    else:
        best = above(f"{name}, best by epoch {epochs}", float(one.returns.mean(-1).max()), limit)
        claims = [best, Check(f"  at epoch {epochs}", mean)]
    ends = [Check(f"  {what} of {len(one.final)} runs, epoch {epochs}", float(value)) for what, value in _range(one)]
    return [*claims, *ends, Check("  share that reached the flags", float((one.first > 0).double().mean()))]


def _range(one: Curves) -> Sequence[tuple[str, Any]]:
    return (("least", one.final.min()), ("most", one.final.max()))


def _write(
    output: Path, name: str, figures: dict[str, Figure], curves: Sequence[Curves], checks: list[Check]
) -> Figures:
    with disk_errors(output, "created"):
        output.mkdir(parents=True, exist_ok=True)
    pictures = []
    for title, figure in figures.items():
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png", dpi=110, metadata={"Software": None})
        pictures.append(output / f"{title}.png")
        write_bytes(pictures[-1], buffer.getvalue())
    numbers = output / f"{name}.json"
    actions = _rounded(SHOWN.tolist())
    write_json(
        numbers, {"checks": checks_data(checks), "actions": actions, "curves": [_document(one) for one in curves]}
    )
    return Figures(checks, pictures, numbers)


def _document(one: Curves) -> dict[str, Any]:
    return {
        "projection": one.projection.value,
        "agents": one.agents,
        "optimum": one.optimum,
        "first_epoch": one.first.tolist(),
        "shown_run": one.latest,
        "returns": [_rounded(row) for row in one.returns.T.tolist()],
        "densities": {str(epoch): _rounded(density[one.latest].tolist()) for epoch, density in one.densities.items()},
    }


def _rounded(values: Sequence[float]) -> list[float]:
    return [float(f"{value:.{DIGITS}g}") for value in values]
