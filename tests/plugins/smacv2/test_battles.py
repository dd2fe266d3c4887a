"""Whole battles: SMACv2 and pysc2 as they are, and a double of StarCraft II behind the game's own protocol."""

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from quorate import make
from quorate.errors import QuorateError
from quorate.registry import load_registry
from quorate.testing import assert_conforms
from quorate_smacv2.environment import Battles
from quorate_smacv2.settings import SMACv2Settings

SIZES = {"zerg": (82, 120), "terran": (82, 120), "protoss": (92, 130)}
FIRST = 6


@pytest.fixture
def made(double):
    """Makes one environment; closes all."""
    found = []

    def make(**settings):
        found.append(Battles(SMACv2Settings(**settings)))
        return found[-1]

    yield make
    for battles in found:
        battles.close()
    assert double.running() == []


def shoot(battles, seen, chance):
    """Actions that shoot where someone is in range, and wander otherwise."""
    actions = {}
    for agent in battles.agents:
        valid = np.flatnonzero(seen[agent]["action_mask"])
        actions[agent] = int(valid[-1] if valid[-1] >= FIRST else chance.choice(valid))
    return actions


def stay(battles, seen, chance):
    return dict.fromkeys(battles.agents, 1)


def episode(battles, seed, play=shoot):
    """What was shown, and the last step."""
    chance, last = np.random.default_rng(0), None
    seen, _ = battles.reset(seed=seed)
    shown = [battles.state()]
    while battles.agents:
        seen, *last = battles.step(play(battles, seen, chance))
        shown += [battles.state(), *(one["observation"] for one in seen.values()), list(last[0].values())]
    return np.concatenate(shown), last


@pytest.mark.parametrize("race", SIZES)
def test_episodes_of_each_race(made, race):
    battles = made(race=race, difficulty="very-easy")
    sizes = [space.shape for space in (battles.observation_space("agent_0")["observation"], battles.state_space)]
    assert sizes == [(size,) for size in SIZES[race]]
    won = []
    for seed in range(5):
        shown, (_, terminated, truncated, infos) = episode(battles, seed)
        assert np.isfinite(shown).all()
        outcome = infos[next(iter(infos))]
        left = 5 - outcome["dead_enemies"]
        assert outcome["won"] == (left == 0) or (race == "terran" and left)  # medivacs alone have lost
        assert all(terminated.values()) != any(truncated.values())
        won.append(outcome["won"])
    assert sum(won) >= 3


def test_enemies_win_against_who_does_nothing(made):
    _, (_, terminated, truncated, infos) = episode(made(difficulty="very-hard"), 1, stay)
    assert (all(terminated.values()), any(truncated.values())) == (True, False)
    assert {info["won"] for info in infos.values()} == {0.0}
    assert {info["dead_allies"] for info in infos.values()} == {5.0}


def test_time_is_up(made):
    battles = made(difficulty="very-easy", horizon=4)
    _, (_, terminated, truncated, _) = episode(battles, 1, stay)
    assert battles._game.inner._episode_steps == 4
    assert (any(terminated.values()), all(truncated.values())) == (False, True)


def test_the_same_seed_shows_the_same(made):
    one = [episode(made(), seed)[0] for seed in (3, 4)]
    battles = made()
    assert np.array_equal(one[0], episode(battles, 3)[0])
    battles.reset(seed=5)
    battles.step(dict.fromkeys(battles.agents, 1))
    assert np.array_equal(one[1], episode(battles, 4)[0])
    assert not np.array_equal(one[0][:120], one[1][:120])


@pytest.mark.parametrize("workers", [0, 2])
def test_rows(double, workers):
    """Two rows, in this process and in others, are those that one row each would be."""
    shown = []
    for _ in range(2):
        environment = make("smacv2/zerg-5v5-v1", batch=2, workers=workers, horizon=12)
        step, generator = environment.reset(7), torch.Generator().manual_seed(0)
        found = [step.state]
        for _ in range(15):
            valid = step.action_mask.flatten(0, 1).float()
            step = environment.step(torch.multinomial(valid, 1, generator=generator).view(2, 5))
            found += [step.state, step.reward[:, None]]
        environment.close()
        shown.append(torch.cat(found, dim=1))
    assert torch.equal(*shown)
    assert not torch.equal(shown[0][0], shown[0][1])
    expected = SHOWN.setdefault("rows", shown[0])
    assert torch.equal(shown[0], expected)
    assert double.running() == []


SHOWN = {}


def test_a_crash_in_a_battle(made, double):
    battles = made(difficulty="very-easy")
    double.fault("crash", 4)
    with pytest.warns(UserWarning, match="A game crashed"):
        _, (_, terminated, truncated, _) = episode(battles, 1)
    assert (any(terminated.values()), all(truncated.values())) == (False, True)
    assert double.running() == []
    _, (_, terminated, *_) = episode(battles, 2)
    assert all(terminated.values())
    assert len(double.running()) == 1


def test_a_crash_while_an_episode_begins(made, double):
    battles = made(difficulty="very-easy")
    episode(battles, 1)
    battles._game.inner._sc2_proc._proc.kill()
    episode(battles, 2)


def test_a_game_that_does_not_start(made, double):
    double.fault("broken")
    with pytest.raises(QuorateError, match=r"ended while an episode began: Failed to connect .*, in 3 attempts"):
        made().reset(seed=1)


def test_units_that_never_appear(made, double, monkeypatch):
    from quorate_smacv2 import game

    monkeypatch.setattr(game, "ATTEMPTS", 2)
    double.fault("no-spawn")
    with pytest.raises(QuorateError, match="not all units appeared, in 2 attempts"):
        made().reset(seed=1)


def test_units_that_appear_late(made, double):
    scales = []
    for late in (0, 5):
        double.fault("late", late)
        battles = made(race="protoss")
        battles.reset(seed=3)
        scales.append(battles._game.inner.max_reward)
    assert scales[0] == scales[1]


CONFIGURATIONS = {
    "conic": {"conic_view": True, "view_directions": 8},
    "epo": {"enemy_visibility": 0.0, "attack_mask": False},
    "ranges": {"sight": 5.0, "attack_range": 3.0},
    "plain ranges": {"unit_ranges": False},
    "terran with more allies": {"race": "terran", "allies": 6, "enemies": 4},
    "one type": {"units": ["hydralisk"], "reflected": 1.0},
    "attack": {
        "capabilities": {
            "attack": {"dist_type": "per_agent_uniform", "lower_bound": [0.2], "upper_bound": [0.8], "observe": True}
        }
    },
    "health": {
        "capabilities": {
            "health": {"dist_type": "per_agent_uniform", "lower_bound": [0.0], "upper_bound": [0.5], "observe": True}
        }
    },
    "masked": {"capabilities": {"enemy_mask": {"dist_type": "mask", "mask_probability": 0.5}}},
    "options": {"options": {"obs_last_action": True, "state_timestep_number": True, "reward_sparse": True}},
}


@pytest.mark.parametrize("settings", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_other_capabilities(made, settings):
    """They are played, and the same seed shows the same."""
    battles = made(difficulty="very-easy", horizon=30, **settings)
    assert np.array_equal(episode(battles, 1)[0], episode(made(difficulty="very-easy", horizon=30, **settings), 1)[0])


@pytest.mark.parametrize(("settings", "sight", "reach"), [({"sight": 5.0, "attack_range": 3.0}, 5, 3),
                                                         ({"unit_ranges": False}, 9, 6)])  # fmt: skip
def test_how_far_agents_see_and_shoot(made, settings, sight, reach):
    """SMACv2 forgets enemies that an agent sees where a later one is unknown, so that not all in sight are shown."""
    battles, count, farthest = made(difficulty="very-easy", **settings), 0, 0.0
    inner = battles._game.inner
    seen, _ = battles.reset(seed=2)
    while battles.agents:
        for agent in battles.agents:
            own = inner.agents[battles.possible_agents.index(agent)].pos
            for enemy, there in inner.enemies.items():
                away = np.hypot(there.pos.x - own.x, there.pos.y - own.y)
                alive, shown = there.health > 0, seen[agent]["observation"][4 + 8 * enemy + 1] > 0
                assert seen[agent]["action_mask"][FIRST + enemy] == (alive and away <= reach)
                assert not shown or away < sight
                count, farthest = count + shown, max(farthest, away * shown)
        seen, *_ = battles.step(shoot(battles, seen, np.random.default_rng(0)))
    assert count > 0
    assert farthest > reach


def test_a_replay_is_saved(made, tmp_path):
    battles = made(difficulty="very-easy", horizon=3)
    episode(battles, 1)
    battles._game.inner.replay_dir = str(tmp_path)
    battles._game.inner.save_replay()
    assert [file.read_bytes() for file in tmp_path.iterdir()] == [b"double"]


def test_what_computes_is_named(double):
    environment = make("smacv2/zerg-5v5-v1")
    assert environment.spec.simulator.endswith("StarCraft II double (base 75689)")
    environment.close()


@pytest.mark.parametrize("missing", ["Versions", "Maps"])
def test_what_is_missing_is_told(made, double, monkeypatch, tmp_path, missing):
    import shutil

    shutil.copytree(double.folder, tmp_path / "game")
    shutil.rmtree(tmp_path / "game" / missing)
    monkeypatch.setenv("SC2PATH", str(tmp_path / "game"))
    with pytest.raises(QuorateError) as error:
        made().reset(seed=1)
    assert {"Versions": "there is no StarCraft II in", "Maps": "the map 32x32_flat.SC2Map"}[missing] in str(error.value)


def test_it_conforms(double, monkeypatch):
    """The checks launch hundreds of games, for each of which pysc2 would sleep a second."""
    monkeypatch.setattr("pysc2.lib.remote_controller.time", SimpleNamespace(sleep=lambda _: time.sleep(0.05)))
    assert_conforms(load_registry(), "environment", "smacv2/zerg-5v5-v1", horizon=20, difficulty="very-easy")
