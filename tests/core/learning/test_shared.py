import pytest
import torch
from gymnasium.spaces import Discrete

import quorate
from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, InputContext, Observability, Step
from quorate.interfaces.algorithm import Report
from quorate.learning.input_settings import HistorySettings, SharedSettings
from quorate.learning.inputs import HistoryInput
from quorate.learning.shared import SharedInput

AGENTS, LENGTH, ROWS = 3, 3, 2
SPEC = EnvironmentSpec(
    "toy", ("a", "b", "c"), (2,) * AGENTS, 1, (Discrete(2),) * AGENTS, 10, Observability.PARTIAL, "team", "toy 1"
)  # fmt: skip


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


class Toy:
    """Only its spec is asked for."""

    spec = SPEC


def context() -> InputContext:
    return InputContext(Toy(), 0, torch.device("cpu"), Silence())  # type: ignore[arg-type]


def shared(delay, **settings):
    return SharedInput(SharedSettings(length=LENGTH, delay=delay, identity=False, **settings), context())


def history(**settings):
    return HistoryInput(HistorySettings(length=LENGTH, identity=False, **settings), context())


def step(observation, ended=(False, False), final=None):
    none = torch.zeros(ROWS, dtype=torch.bool)
    finals = {} if final is None else {"final_observation": final, "final_state": torch.zeros(ROWS, 1)}
    return Step(observation, torch.zeros(ROWS, 1), torch.zeros(ROWS), none, torch.tensor(ended), **finals)


def episode(steps=5, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(ROWS, AGENTS, 2, generator=generator) + 0.1 for _ in range(steps)]


def play(policy_input, observations, actions=None):
    """What is seen at each step."""
    tracker = policy_input.tracker(ROWS, 0)
    seen = [tracker.reset(step(observations[0]))]
    for index, observation in enumerate(observations[1:]):
        tracker.told(torch.zeros(ROWS, AGENTS, dtype=torch.int64) if actions is None else actions[index])
        seen.append(tracker.observe(step(observation))[0])
    return torch.stack(seen)


def windows(seen, actions=0):
    """[..., n, f] -> [..., n, k, L, 1 + o + a]."""
    return seen.unflatten(-1, (AGENTS, LENGTH, 3 + actions))


@pytest.mark.parametrize("delay", [LENGTH, LENGTH + 2, "none"])
def test_a_delay_of_the_length_is_a_history(delay):
    observations = episode()
    seen = windows(play(shared(delay), observations))
    assert torch.equal(seen[..., 0, :, :].flatten(-2), play(history(), observations))
    assert (seen[..., 1:, :, :] == 0).all()


def test_with_actions_too_once_they_are_never_known():
    observations = episode()
    seen = windows(play(shared("none", actions=True), observations), actions=2)
    assert torch.equal(seen[..., 0, :, :].flatten(-2), play(history(actions=True), observations))
    assert (seen[..., 1:, :, :] == 0).all()


def test_the_others_come_in_order_from_oneself():
    observations = episode()
    seen = windows(play(shared(0), observations))
    for agent in range(AGENTS):
        for place in range(AGENTS):
            newest = seen[-1][:, agent, place, -1]
            assert (newest[:, 0] == 1).all()
            assert torch.equal(newest[:, 1:], observations[-1][:, (agent + place) % AGENTS])


@pytest.mark.parametrize("delay", [0, 1, 2])
def test_the_newest_steps_of_others_are_hidden(delay):
    seen = windows(play(shared(delay), episode()))[-1]
    told = seen[:, :, 1:, :, 0]
    assert (told[..., : LENGTH - delay] == 1).all()
    assert (told[..., LENGTH - delay :] == 0).all()
    assert (seen[:, :, 1:, LENGTH - delay :] == 0).all()


def test_actions_are_known_when_the_structure_says():
    actions = [torch.ones(ROWS, AGENTS, dtype=torch.int64)] * 4
    for delay, known in ((0, 3), (1, 3), (2, 2), (3, 1)):
        seen = windows(play(shared(delay, actions=True), episode(), actions), actions=2)[-1]
        assert (seen[:, :, 1:, :, 4] == 1).sum(-1).eq(known).all()
        assert (seen[:, :, 0, :, 4] == 1).all()


def test_one_direction():
    seen = windows(play(shared("one-directional(2)"), episode()))[-1][..., 0]
    assert seen[:, 0].sum(-1).tolist() == [[3, 3, 2]] * ROWS
    assert seen[:, 1].sum(-1).tolist() == [[3, 2, 2]] * ROWS
    assert seen[:, 2].sum(-1).tolist() == [[3, 2, 3]] * ROWS


def test_agents_that_are_numbered_on_see_the_same():
    observations = episode()
    turned = [observation.roll(1, dims=1) for observation in observations]
    assert torch.equal(play(shared(1), turned), play(shared(1), observations).roll(1, dims=2))


def test_a_new_episode_knows_nothing_of_the_old_one_and_the_last_step_does():
    first, second = episode(3), episode(1, seed=1)[0]
    tracker = shared(0).tracker(ROWS, 0)
    tracker.reset(step(first[0]))
    tracker.observe(step(first[1]))
    now, following = tracker.observe(step(second, ended=(True, False), final=first[2]))
    assert windows(now)[0, 0, :, :, 0].tolist() == [[0, 0, 1]] * AGENTS
    assert windows(following)[0, 0, :, :, 0].tolist() == [[1, 1, 1]] * AGENTS
    assert torch.equal(windows(following)[0, 0, 1, -1, 1:], first[2][0, 1])
    assert windows(now)[1, 0, :, :, 0].tolist() == [[1, 1, 1]] * AGENTS


def test_it_goes_on_from_what_is_stored():
    observations = episode()
    one, other = shared(1).tracker(ROWS, 0), shared(1).tracker(ROWS, 0)
    one.reset(step(observations[0]))
    one.observe(step(observations[1]))
    other.reset(step(observations[3]))
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.observe(step(observations[2]))[0], other.observe(step(observations[2]))[0])


RUN = {
    "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3},
    "algorithm": {"name": "mappo", "environments": 4, "rollout": 6},
    "budget": {"train_steps": 2},
}


@pytest.mark.parametrize(
    "delay", [0, "none", "delayed(2)", {"observation_delay": [[0, 2], [None, 0]], "action_delay": [[1, 1], [1, 1]]}]
)
def test_policies_learn_with_it(delay, tmp_path):
    run = {**RUN, "directory": str(tmp_path)}
    run["algorithm"] = {**RUN["algorithm"], "input": {"name": "shared", "delay": delay, "actions": True}}
    assert quorate.train(run).metrics()["step"][-1] == 2


@pytest.mark.parametrize(
    ("delay", "says"),
    [("ful", "no information structure 'ful'"), (-1, "whole number"), ({"delay": []}, "two matrices")],
)
def test_what_is_no_structure_is_told(delay, says):
    with pytest.raises(QuorateError) as error:
        shared(delay)
    assert says in str(error.value)
    assert "algorithm.input.delay" in str(error.value)
