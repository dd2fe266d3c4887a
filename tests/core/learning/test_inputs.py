import dataclasses

import pytest
import torch
from gymnasium.spaces import Box, Discrete

from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, HistoryLayout, InputContext, Observability, Step
from quorate.interfaces.algorithm import Report
from quorate.learning.input_settings import HistorySettings, ObservationSettings, StateSettings
from quorate.learning.inputs import HistoryInput, ObservationInput, StateInput

SPEC = EnvironmentSpec(
    "toy", ("a", "b"), (2, 1), 3, (), 10, Observability.PARTIAL, "team", "toy 1",
    observed_features=torch.tensor([[0, 2], [1, -1]]),
)  # fmt: skip


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


class Toy:
    """Only its spec is asked for."""

    def __init__(self, spec: EnvironmentSpec) -> None:
        self.spec = spec


def context(spec=SPEC) -> InputContext:
    return InputContext(Toy(spec), 0, torch.device("cpu"), Silence())  # type: ignore[arg-type]


def step(values, ended=None, final=None) -> Step:
    """Two rows; observations and states are filled with a row's number."""

    def fill(numbers, *shape):
        return torch.tensor(numbers, dtype=torch.float32).reshape(2, *[1] * len(shape)).expand(2, *shape).clone()

    none = torch.zeros(2, dtype=torch.bool)
    truncated = none if ended is None else torch.tensor(ended)
    finals = {} if final is None else {"final_observation": fill(final, 2, 2), "final_state": fill(final, 3)}
    return Step(fill(values, 2, 2), fill(values, 3), torch.zeros(2), none, truncated, **finals)


INPUTS = {
    "observation": lambda: ObservationInput(ObservationSettings(), context()),
    "history": lambda: HistoryInput(HistorySettings(length=2), context()),
    "state": lambda: StateInput(StateSettings(), context()),
}


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
def test_sizes_are_as_said_and_identities_tell_agents_apart(make):
    policy_input = make()
    seen = policy_input.tracker(2, 0).reset(step([1, 2]))
    assert seen.shape == (2, 2, policy_input.size)
    assert not torch.equal(seen[:, 0], seen[:, 1])
    assert "identity (2)" in policy_input.description


def test_without_identity_equal_observations_look_equal():
    seen = ObservationInput(ObservationSettings(identity=False), context()).tracker(2, 0).reset(step([1, 2]))
    assert torch.equal(seen[:, 0], seen[:, 1])


def test_state_comes_with_a_copy_in_the_order_of_the_observation():
    tracker = StateInput(StateSettings(), context()).tracker(1, 0)
    moment = step([0, 0])
    moment.state = torch.tensor([[10.0, 20.0, 30.0]]).expand(2, 3)
    moment.observation[:] = torch.tensor([[1.0, 2.0], [3.0, 0.0]])
    assert tracker.reset(moment)[1].tolist() == [
        [1, 2, 1, 0, 10, 20, 30, 10, 30],
        [3, 0, 0, 1, 10, 20, 30, 20, 0],
    ]


def test_state_without_known_reports_has_no_copy():
    spec = dataclasses.replace(SPEC, observed_features=None)
    assert StateInput(StateSettings(), context(spec)).size == 2 + 2 + 3


def test_no_state_is_refused():
    with pytest.raises(QuorateError, match="no state"):
        StateInput(StateSettings(), context(dataclasses.replace(SPEC, state_size=0)))


def test_only_the_state_input_depends_on_the_state():
    for name, make in INPUTS.items():
        moments = step([1, 2]), step([1, 2])
        moments[1].state += 1
        seen = [make().tracker(2, 0).reset(moment) for moment in moments]
        assert torch.equal(*seen) == (name != "state")


@pytest.mark.parametrize("make", INPUTS.values(), ids=INPUTS)
def test_rows_that_ended_see_the_new_episode_now_and_the_old_one_after_the_action(make):
    ending, going = make().tracker(2, 0), make().tracker(2, 0)
    ending.reset(step([1, 1]))
    going.reset(step([1, 1]))
    now, following = ending.observe(step([9, 2], ended=[True, False], final=[2, 2]))
    same, again = going.observe(step([2, 2]))
    assert torch.equal(same, again)
    assert torch.equal(following, same)
    assert torch.equal(now[1], same[1])
    fresh = make().tracker(2, 0).reset(step([9, 9]))
    assert torch.equal(now[0], fresh[0])
    assert not torch.equal(now[0], following[0])


def test_histories_grow_slide_and_are_forgotten():
    tracker = HistoryInput(HistorySettings(length=2, identity=False), context()).tracker(2, 0)
    first = tracker.reset(step([1, 1]))
    assert first[0, 0].tolist() == [0, 0, 0, 1, 1, 1]
    tracker.observe(step([2, 2]))
    now, following = tracker.observe(step([7, 3], ended=[True, False], final=[3, 3]))
    assert following[0, 0].tolist() == [1, 2, 2, 1, 3, 3]
    assert now[0, 0].tolist() == [0, 0, 0, 1, 7, 7]
    assert tracker.observe(step([8, 4]))[0][:, 0].tolist() == [[1, 7, 7, 1, 8, 8], [1, 3, 3, 1, 4, 4]]


def test_trackers_go_on_from_what_they_stored():
    make = INPUTS["history"]
    one, other = make().tracker(2, 0), make().tracker(2, 5)
    one.reset(step([1, 2]))
    stored = one.state_dict()
    expected = one.observe(step([3, 4]))[0]
    assert not torch.equal(other.reset(step([0, 0])), expected)
    other.load_state_dict(stored)
    assert torch.equal(other.observe(step([3, 4]))[0], expected)


CHOOSING = dataclasses.replace(SPEC, action_spaces=(Discrete(3), Discrete(2)))
MOVING = dataclasses.replace(SPEC, action_spaces=(Box(0, 4, (2,)), Box(-1, 1, (1,))))


def told(tracker, actions, moment):
    tracker.told(actions)
    return tracker.observe(moment)


def test_actions_are_told_after_they_are_taken_and_forgotten_where_an_episode_begins():
    given = ObservationInput(ObservationSettings(identity=False, actions=True), context(CHOOSING))
    tracker = given.tracker(2, 0)
    assert tracker.reset(step([1, 1]))[0].tolist() == [[1, 1, 0, 0, 0]] * 2
    actions = torch.tensor([[2, 1], [0, 0]])
    now, following = told(tracker, actions, step([7, 3], ended=[True, False], final=[3, 3]))
    assert following.tolist() == [[[3, 3, 0, 0, 1], [3, 3, 0, 1, 0]], [[3, 3, 1, 0, 0], [3, 3, 1, 0, 0]]]
    assert now[0].tolist() == [[7, 7, 0, 0, 0]] * 2
    assert torch.equal(now[1], following[1])
    assert given.size == 5
    assert "own last action (3)" in given.description


def test_histories_hold_each_action_beside_what_it_led_to():
    given = HistoryInput(HistorySettings(length=2, identity=False, actions=True), context(MOVING))
    tracker = given.tracker(2, 0)
    tracker.reset(step([1, 1]))
    actions = torch.tensor([[[4.0, 1.0], [-1.0, 0.0]]]).expand(2, 2, 2)
    now, _ = told(tracker, actions, step([2, 2]))
    assert now[0].tolist() == [[1, 1, 1, 0, 0, 1, 2, 2, 1, -0.5], [1, 1, 1, 0, 0, 1, 2, 2, -1, 0]]
    now, _ = told(tracker, actions, step([7, 3], ended=[True, False], final=[3, 3]))
    assert now[0, 0].tolist() == [0, 0, 0, 0, 0, 1, 7, 7, 0, 0]
    assert now[1, 0].tolist() == [1, 2, 2, 1, -0.5, 1, 3, 3, 1, -0.5]
    layout = HistoryLayout.of(MOVING, 2, actions=True)
    history = layout.identify(now)[1, 0]
    assert layout.actions(history).tolist() == [[1, -0.5]] * 2
    assert layout.observations(history).tolist() == [[2, 2], [3, 3]]
