"""What episodes end with, from the infos of PettingZoo environments to steps and back."""

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch
from worlds import Scored

from quorate.environments import ParallelBatch, to_parallel
from quorate.errors import QuorateError

NOTHING = torch.zeros(2, 3, 4)


def bridged(said: Any = None, names: Any = ("won", "score"), **more: Any) -> ParallelBatch:
    more = {"batch": 2, **more}
    tags = {"outcomes": list(names), **more.pop("tags", {})}
    return ParallelBatch(partial(Scored, said), name="acme/scored-v1", tags=tags, **more)


@pytest.mark.parametrize("workers", [0, 2])
def test_they_are_the_mean_of_what_agents_say_in_their_last_steps(workers: int) -> None:
    env = bridged(workers=workers)
    assert (env.spec.outcomes, env.spec.agent_rewards) == (("won", "score"), True)
    steps = [env.reset(0), *(env.step(NOTHING) for _ in range(8))]
    # Agents a, b and c leave in the steps 2, 3 and 4 with as many points; a and b say that they have won.
    for time, step in enumerate(steps):
        if time in (4, 8):
            assert step.outcomes is not None
            assert step.outcomes.tolist() == [[1.0, 3.0]] * 2
        else:
            assert step.outcomes is None
    assert steps[3].agent_reward is not None
    assert steps[3].agent_reward.tolist() == [[0.0, 1.0, 1.0]] * 2
    env.close()


def test_rows_that_go_on_have_none() -> None:
    env = bridged()
    env.reset(0)
    env.step(NOTHING)
    env._copies._copies[1].reset(None)  # type: ignore[attr-defined]
    outcomes = [env.step(NOTHING).outcomes for _ in range(3)][-1]
    assert outcomes is not None
    assert outcomes[0].tolist() == [1.0, 3.0]
    assert outcomes[1].isnan().all()


def test_agents_that_are_cut_off_are_heard_too() -> None:
    step = (env := bridged(tags={"horizon": 2})).reset(0)
    for _ in range(2):
        step = env.step(NOTHING)
    assert step.truncated.all()
    assert step.outcomes is not None
    assert step.outcomes.tolist() == [[1.0, 2.0]] * 2  # a leaves in this step, b and c say 2 too


def test_what_was_said_before_a_stop_counts() -> None:
    one, two = bridged(), bridged()
    one.reset(0)
    for _ in range(3):
        one.step(NOTHING)
    two.load_state_dict(one.state_dict())
    for step in (one.step(NOTHING), two.step(NOTHING)):
        assert step.outcomes is not None
        assert step.outcomes.tolist() == [[1.0, 3.0]] * 2


def test_the_view_gives_them_back() -> None:
    view = to_parallel(bridged(batch=1))
    assert view.metadata["quorate"]["outcomes"] == ["won", "score"]
    view.reset(seed=0)
    infos = [view.step({a: np.zeros(view.action_space(a).shape) for a in view.agents})[-1] for _ in range(4)]
    assert [sorted(info) for info in infos[2].values()] == [["agent_reward", "agent_terminated", "agent_truncated"]] * 2
    assert (infos[3]["c"]["won"], infos[3]["c"]["score"]) == (1.0, 3.0)
    again = ParallelBatch(lambda: to_parallel(bridged(batch=1)), 2)
    again.reset(0)
    steps = [again.step(NOTHING) for _ in range(4)]
    assert again.spec.outcomes == ("won", "score")
    assert steps[3].outcomes is not None
    assert steps[3].outcomes.tolist() == [[1.0, 3.0]] * 2


def test_all_who_are_paid_the_same_have_no_reward_of_their_own() -> None:
    env = bridged(names=(), tags={"reward": "shared"})
    assert not env.spec.agent_rewards
    assert env.reset(0).agent_reward is None
    assert env.step(NOTHING).agent_reward is None


@pytest.mark.parametrize("value", [True, 1, 1.0, torch.tensor([1.0]).numpy(), torch.tensor(1)])
def test_truth_values_and_numbers(value: Any) -> None:
    env = bridged({"won": value}, ["won"])
    env.reset(0)
    outcomes = [env.step(NOTHING).outcomes for _ in range(4)][-1]
    assert outcomes is not None
    assert outcomes.tolist() == [[1.0]] * 2


@pytest.mark.parametrize(
    ("said", "problem", "where"),
    [
        ({"won": "yes"}, "the outcome 'won' is 'yes', but must be one number", "row 0, step 2 of the episode, agent a"),
        ({"won": None}, "the outcome 'won' is None, but must be one number", "agent a"),
        ({"won": float("nan")}, "the outcome 'won' is not a number", "agent a"),
        ({"won": float("inf")}, "the outcome 'won' is infinite", "agent a"),
        ({"wins": 1}, "the episode ended without an outcome 'won' in any agent's infos", "row 0, step 4"),
        (["won"], "the info is a list of 1, but must be a dict", "agent a"),
    ],
)
def test_what_can_not_be_used_is_told(said: Any, problem: str, where: str) -> None:
    env = bridged(said, ["won"])
    env.reset(0)
    with pytest.raises(QuorateError) as caught:
        [env.step(NOTHING) for _ in range(4)]
    assert problem in caught.value.problem
    assert where in str(caught.value.where)
    if said == {"wins": 1}:
        assert list(caught.value.choices) == ["wins"]
        assert "infos[agent]" in str(caught.value.fix)


@pytest.mark.parametrize("names", [["won", "won"], [1], [""], 3, "won"])
def test_what_is_declared_must_be_names(names: Any) -> None:
    with pytest.raises(QuorateError, match="are no names") as caught:
        ParallelBatch(Scored, 1, tags={"outcomes": names})
    assert "[won]" in str(caught.value.fix)
