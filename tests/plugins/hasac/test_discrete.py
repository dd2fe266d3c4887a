"""HASAC with choices, in games whose optimum is known."""

import copy
from typing import Any

import pytest
import torch
import yaml

from quorate.errors import QuorateError
from quorate_hasac.losses import entropy_extents

SMALL = {
    "name": "hasac/discrete",
    "environments": 16,
    "batch_size": 64,
    "warmup_steps": 160,
    "policy": {"name": "categorical", "network": {"hidden": [32]}},
    "critic": {"hidden": [32, 32]},
}


def game(name: str, **changes: Any) -> str:
    """The text of a run in a matrix game."""
    algorithm = {**SMALL, **changes}
    run = {"environment": f"matrix-game/{name}", "algorithm": algorithm, "budget": {"train_steps": 250}}
    return str(yaml.safe_dump(run, default_flow_style=False))


@pytest.mark.parametrize(
    ("name", "turns"), [("monotonic-v1", "sequential"), ("two-step-v1", "simultaneous"), ("two-step-v1", "sequential")]
)
def test_it_finds_the_best_of_small_games(build: Any, evaluated: Any, name: str, turns: str) -> None:
    """The best is 8; random play returns 2.5 in the game of one step, and 4.75 in that of two."""
    algorithm = build(text=game(name, turns=turns))
    for _ in range(250):
        metrics = algorithm.train_step()
    assert evaluated(algorithm, episodes=4, environments=2)["return/mean"] == 8
    assert metrics["entropy"] >= 0


@pytest.mark.parametrize("turns", ["sequential", "simultaneous"])
def test_choices_are_valid_and_those_who_are_gone_learn_nothing(on_leaving: Any, turns: str) -> None:
    """The environment refuses choices that its masks exclude."""
    settings = "environments: 4, batch_size: 16, warmup_steps: 16, return_steps: 2"
    algorithm = on_leaving(f"{{name: hasac/discrete, turns: {turns}, {settings}}}", agents=3, leave=2, discrete=True)
    for _ in range(30):
        algorithm.train_step()
    sample = algorithm.draw()
    assert sample.action_mask.sum(-1).le(1).any()
    taken = sample.action_mask.gather(-1, sample.actions[..., None])[..., 0]
    assert bool(taken[sample.agent_mask].all())
    sample.agent_mask[:, 0] = sample.next_agent_mask[:, 0] = False
    before, shown, seen = copy.deepcopy(algorithm.policy.state_dict()), [], algorithm._seen
    algorithm._seen = lambda state, actions, alive: shown.append(actions.detach()) or seen(state, actions, alive)
    metrics = algorithm.update(sample)
    masks = [sample.next_action_mask, *[sample.action_mask] * (len(shown) - 1)]
    for actions, mask in zip(shown, masks, strict=True):  # also of those that policies are improved by
        assert not bool((actions.bool() & ~mask)[mask.any(-1)].any())
    for name, parameter in algorithm.policy.named_parameters():
        assert torch.equal(parameter.detach()[0], before[name][0]), name
    assert all(bool(value.isfinite()) for value in metrics.values())


def test_targets_of_entropies(build: Any) -> None:
    half = build(text=game("monotonic-v1", target_entropy_share=0.5))
    torch.testing.assert_close(half.temperatures._targets, torch.tensor([2.0, 2.0]).log() / 2)
    assert not build(text=game("monotonic-v1")).temperatures._targets.any()
    assert half.conventions()["choices"] == "relaxed by straight-through Gumbel-softmax"
    continuous = build()
    assert torch.equal(entropy_extents(continuous.spec, torch.device("cpu")), torch.ones(2))
    assert "choices" not in continuous.conventions()


def test_it_resumes_bit_for_bit(build: Any) -> None:
    text = game("two-step-v1", warmup_steps=32, return_steps=2)
    one, two = build(text=text), build(text=text)
    for _ in range(6):
        one.train_step()
    two.load_state_dict(copy.deepcopy(one.state_dict()))
    for _ in range(4):
        left, right = one.train_step(), two.train_step()
        assert all(
            torch.equal(torch.as_tensor(left[name]), torch.as_tensor(right[name])) for name in left.keys() & right
        )


@pytest.mark.parametrize(("policy", "said"), [("gaussian/squashed", "discrete"), ("random", "densities")])
def test_other_policies_are_refused(build: Any, policy: str, said: str) -> None:
    with pytest.raises(QuorateError, match=said):
        build(text=game("monotonic-v1", policy=policy))


def test_published_settings_are_built(build: Any) -> None:
    text = game("two-step-v1").replace("hasac/discrete", "hasac/harl-mpe-discrete")
    assert build(text=text).train_step()["updates"] == 0


@pytest.mark.parametrize(
    ("environment", "algorithm", "policy", "choice"),
    [
        ("matrix-game/monotonic-v1", "hasac/discrete", "random", "categorical"),
        ("mpe/simple-spread-v3", "hasac", "ddpm", "gaussian/squashed"),
    ],
)
def test_what_is_offered_instead_fits_the_actions(
    build: Any, environment: str, algorithm: str, policy: str, choice: str
) -> None:
    part = {"name": algorithm, "policy": policy}
    run = {"environment": environment, "algorithm": part, "budget": {"train_steps": 1}}
    with pytest.raises(QuorateError, match="densities") as told:
        build(text=str(yaml.safe_dump(run, default_flow_style=False)))
    assert told.value.choices == (choice,)
