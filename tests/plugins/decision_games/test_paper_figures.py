import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from quorate.cli.main import main
from quorate_decision_games.paper_figures import simulation
from quorate_decision_games.paper_figures.checks import all_passed
from quorate_decision_games.paper_figures.curves import learn
from quorate_decision_games.paper_figures.reach import check_theory
from quorate_decision_games.paper_figures.simulation import Simulation, simulate
from quorate_decision_games.paper_figures.theory import Theory
from quorate_decision_games.settings import DecSPGSettings, Projection


def nothing(what: str, done: int, total: int) -> None:
    pass


@pytest.fixture
def short(monkeypatch) -> None:
    """Play fewer epochs: what comes after them is less than the simulation's error."""
    monkeypatch.setattr(simulation, "NEGLIGIBLE", 2e-4)


@pytest.mark.usefixtures("short")
def test_played_runs_reach_as_often_as_computed_and_not_as_other_games() -> None:
    played = simulate(Theory(), runs=600, agents=1, batch=32, seed=0, report=nothing)  # type: ignore[arg-type]
    share, error = played.share(1)
    epochs = len(played.variances) - 1
    exact = Theory().reach_probability(32, epochs=epochs)
    assert Theory().reach_probability(32) - exact < 0.01
    easier = replace(Theory(), game=replace(Theory().game, success_peak=0.0075))
    assert abs(share - exact) < 4 * error
    assert abs(share - easier.reach_probability(32, epochs=epochs)) > 4 * error
    steps = Theory().precisions()
    assert [1 / v for v in played.variances[:100]] == pytest.approx([next(steps) for _ in range(100)], rel=1e-5)


@pytest.mark.usefixtures("short")
def test_the_command_prints_every_claim(capsys) -> None:
    assert main(["exploration", "theory", "--runs", "100", "--agents", "2", "--quiet", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    values = {check["name"]: check["value"] for check in document["checks"]}
    assert document["passed"]
    assert values["least increment of 1/variance"] == pytest.approx(0.1283, abs=5e-5)
    assert values["P(reach s1), B=32, exact"] == pytest.approx(0.411, abs=5e-4)
    assert values["P(reach s1), B=32, all 0.128"] == pytest.approx(0.4465, abs=5e-4)
    assert values["P(each of 2 agents does), B=32"] == pytest.approx(0.411**2, abs=5e-4)


def test_a_game_with_taller_bumps_fails_the_claims(monkeypatch) -> None:
    from quorate_decision_games.paper_figures import reach

    monkeypatch.setattr(reach, "FOLLOWED", 10)
    monkeypatch.setattr(reach, "simulate", lambda *arguments: played)
    played = Simulation(torch.tensor([[True], [False]]), [0.1])
    tall = replace(Theory(), game=replace(Theory().game, bump_height=3.5))
    assert all_passed(check_theory(2, 1, 0, nothing))  # type: ignore[arg-type]
    checks = check_theory(2, 1, 0, nothing, tall)  # type: ignore[arg-type]
    assert checks[0].passed is False
    assert not all_passed(checks)


@pytest.mark.parametrize(
    ("projection", "agents", "low", "high"),
    [
        (Projection.GAUSSIAN, 1, -0.5, 0.5),
        (Projection.GAUSSIAN, 2, -0.5, 0.5),
        (Projection.ALL_POLICIES, 1, 9, 10.21),
        (Projection.ALL_POLICIES, 2, 18, 20.42),
    ],
)
def test_five_seeds_end_as_in_figure_2(projection, agents: int, low: float, high: float) -> None:
    settings = DecSPGSettings(projection=projection, iterations=8)
    curves = learn(settings, agents, 5, 150, [20], 0, nothing)  # type: ignore[arg-type]
    assert low < float(curves.final.mean()) < high
    assert curves.returns.shape == (151, 5)
    assert curves.densities[20].shape == (5, 801)
    assert float(curves.returns.max()) <= curves.optimum


def test_runs_of_a_batch_are_independent_of_one_another() -> None:
    settings = DecSPGSettings(projection=Projection.ALL_POLICIES)
    curves = learn(settings, 1, 3, 60, [], 0, nothing)  # type: ignore[arg-type]
    assert len(torch.unique(curves.final)) == 3


def test_figures_are_drawn_and_failing_claims_tell(monkeypatch, tmp_path: Path, capsys) -> None:
    """Three epochs are too few for any claim about all policies, so that the command exits 1."""
    from quorate_decision_games.paper_figures import figures

    monkeypatch.setattr(figures, "EPOCHS", 3)
    monkeypatch.setattr(figures, "SHOWN_EPOCHS", (1, 3))
    call = ["exploration", "figures", "--only", "exact", "--seeds", "2", "--quiet", "--json", "--output", str(tmp_path)]
    assert main(call) == 1
    document = json.loads(capsys.readouterr().out)
    verdicts = [check["passed"] for check in document["exact"]["checks"] if check["passed"] is not None]
    assert verdicts == [False, True, False, False]
    for name in ("exploration-policies.png", "exploration-returns.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    numbers = json.loads((tmp_path / "exploration.json").read_text())
    assert [len(curve["returns"][0]) for curve in numbers["curves"]] == [4] * 4
