"""Agents that are paid differently: independent learners on zero-sum games."""

import pytest
import torch

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.registry import load_registry

GAME = "environment: matrix-game/biased-pennies-v1\nbudget: {train_steps: 300}\nalgorithm:"
OWN = """{name: ippo, share_parameters: false, environments: 256, rollout: 1, actor: {hidden: [16], layer_norm: false},
  critic: {hidden: [16], layer_norm: false}}"""


@pytest.mark.parametrize("seed", range(3))
def test_the_average_policy_of_opponents_is_near_the_equilibrium(tmp_path, silence, seed: int) -> None:
    """They go round it; the average of their policies has an exploitability below 0.1, uniform play 0.5."""
    file = tmp_path / "run.yaml"
    file.write_text(f"{GAME} {OWN}")
    run = compose(file, [], load_registry()).settings
    algorithm = run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), 300, silence))
    game = run.environment.build(batch=1, device="cpu")
    inputs, played = algorithm.input.tracker(1, 0).reset(game.reset(0)), []
    for _ in range(300):
        with torch.no_grad():
            played.append(algorithm.policy.log_probabilities(inputs)[0].exp())
        algorithm.train_step()
    heads, payoff = torch.stack(played), torch.tensor(game.settings.payoff)
    assert exploitability(payoff, heads.new_full((2, 2), 0.5)) == pytest.approx(0.5)
    assert exploitability(payoff, heads.mean(0)) < 0.1
    assert exploitability(payoff, heads[-1]) > 0.2


def exploitability(payoff: torch.Tensor, strategies: torch.Tensor) -> float:
    """What an agent gains in the mean by playing best against the other in a zero-sum game."""
    row, column = strategies
    return float((payoff @ column).max() - (row @ payoff).min()) / 2
