"""Learning from whole episodes: networks that remember, and TD(lambda)."""

import copy

import pytest
import torch

from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate.testing.support import identical
from quorate_value_decomposition.lesson import of_episodes

REGISTRY = load_registry([], plugins=False)
GRU = {"name": "gru", "hidden": [16], "memory": 16, "head": []}
GAME = {"name": "memory-game-v1", "delay": 2, "cues": 2}
SMALL = {"environments": 8, "warmup_steps": 24, "length": 3, "episodes": 6}


def test_lessons_are_episodes_as_they_were_played(build):
    algorithm = build("iql", GAME, network=GRU, **SMALL | {"length": 5})
    for _ in range(7):
        algorithm.train_step()
    drawn = algorithm.replay.episodes(6, 5, torch.Generator().manual_seed(0))
    lesson = of_episodes(drawn, algorithm.reward(drawn.reward, drawn.agent_reward), 0.9)
    cues, asked = lesson.inputs[..., :2], lesson.inputs[..., 2]
    assert lesson.played[..., 0].T.tolist() == [[True] * 3 + [False] * 2] * 6
    assert lesson.going[..., 0].T.tolist() == [[True] * 2 + [False] * 3] * 6
    assert lesson.begins.T.tolist() == [[True] + [False] * 5] * 6
    assert cues[0].sum(-1).eq(1).all()
    assert not cues[1:3].any()
    assert asked[2].all()
    assert torch.equal(lesson.discount[:3, :, 0].T, torch.tensor([[0.9, 0.9, 0.0]]).expand(6, 3))
    right = (lesson.actions[2] == cues[0].argmax(-1)).float()
    assert torch.equal(lesson.reward[2], right)
    assert not lesson.reward[:2].any()
    assert torch.equal(algorithm.weight(lesson).sum(0), torch.full((6, 2), 3.0))


@pytest.mark.parametrize("name", ["iql", "vdn"])
def test_who_remembers_finds_the_cue_and_who_does_not_can_not(build, name):
    totals = {}
    for kind, network in {"gru": GRU, "mlp": {"name": "mlp", "hidden": [16]}}.items():
        settings = {"trace": 0.5, "epsilon_steps": 2000, "target_interval": 20, "learning_rate": 0.01}
        algorithm = build(name, GAME, network=network, **SMALL | settings | {"episodes": 32})
        for _ in range(300):
            algorithm.train_step()
        actor, world, totals[kind] = algorithm.actor(8, 0), algorithm.environment, 0.0
        step = world.reset(5)
        actor.reset(step)
        for _ in range(30):
            step = world.step(actor.act(torch.Generator()))
            actor.observe(step)
            totals[kind] += float(step.reward.mean()) / 10
    assert totals["gru"] > 0.95
    assert totals["mlp"] < 0.75


def test_one_that_remembers_goes_on_bit_for_bit():
    settings = {"network": GRU, "input": {"name": "observation", "actions": True}, "trace": 0.6}
    assert_conforms(REGISTRY, "algorithm", "qmix", settings, only=["resumes", "actions", "generator", "evaluation"])


def test_returns_of_several_steps_are_refused(build):
    with pytest.raises(QuorateError, match="returns of several steps are for single transitions"):
        build("vdn", GAME, network=GRU, return_steps=3, **SMALL)
    with pytest.raises(QuorateError, match="return_steps are of single transitions"):
        compose_component("algorithm", "vdn", REGISTRY, {"return_steps": 3, "trace": 0.5})


def test_nothing_is_learned_before_an_episode_has_ended(build):
    algorithm = build("vdn", GAME, network=GRU, **SMALL | {"warmup_steps": 8})
    assert "loss" not in algorithm.train_step()
    assert "loss" not in algorithm.train_step()
    assert "loss" in algorithm.train_step()


@pytest.mark.parametrize("settings", [{}, {"trace": 0.5, "standardise_rewards": True}])
def test_one_that_was_stopped_before_an_episode_had_ended_goes_on_bit_for_bit(build, settings):
    long = GAME | {"delay": 9}
    made = [build("vdn", long, network=GRU, **SMALL | {"warmup_steps": 8} | settings) for _ in range(2)]
    for _ in range(4):
        made[0].train_step()
    made[1].load_state_dict(copy.deepcopy(made[0].state_dict()))
    for _ in range(12):
        one, two = (algorithm.train_step() for algorithm in made)
        assert identical(one, two)
        assert identical(made[0].state_dict(), made[1].state_dict())
    assert "loss" in one


def test_where_all_that_had_ended_is_forgotten_nothing_is_learned(build):
    algorithm = build("vdn", GAME | {"delay": 9}, network=GRU, **SMALL | {"warmup_steps": 8, "replay": 16})
    updates = [algorithm.train_step().get("gradient_norm") for _ in range(30)]
    learned = [norm for norm in updates if norm is not None]
    assert learned
    assert all(norm > 0 for norm in learned)


def test_updates_that_can_not_fit_are_refused(build):
    with pytest.raises(QuorateError, match="what an update learns from takes") as caught:
        build("vdn", GAME, network=GRU, **SMALL | {"episodes": 10**12})
    assert caught.value.where == "algorithm.episodes"
