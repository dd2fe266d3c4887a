"""What the adapter makes of SMACv2, with a fake of it: agents, masks, ends, outcomes, seeds, faults."""

import random

import numpy as np
import pytest

from quorate.environments import ParallelBatch
from quorate.errors import QuorateError
from quorate_smacv2 import game

STOP, FIRST = 1, 2


def launches(battles):
    return [line for line in battles.log if line[:6] == "launch"]


def act(battles, action):
    return battles.step(dict.fromkeys(battles.agents, action))


def test_what_agents_see(faked):
    battles = faked()
    seen, infos = battles.reset(seed=3)
    assert battles.possible_agents == battles.agents == ["agent_0", "agent_1"]
    for agent in battles.agents:
        assert battles.observation_space(agent).contains(seen[agent])
        assert seen[agent]["action_mask"].tolist() == [0, 1, 1, 1]
    assert infos == {"agent_0": {}, "agent_1": {}}
    assert battles.state_space.contains(battles.state())


def test_who_dies_leaves_and_does_nothing(faked):
    battles = faked({"dies": {1: [0]}})
    battles.reset(seed=3)
    seen, rewards, terminated, truncated, infos = act(battles, STOP)
    assert terminated == {"agent_0": True, "agent_1": False}
    assert truncated == {"agent_0": False, "agent_1": False}
    assert (battles.agents, seen["agent_0"]["observation"][0]) == (["agent_1"], 0)
    assert set(rewards.values()) == {40 / 120}
    assert infos == {"agent_0": {}, "agent_1": {}}
    act(battles, STOP)
    assert battles.log[-1] == f"step {[0, STOP]}"


def test_a_battle_that_is_won_terminates(faked):
    battles = faked()
    battles.reset(seed=3)
    for action in (2, 2):
        battles.step({"agent_0": action, "agent_1": 3})
    assert battles.agents == []
    battles.reset(seed=4)
    battles.step({"agent_0": 2, "agent_1": 3})
    *_, terminated, truncated, infos = battles.step({"agent_0": 2, "agent_1": 3})
    assert (all(terminated.values()), any(truncated.values())) == (True, False)
    assert infos["agent_0"] == infos["agent_1"] == {"won": 1, "dead_allies": 0, "dead_enemies": 2, "crashed": 0}


def test_a_battle_that_is_lost_terminates(faked):
    battles = faked({"dies": {2: [0, 1]}})
    battles.reset(seed=3)
    act(battles, STOP)
    *_, terminated, truncated, infos = act(battles, STOP)
    assert (all(terminated.values()), any(truncated.values())) == (True, False)
    assert infos["agent_1"] == {"won": 0, "dead_allies": 2, "dead_enemies": 0, "crashed": 0}


def test_the_horizon_truncates_those_who_live(faked):
    battles = faked({"dies": {3: [1]}}, horizon=3)
    battles.reset(seed=3)
    for _ in range(2):
        act(battles, STOP)
    *_, terminated, truncated, infos = act(battles, STOP)
    assert (terminated, truncated) == ({"agent_0": False, "agent_1": True}, {"agent_0": True, "agent_1": False})
    assert (infos["agent_0"]["won"], battles.agents) == (0, [])


def test_an_action_that_is_not_valid_is_told(faked):
    battles = faked()
    battles.reset(seed=3)
    with pytest.raises(QuorateError, match="the action 0 of agent_0 is not valid now") as error:
        act(battles, 0)
    assert "[1, 2, 3]" in error.value.fix


def seen_in(battles, seed, episodes=3):
    """Everything that is shown in some episodes, each beginning with the seed that the bridge would give."""
    shown = []
    for number in range(episodes):
        seen, _ = battles.reset(seed=seed + number)
        shown += [*(seen[agent]["observation"] for agent in battles.agents), battles.state()]
        while battles.agents:
            seen, *_ = battles.step({agent: FIRST + index for index, agent in enumerate(battles.agents)})
            shown += [*(one["observation"] for one in seen.values()), battles.state()]
    return np.concatenate(shown)


def test_a_seed_determines_all(faked):
    one = seen_in(faked(), 3)
    assert np.array_equal(one, seen_in(faked(), 3))
    assert not np.array_equal(one, seen_in(faked(), 4))


def test_global_generators_stay_as_they_are_and_are_not_used(faked):
    battles = faked()
    random.seed(1), np.random.seed(1)
    before = random.getstate(), np.random.get_state()[1].tolist()
    one = seen_in(battles, 3)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    random.seed(2), np.random.seed(2)
    assert np.array_equal(one, seen_in(faked(), 3))


def test_games_in_one_process_do_not_mix(faked):
    alone, (one, other) = seen_in(faked(), 3, episodes=1), (faked(), faked())
    shown = []
    for battles, seed in ((one, 3), (other, 9)):
        seen, _ = battles.reset(seed=seed)
        if battles is one:
            shown += [*(seen[agent]["observation"] for agent in battles.agents), battles.state()]
    while one.agents:
        act(other, STOP)
        seen, *_ = one.step({agent: FIRST + index for index, agent in enumerate(one.agents)})
        shown += [*(value["observation"] for value in seen.values()), one.state()]
    assert np.array_equal(np.concatenate(shown), alone)


def test_a_seed_launches_the_game_anew_but_after_an_episode(faked):
    battles = faked()
    seen_in(battles, 3)
    assert len(launches(battles)) == 1
    battles.reset(seed=3)  # after an episode that has just ended
    assert len(launches(battles)) == 1
    battles.reset()
    assert len(launches(battles)) == 1
    battles.reset(seed=3)
    assert launches(battles) == launches(battles)[:1] * 2
    battles.reset(seed=4)
    assert len(set(launches(battles))) == 2
    assert [line for line in battles.log if line[:5] == "ended"] == ["ended 0", "ended 1"]


def test_the_scale_of_rewards_is_that_of_the_first_episode(faked):
    """In SMACv2 it grows with each step that units wait to appear, and with each launch."""
    for late in (1, 5):
        battles = faked({"late": late})
        battles.reset(seed=3)
        assert act(battles, STOP)[1]["agent_0"] == 40 / 120
        battles.reset(seed=3)
        assert act(battles, STOP)[1]["agent_0"] == 40 / 120


@pytest.mark.parametrize(("probability", "least", "most"), [(1.0, 40, 40), (0.0, 0, 0), (0.5, 11, 29)])
def test_attacks_succeed_as_often_as_they_should(faked, probability, least, most):
    """SMACv2 draws from a generator that nobody can seed. The bounds are three deviations."""
    found = []
    for _ in range(2):
        battles, count = faked({"attack": probability}), 0
        for seed in range(40):
            battles.reset(seed=seed)
            battles.step({"agent_0": FIRST, "agent_1": STOP})
            count += battles._game.inner.enemies[0].health < 8
            assert (battles._game.inner.agent_attack_probabilities == probability).all()
        found.append(count)
    assert found[0] == found[1]
    assert least <= found[0] <= most


def test_a_crash_is_told_and_the_next_episode_launches(faked):
    battles = faked({"crash": 1})
    battles.reset(seed=3)
    before, *_ = act(battles, STOP)
    with pytest.warns(UserWarning, match="A game crashed: the connection to it broke. Its episode is truncated"):
        after, rewards, terminated, truncated, infos = act(battles, STOP)
    assert np.array_equal(after["agent_0"]["observation"], before["agent_0"]["observation"])
    assert (set(rewards.values()), any(terminated.values()), all(truncated.values())) == ({0.0}, False, True)
    assert infos["agent_0"] == {"won": 0, "dead_allies": 0, "dead_enemies": 0, "crashed": 1}
    assert len(launches(battles)) == 1
    battles.reset(seed=4)
    assert len(set(launches(battles))) == 2
    assert act(battles, STOP)[1]["agent_0"] == 40 / 120


@pytest.mark.filterwarnings("ignore:A game crashed")
def test_a_game_that_always_crashes_is_an_error(faked):
    battles = faked({"crash": 1, "again": 1})
    for seed in range(2):
        battles.reset(seed=seed)
        act(battles, STOP), act(battles, STOP)
    battles.reset(seed=3)
    act(battles, STOP)
    with pytest.raises(QuorateError, match="the game crashed in 3 episodes in a row"):
        act(battles, STOP)


@pytest.mark.parametrize(("name", "words"), [("stuck", "not all units appeared"), ("broken", "it does not start")])
def test_what_does_not_begin_is_tried_again_and_then_an_error(faked, monkeypatch, name, words):
    monkeypatch.setattr(game, "ATTEMPTS", 2)
    battles = faked({name: 1})
    battles.reset(seed=3)
    battles.close()
    assert len(launches(battles)) == 2
    assert sum(line.startswith("ended") for line in battles.log) == (2 if name == "stuck" else 1)
    battles = faked({"stuck": 2} if name == "stuck" else Always(name))
    with pytest.raises(QuorateError, match=f"{words}, in 2 attempts"):
        battles.reset(seed=3)


class Always(dict):
    """A script in which something goes wrong each time."""

    def __init__(self, name):
        super().__init__({name: 1})

    def pop(self, name, default=None):
        return self.get(name, default)


def test_closing_ends_the_game_once(faked):
    battles = faked()
    battles.close()
    battles.reset(seed=3)
    battles.close()
    battles.close()
    assert battles.log[-2:] == ["closed 0", "ended 0"]


def test_a_batch_of_it(faked):
    """Through the bridge: rows, declarations, final steps."""
    import torch

    from quorate.registry import load_registry

    tags = load_registry().find("environment", "smacv2/custom-v1", installed=False).tags
    with_script = {"dies": {1: [1]}}
    batch = ParallelBatch(
        lambda: faked(with_script, horizon=2), 2, name="smacv2/custom-v1", tags={**tags, "horizon": 2}
    )
    spec = batch.spec
    assert (spec.reward_rule, spec.outcomes, spec.horizon) == (
        "shared",
        ("won", "dead_allies", "dead_enemies", "crashed"),
        2,
    )
    assert (spec.observability, spec.agent_rewards) == ("partial", False)
    step = batch.reset(5)
    step = batch.step(torch.full((2, 2), STOP))
    assert step.agent_mask.tolist() == [[True, False]] * 2
    assert step.action_mask[:, 1].tolist() == [[True, False, False, False]] * 2
    step = batch.step(torch.tensor([[STOP, 0]] * 2))
    assert step.truncated.all()
    assert step.outcomes.tolist() == [[0, 1, 0, 0]] * 2
    assert step.final_agent_mask.tolist() == [[True, False]] * 2
    assert (step.final_state[:, -1] == 2).all()
    assert (step.state[:, -1] == 0).all()
