import warnings
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from walk import LastTwo, Walk

from quorate.errors import QuorateError
from quorate.interfaces import RunContext
from quorate.learning.acting import TrackedActor
from quorate.learning.evaluation import Evaluator
from quorate.learning.settings import Episodes
from quorate.run.episodes import Patience
from quorate.settings import Component

WALK = Component(kind="environment", name="walk", target="walk:Walk")


def evaluator(report=lambda *progress: None, episodes=3, environments=3, discount=0.5):
    context = RunContext(WALK, 0, torch.device("cpu"), 1, report)
    return Evaluator(context, Episodes(episodes=episodes, environments=environments), discount)


def half(batch, seed):
    return TrackedActor(LastTwo(), lambda situation, generator: torch.full((batch, 2, 1), 0.5))


def test_returns_lengths_and_ends_of_a_known_world():
    results = evaluator()(half)  # episodes of 2, 3 and 4 steps that pay 1 each
    assert results["return/mean"] == results["length/mean"] == 3
    assert results["return/discounted"] == pytest.approx((1.5 + 1.75 + 1.875) / 3)
    assert results["return/std"] == pytest.approx(1.0)
    assert results["terminated"] == pytest.approx(1 / 3)


def test_short_episodes_are_not_preferred():
    results = evaluator(episodes=6)(half)
    assert results["length/mean"] == 3


def test_more_environments_than_episodes_are_not_played():
    assert "2 episodes" in evaluator(episodes=2, environments=50).protocol
    assert evaluator(episodes=2, environments=50)(half)["length/mean"] == 2.5


def test_each_evaluation_plays_the_same_episodes_and_tells_its_progress():
    told = []
    measure = evaluator(lambda *progress: told.append(progress))

    def noisy(batch, seed):
        return TrackedActor(LastTwo(), lambda situation, generator: torch.rand(batch, 2, 1, generator=generator))

    assert measure(noisy) == measure(noisy)
    assert told[-1] == ("evaluating", 3, 3)


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
        evaluator()(half)


def uneven(batch, seed):
    return TrackedActor(LastTwo(), lambda situation, generator: torch.tensor([0.25, 0.5]).expand(batch, 2)[..., None])


def test_outcomes_are_averaged_and_agents_returns_told():
    results = evaluator(episodes=6)(uneven)  # two episodes in each row, of 2, 3 and 4 steps
    assert results["outcome/won"] == pytest.approx(1 / 3)
    assert results["outcome/steps"] == results["length/mean"] == 3
    assert results["return/x"] == pytest.approx(0.75)
    assert results["return/mean"] == pytest.approx(2.25)  # and not 1.5, of the agent with that name


@pytest.mark.parametrize(("missing", "told"), [("outcomes", "names won, steps"), ("agent_reward", "paid differently")])
def test_what_the_environment_says_of_itself_and_does_not_give_is_told(missing, told, monkeypatch):
    plain = Walk.step
    monkeypatch.setattr(Walk, "step", lambda self, actions: replace(plain(self, actions), **{missing: None}))
    with pytest.raises(QuorateError, match=f"The environment walk gave no {missing}, although it .*{told}"):
        evaluator()(half)
