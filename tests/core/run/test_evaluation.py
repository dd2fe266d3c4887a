import sys
import warnings
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from quorate.config.schema import Evaluation, EvaluationMode
from quorate.conventions import EvaluationActions
from quorate.errors import ConfigError, QuorateError
from quorate.interfaces import RunContext
from quorate.learning.acting import TrackedActor
from quorate.registry import load_registry
from quorate.run import RunDirectory, read_metrics, read_run
from quorate.run.episodes import Patience
from quorate.run.evaluation import make_evaluator
from quorate.settings import Component
from quorate.testing.support import tiny_manifest

sys.path.insert(0, str(Path(__file__).parents[1] / "learning"))
from walk import LastTwo, Walk

TOY = Path(__file__).parent / "toy" / "registry.yaml"
WALK = Component(kind="environment", name="walk", target="walk:Walk")


def half(situation, generator):
    return torch.full((len(situation.state), 2, 1), 0.5)


class Plays:
    discount = 0.5

    def __init__(self, choose=half, **said):
        self.choose, self.said, self.asked = choose, said, []

    def actor(self, batch, seed, greedy=None):
        self.asked.append(greedy)
        return TrackedActor(LastTwo(), self.choose, **self.said)


def evaluator(algorithm, report=lambda *progress: None, episodes=3, environments=3, mode=None):
    context = RunContext(WALK, 0, torch.device("cpu"), 1, report)
    return make_evaluator(algorithm, context, Evaluation(episodes=episodes, environments=environments, mode=mode))


def test_returns_lengths_and_ends_of_a_known_world():
    results = evaluator(Plays())()  # episodes of 2, 3 and 4 steps that pay 1 each
    assert results["return/mean"] == results["length/mean"] == 3
    assert results["return/discounted"] == pytest.approx((1.5 + 1.75 + 1.875) / 3)
    assert results["return/std"] == pytest.approx(1.0)
    assert results["terminated"] == pytest.approx(1 / 3)


def test_short_episodes_are_not_preferred():
    results = evaluator(Plays(), episodes=6)()
    assert results["length/mean"] == 3


def test_more_environments_than_episodes_are_not_played():
    few = evaluator(Plays(), episodes=2, environments=50)
    assert few.conventions()["evaluation_episodes"] == 2
    assert few()["length/mean"] == 2.5


def test_each_evaluation_plays_the_same_episodes_and_tells_its_progress():
    told = []
    noisy = Plays(lambda now, randomness: torch.rand(len(now.state), 2, 1, generator=randomness))
    measure = evaluator(noisy, lambda *progress: told.append(progress))
    usual = measure()
    assert measure() == usual
    assert told[-1] == ("evaluating", 3, 3)
    absolute = measure(2)
    assert told[-1] == ("evaluating", 6, 6)
    assert absolute == measure(2) != usual


@pytest.mark.parametrize(("mode", "greedy"), [(None, None), ("greedy", True), ("sampled", False)])
def test_the_mode_is_the_actor_s(mode, greedy):
    algorithm = Plays()
    evaluator(algorithm, mode=None if mode is None else EvaluationMode(mode))()
    assert algorithm.asked == [greedy]


def test_what_an_actor_says_of_itself_is_recorded():
    best = Plays(actions=EvaluationActions.GREEDY, words="the best of 4", candidates=4)
    said = evaluator(best, episodes=5).conventions()
    assert said == {
        "evaluation": "6 episodes, the same initial seeds in every evaluation; the best of 4",
        "evaluation_episodes": 6,
        "evaluation_actions": "greedy",
        "evaluation_candidates": 4,
        "evaluation_discount": 0.5,
        "return": "undiscounted sum over an episode; sum",
        "return_discount": 1,
    }
    silent = evaluator(Plays()).conventions()
    assert silent["evaluation"] == "3 episodes, the same initial seeds in every evaluation"
    assert "evaluation_actions" not in silent
    sampled = evaluator(Plays(actions=EvaluationActions.SAMPLED)).conventions()
    assert sampled["evaluation"].endswith("; sampled actions")


def test_its_environments_are_kept_and_closed_once(monkeypatch):
    built = []
    monkeypatch.setattr(Walk, "close", lambda world: built.append(world))
    measure = evaluator(Plays())
    measure(), measure(1)
    assert not built
    measure.close()
    assert len(built) == 1


class Measures(Plays):
    """It plays, and knows better."""

    def measure(self, factor=None):
        return {"accuracy": 1.0 if factor is None else 0.5}


def test_one_that_evaluates_itself_does():
    algorithm = Measures()
    context = RunContext(WALK, 0, torch.device("cpu"), 1, print)
    measure = make_evaluator(algorithm, context, Evaluation())
    assert (measure(), measure(3)) == ({"accuracy": 1.0}, {"accuracy": 0.5})
    assert measure.conventions() == {}
    assert algorithm.asked == []
    with pytest.raises(QuorateError, match="plays no episodes") as caught:
        evaluator(algorithm, environments=100)
    assert caught.value.where == "evaluation.episodes"


OLD_PLACE = ["algorithm.evaluation.episodes=7"], ["algorithm.evaluation={mode: sampled}"]


@pytest.mark.parametrize("overrides", OLD_PLACE)
def test_the_old_place_says_where_it_went(toy, overrides):
    with pytest.raises(ConfigError, match=r"not a setting of its algorithm, since version 0\.2") as caught:
        toy.compose(*overrides)
    assert "section `evaluation` of the run" in caught.value.fix
    assert caught.value.where.startswith("algorithm.evaluation")


def test_an_author_writes_nothing_of_evaluation(toy):
    """Training, acting and state are enough for returns, lengths and the absolute metric."""
    toy.registry = load_registry([TOY, tiny_manifest()])
    words = "environment=tiny/world-v1", "algorithm=toy/counting", "evaluation.episodes=8", "evaluation.absolute=2"
    outcome = toy.start(*words, "evaluation.every=1")
    assert {"return/mean", "length/mean"} <= outcome.evaluation.keys()
    rows = [row for row in read_metrics(outcome.directory / "metrics.jsonl") if row["phase"] == "evaluation"]
    returns = {row["step"]: row["metrics"]["return/mean"] for row in rows}
    assert outcome.absolute["step"] == max(returns, key=returns.get) != 12
    stored = read_run(toy.registry, outcome.directory)
    with stored.opened(stored.device) as algorithm, stored.evaluator(algorithm) as evaluate:
        assert evaluate() == outcome.evaluation
        algorithm.load_state_dict({"steps": outcome.absolute["step"]})
        assert evaluate(2) == outcome.absolute["metrics"]
    said = RunDirectory.open(outcome.directory).record["conventions"]
    assert (said["evaluation_episodes"], said["policy_sees"]) == (8, "nothing")


@pytest.mark.parametrize(
    ("horizon", "ends", "warned"),
    [(None, [0, 0, 0], 1), (None, [0, 1, 1], 0), (None, [1, 1, 1, 1], 1), (9, [0, 0, 0, 0], 0)],
)
def test_episodes_that_never_end_are_told_once(horizon, ends, warned, monkeypatch):
    monkeypatch.setattr(Patience, "LONGEST", 3)
    patience = Patience(SimpleNamespace(name="walk", horizon=horizon))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for done in ends:
            patience.saw(done)
        for done in (*[ends[-1]] * 9 * warned, *[9] * 9 * warned):
            patience.saw(done)
    assert [str(one.message)[:39] for one in caught] == ["No episode of walk has ended in 3 steps"] * warned


def test_an_evaluation_warns(monkeypatch):
    monkeypatch.setattr(Patience, "LONGEST", 1)
    with pytest.warns(UserWarning, match="Ctrl-C stops it"):
        evaluator(Plays())()


def uneven(situation, generator):
    return torch.tensor([0.25, 0.5]).expand(len(situation.state), 2)[..., None]


def test_outcomes_are_averaged_and_agents_returns_told():
    results = evaluator(Plays(uneven), episodes=6)()  # two episodes in each row, of 2, 3 and 4 steps
    assert results["outcome/won"] == pytest.approx(1 / 3)
    assert results["outcome/steps"] == results["length/mean"] == 3
    assert results["return/x"] == pytest.approx(0.75)
    assert results["return/mean"] == pytest.approx(2.25)  # and not 1.5, of the agent with that name


@pytest.mark.parametrize(("missing", "told"), [("outcomes", "names won, steps"), ("agent_reward", "paid differently")])
def test_what_the_environment_says_of_itself_and_does_not_give_is_told(missing, told, monkeypatch):
    plain = Walk.step
    monkeypatch.setattr(Walk, "step", lambda self, actions: replace(plain(self, actions), **{missing: None}))
    with pytest.raises(QuorateError, match=f"The environment walk gave no {missing}, although it .*{told}"):
        evaluator(Plays())()
