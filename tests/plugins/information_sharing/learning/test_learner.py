from contextlib import closing

import pytest
import torch

import quorate
from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate.run.episodes import play_episodes
from quorate.run.tally import Tally
from quorate_information_sharing.learning.algorithm import CommonInformationLearner


class Silence(Report):
    def __call__(self, what, done, total):
        pass


def learner(seed=0, game="tabular/dec-tiger-v1", horizon=3, **settings):
    registry = load_registry()
    sizes = {"episodes": 20_000, "trials": 2000, "environments": 2000}
    words = [f"{key}={value}" for key, value in (sizes | settings).items()]
    world = compose_component("environment", game, registry, overrides=[f"horizon={horizon}"] if horizon else [])
    component = compose_component("algorithm", "common-information-learner", registry, overrides=words)
    return component.build(RunContext(world, seed, torch.device("cpu"), 10, Silence()))


def rounds(algorithm, count):
    return [algorithm.train_step() for _ in range(count)]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_it_learns_what_the_planner_knows(seed):
    with closing(learner(seed)) as algorithm:
        told = rounds(algorithm, 4)[-1]
        true = algorithm.measure()["value/true"]
        assert 8.1 < true <= 8.815 + 1e-9
        assert abs(told["value/estimated"] - true) < 5 * told["value/error"]
        assert told["episodes"] == 80_000


def test_longer_memory_is_better_and_the_planned_value_is_biased_up():
    with closing(learner(horizon=4, memory=0)) as forgetful, closing(learner(horizon=4, memory=2)) as algorithm:
        rounds(forgetful, 2)
        told = rounds(algorithm, 4)
        assert forgetful.measure()["value/true"] <= -8 + 1e-9
        assert 10 < algorithm.measure()["value/true"] <= 11.015488 + 1e-6
        assert told[0]["gap/estimated"] >= 0


def test_more_is_shared_and_more_is_earned():
    for structure, best in (("full", 13.015488), ("'one-directional(1)'", 11.7475), ("'one-directional(2)'", 11.7475)):
        with closing(learner(structure=structure)) as algorithm:
            rounds(algorithm, 4)
            assert best - 0.7 < algorithm.measure()["value/true"] <= best + 1e-6


def test_without_leads_the_same_episodes_teach_less():
    gained = []
    for prefixes in (4, 0):
        total = 0.0
        for seed in range(3):
            with closing(learner(seed, prefixes=prefixes)) as algorithm:
                rounds(algorithm, 4)
                total += algorithm.measure()["value/true"]
        gained.append(total / 3)
    assert gained[0] > gained[1] + 0.3


def test_a_lead_that_misled_does_not_last(monkeypatch):
    """Without memory nothing beats to listen always, -6; with one model alone the first round's mistake stays."""
    explored = CommonInformationLearner._explore
    found = []
    for latest in (explored, lambda self: explored(self) and self._counts):
        monkeypatch.setattr(CommonInformationLearner, "_explore", latest)
        with closing(learner(memory=0)) as algorithm:
            rounds(algorithm, 3)
            found.append(algorithm.measure()["value/true"])
    assert found == [pytest.approx(-6), pytest.approx(-9.8125)]


def test_policies_that_span_what_can_be_observed_lead_as_well():
    with closing(learner(prefixes=0, spanner=True)) as algorithm:
        rounds(algorithm, 4)
        assert 7 < algorithm.measure()["value/true"] <= 8.815 + 1e-9


def test_it_goes_on_bit_for_bit_from_what_was_stored():
    with closing(learner()) as one, closing(learner()) as other:
        rounds(one, 2)
        other.load_state_dict(one.state_dict())
        assert one.train_step() == other.train_step()
        assert one.measure() == other.measure()


def test_what_is_played_is_what_was_valued():
    with closing(learner()) as algorithm:
        rounds(algorithm, 2)
        world = algorithm._environment
        tally = Tally(world.spec, world.batch, 10, 1.0, torch.device("cpu"))
        play_episodes(world, algorithm.actor(world.batch, 0), tally, 1, torch.Generator(), Silence())
        true = algorithm.measure()["value/true"]
        played = tally.summary()
        assert abs(played["return/mean"] - true) < 5 * played["return/std"] / 20_000**0.5


@pytest.mark.parametrize("structure", ["'delayed(2)'", "none", "'uncontrolled(1)'"])
def test_what_is_shared_later_is_refused_by_name(structure):
    with pytest.raises(QuorateError, match="within a step") as caught:
        learner(structure=structure)
    assert "one-step" in caught.value.choices
    assert structure.strip("'") in caught.value.problem


def test_games_that_can_not_be_learned_say_so():
    with pytest.raises(QuorateError, match="pays its agents differently"):
        learner(game="tabular/individual-tiger-v1")
    with pytest.raises(QuorateError, match="no game of tables"):
        learner(game="memory-game-v1", horizon=None)
    with pytest.raises(QuorateError, match="memory of 12 steps") as caught:
        learner(memory=12)
    assert "at most 10" in caught.value.fix


def test_a_run_has_its_numbers_and_plays(tmp_path):
    run = quorate.train(
        {
            "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3},
            "algorithm": {"name": "common-information-learner", "episodes": 20_000, "trials": 2000},
            "budget": {"train_steps": 2},
            "directory": str(tmp_path),
        }
    )
    found = run.result["evaluation"]
    assert found["value/true"] > 0
    assert found["episodes"] == 40_000
    assert quorate.play(run, episodes=32)["length/mean"] == 3
