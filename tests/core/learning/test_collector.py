import dataclasses
from dataclasses import replace

import pytest
import torch
from walk import LastTwo, StoredWalk, Walk

from quorate.interfaces import HistoryLayout, Restarts
from quorate.learning.collector import Collector
from quorate.learning.guard import Guard
from quorate.learning.inputs import WindowTracker
from quorate.learning.transitions import Transitions
from quorate.testing.support import identical


def collector(world=StoredWalk, batch=3):
    return Collector(world(batch=batch), LastTwo(), 7, Guard())


def act(collector, value=0.5):
    return collector.step(torch.full((collector.environment.batch, 2, 1), value))


def test_a_transition_tells_what_was_seen_before_and_after():
    world = collector()
    first, second = act(world), act(world)
    assert first.before.inputs[:, 0].tolist() == [[0, -1]] * 3
    assert first.following.inputs[:, 0].tolist() == [[1, 0]] * 3
    assert second.before.inputs[:, 0].tolist() == [[1, 0]] * 3
    assert second.reward.tolist() == [1, 1, 1]


def test_what_follows_the_last_action_is_the_end_of_that_episode():
    world = collector()
    act(world)
    transition = act(world)  # row 0's episode ends
    assert transition.ended.tolist() == [True, False, False]
    assert (transition.terminated.tolist(), transition.truncated.tolist()) == ([True, False, False], [False] * 3)
    assert transition.following.inputs[:, 0].tolist() == [[2, 1], [2, 1], [2, 1]]
    assert transition.following.state[:, 0].tolist() == [2, 2, 2]
    assert world.now.inputs[:, 0].tolist() == [[0, -1], [2, 1], [2, 1]]


def test_a_transition_holds_the_chosen_actions_and_all_that_the_environment_said():
    world = collector()
    chosen = torch.full((3, 2, 1), 9.0)
    step = world.step(torch.full((3, 2, 1), 0.5), chosen)
    assert torch.equal(step.actions, chosen)
    assert step.after is world.now
    assert step.agent_reward.tolist() == [[0.5, 0.5]] * 3
    step = act(world)
    assert step.outcomes.nan_to_num(-1).tolist() == [[1, 2], [-1, -1], [-1, -1]]


def test_it_says_where_episodes_begin_and_tells_the_tracker_what_is_done():
    world, told = collector(), []
    world._tracker.told = told.append
    begins = [world.now.begins.tolist()]
    for _ in range(3):
        act(world)
        begins.append(world.now.begins.tolist())
    assert begins == [[True] * 3, [False] * 3, [True, False, False], [False, True, False]]
    assert all(torch.equal(actions, torch.full((3, 2, 1), 0.5)) for actions in told)


def test_returns_and_steps_are_counted():
    world = collector()
    for name in ("episode_return", "outcome/won", "outcome/steps"):
        assert torch.isnan(world.metrics()[name])
    for _ in range(3):
        act(world)
    metrics = world.metrics()
    assert metrics["environment_steps"] == 9
    assert metrics["episode_return"] == 2.5  # of rows 0 and 1, which have ended: 2 and 3
    assert (metrics["outcome/won"], metrics["outcome/steps"]) == (0.5, 2.5)


class LaterWalk(StoredWalk):
    """Its rewards come later."""

    def step_unpaid(self, actions):
        step = self.step(actions)
        self.due = [*getattr(self, "due", []), (step.reward, step.agent_reward)]
        nothing = {"reward": step.reward * torch.nan, "agent_reward": step.agent_reward * torch.nan}
        return replace(step, **nothing)

    def pay(self):
        due, self.due = self.due, []
        return tuple(torch.stack(part) for part in zip(*due, strict=True))


@pytest.mark.parametrize("world", [StoredWalk, LaterWalk])
def test_to_play_is_to_act_step_by_step(world):
    one, other = collector(), collector(world)
    steps = Transitions.of([act(one, 0.5 + 0.1 * t) for t in range(5)])
    values = iter([0.5 + 0.1 * t for t in range(5)])
    played = other.play(lambda now: ((actions := torch.full((len(now.inputs), 2, 1), next(values))), actions), 5)
    assert identical(vars(steps) | {"endings": len(steps.endings)}, vars(played) | {"endings": len(played.endings)})
    assert {t: end.inputs.tolist() for t, end in steps.endings.items()} == {
        t: end.inputs.tolist() for t, end in played.endings.items()
    }
    assert identical(one.metrics(), other.metrics())
    assert identical(one.state_dict(), other.state_dict())


def test_it_goes_on_exactly_where_it_was_stored():
    one, two = collector(), collector()
    for _ in range(4):
        act(one)
    two.load_state_dict(one.state_dict())
    assert two.metrics()["outcome/steps"] == 3.0  # of the episodes before the stop
    for _ in range(5):
        first, second = act(one), act(two)
        assert identical(*map(dataclasses.asdict, (first, second)))
    assert one.metrics() == two.metrics()


def test_episodes_that_can_not_be_stored_begin_anew():
    one, two = collector(Walk), collector(Walk)
    act(one)
    two.load_state_dict(one.state_dict())
    assert two.now.state.flatten().tolist() == [0, 0, 0]
    assert two.environment_steps == 3
    assert two.environment.seed != one.environment.seed
    assert "new episodes" in two.resumption()
    assert collector().resumption() == "episodes continue"


class PartWalk(StoredWalk):
    """One whose first row can not be stored, and whose masks tell the time."""

    resumption = "the first row begins anew"

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self._time[0] = 0
        none = torch.zeros(self.batch, dtype=torch.bool)
        return Restarts(torch.arange(self.batch) == 0, self._see(none.float(), none, none))

    def _see(self, *transition):
        step = super()._see(*transition)
        return replace(step, agent_mask=(self._time[:, None] < torch.tensor([1, 9])), action_mask=None)


class Window(WindowTracker):
    """The last two observations, with marks."""

    def __init__(self, batch):
        super().__init__(HistoryLayout(2, 1, 2), batch, torch.device("cpu"))

    def inputs(self, observation):
        return self.buffer.windows


def test_some_rows_begin_anew_and_the_others_go_on():
    one, two = (Collector(PartWalk(batch=3), Window(3), 7, Guard()) for _ in range(2))
    act(one)
    assert two.load_state_dict(one.state_dict()).tolist() == [True, False, False]
    assert two.now.state.flatten().tolist() == [0, 1, 1]
    assert two.now.agent_mask[:, 0].tolist() == [True, False, False]
    assert two.now.begins.tolist() == [True, False, False]
    assert two.now.inputs[:, 0].tolist() == [[0, 0, 1, 0], [1, 0, 1, 1], [1, 0, 1, 1]]
    act(two), act(two)
    assert two.metrics()["episode_return"] == (2 + 3) / 2  # not 3, in the row that began anew
    assert two.environment_steps == 9
    assert two.resumption() == "the first row begins anew"


def test_a_tracker_that_can_not_begin_in_some_rows_begins_in_all():
    one, two = collector(PartWalk), collector(PartWalk)
    act(one)
    assert two.load_state_dict(one.state_dict()).all()
    assert two.now.inputs[:, 0].tolist() == [[0, -1]] * 3
    assert two.now.state.flatten().tolist() == [0, 0, 0]


def test_masks_of_what_followed_are_of_the_old_episode():
    """Without final masks, those before the last action; they were not those of the new episode."""
    world = collector(PartWalk)
    first, last = act(world), act(world)  # row 0's episode ends in the second step
    assert first.following.agent_mask.tolist() == [[False, True]] * 3
    assert world.now.agent_mask.tolist() == [[True, True], [False, True], [False, True]]
    assert last.following.agent_mask.tolist() == [[False, True]] * 3


class Broken(Walk):
    """Returns one tensor that is not finite."""

    def __init__(self, name: str, bad: float) -> None:
        super().__init__(batch=2)
        self.name, self.bad = name, bad

    def step(self, actions):
        step = super().step(actions)
        return replace(step, **{self.name: torch.full_like(getattr(step, self.name), self.bad)})


def blamed(guard: Guard) -> list[str]:
    return [name for name, value in guard.metrics().items() if value]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
@pytest.mark.parametrize("name", ["observation", "state", "reward"])
def test_what_an_environment_returns_is_watched(name, bad):
    guard = Guard()
    world = Collector(Broken(name, bad), LastTwo(), 0, guard)
    assert not blamed(guard)
    for _ in range(2):
        world.step(torch.zeros(2, 2, 1))
    assert blamed(guard) == [f"nonfinite/{name}"]


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_an_environment_is_not_blamed_for_actions(bad):
    guard = Guard()
    Collector(Walk(batch=2), LastTwo(), 0, guard).step(torch.full((2, 2, 1), bad))
    assert blamed(guard) == ["nonfinite/action"]
