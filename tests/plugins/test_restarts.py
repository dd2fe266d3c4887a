"""Where an environment can not go on after a stop, nothing of its old episodes runs on into the new ones."""

import copy
import warnings
from typing import Any

import pytest
import torch
from torch import Tensor

from quorate.environments import ParallelBatch
from quorate.learning.multi_step import multi_step

OFF = "environments: 3, batch_size: 8, warmup_steps: 100000, return_steps: 4"
OFF_POLICY = {
    "hasac": f"{{name: hasac, {OFF}}}",
    "ddpl": f"{{name: ddpl, policy: gaussian, {OFF}, policy_states: 8}}",
    "dacer": f"{{name: dacer, policy: {{name: ddpm, steps: 2, network: {{hidden: [4]}}}}, {OFF}}}",
    "qvpo": f"{{name: qvpo, policy: {{name: ddpm, steps: 2, network: {{hidden: [4]}}}}, {OFF}}}",
}
HISTORY = "input: {name: history, length: 3}"


def resumed(one: Any, two: Any, rows: list[int]) -> None:
    """Load the state of one into the other, of which some rows do not show the same again."""
    state = copy.deepcopy(one.state_dict())
    for row in rows:
        state["collector"]["environment"]["checksums"][row] += 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        two.load_state_dict(state)


def tag(state: Tensor) -> Tensor:
    """A number of each episode's own."""
    return state[..., -1]


@pytest.mark.parametrize("rows", [[], [1], [0, 1, 2]])
@pytest.mark.parametrize("name", OFF_POLICY)
def test_no_return_runs_from_one_episode_into_another(on_leaving: Any, name: str, rows: list[int]) -> None:
    text = OFF_POLICY[name].replace("return_steps", f"{HISTORY}, return_steps")
    one, two = (on_leaving(text, agents=2) for _ in range(2))
    for _ in range(8):  # the second episode is in its third step
        one.train_step()
    resumed(one, two, rows)
    replay, newest = two.replay, two.replay.newest()
    began = torch.tensor([row in rows for row in range(3)])
    assert torch.equal(replay.column("truncated")[newest], began)
    assert torch.equal(tag(two.collector.now.state) != tag(one.collector.now.state), began)
    assert torch.equal(two.collector._return == 0, began)
    assert two.collector.now.agent_mask[:, 0].tolist() == began.tolist()  # it has left the old ones
    length = two.collector.now.inputs[:, 1, :24].reshape(3, 3, 8)[..., 0].sum(1)  # observations in windows
    assert length.tolist() == [1 if row in rows else 3 for row in range(3)]
    for _ in range(4):
        two.train_step()
    everything = torch.arange(len(replay))
    assert torch.equal(tag(replay.column("state")[everything]), tag(replay.following("state", everything)))
    index = torch.arange(newest.start, newest.stop)
    sample = multi_step(replay, index, 4, 0.9)
    assert sample.discount[began].tolist() == pytest.approx([0.9] * len(rows))
    assert torch.equal(tag(sample.next_state), tag(sample.state))


@pytest.mark.parametrize("rows", [[], [2], [0, 1, 2]])
def test_the_time_that_a_critic_is_told_begins_anew(on_leaving: Any, rows: list[int]) -> None:
    text = "{name: mappo, environments: 3, rollout: 8}"
    one, two = (on_leaving(text, agents=2) for _ in range(2))
    one.train_step()
    resumed(one, two, rows)
    assert two._player._age.tolist() == [3, 3, 3]
    rollout = two._player.play(3)
    assert rollout.age[0].tolist() == [0 if row in rows else 3 for row in range(3)]
    steps = rollout.steps.state[:, :, :6].argmax(-1)
    assert steps[0].tolist() == [0 if row in rows else 3 for row in range(3)]
    assert rollout.steps.terminated.any(0).tolist() == [row not in rows for row in range(3)]


@pytest.mark.parametrize("name", ["mappo", "happo"])
def test_the_first_action_is_one_of_the_new_episode(
    on_leaving: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The environment forgets its seed, and refuses actions that its masks exclude: those of the old episode."""
    from leaving import Leaving

    monkeypatch.setattr(Leaving, "broken", True)
    text = f"{{name: {name}, environments: 12, rollout: 7}}"
    one, two = (on_leaving(text, agents=2, discrete=True) for _ in range(2))
    one.train_step()
    with pytest.warns(UserWarning, match="which begin new episodes"):
        two.load_state_dict(copy.deepcopy(one.state_dict()))
    two.train_step()


def test_the_record_says_what_happens(on_leaving: Any) -> None:
    said = on_leaving(OFF_POLICY["hasac"], agents=2).conventions()["resumption"]
    assert "does not show the same again" in said
    assert "new ones begin" in said
    assert "truncated" in said


@pytest.mark.parametrize("cut", [False, True])
def test_final_masks_are_of_the_episode_that_ended(cut: bool) -> None:
    """Who was cut off would have gone on, by the actions of the old episode's mask; who had left or terminated not."""
    from leaving import Leaving, LeavingSettings

    batch = ParallelBatch(lambda: Leaving(LeavingSettings(3, discrete=True, cut=cut)), 4)
    step = batch.reset(3)
    first = step.action_mask
    for _ in range(5):
        assert step.final_agent_mask is None
        assert step.final_action_mask is None
        step = batch.step(step.action_mask.int().argmax(-1))
    assert step.ended.all()
    assert step.agent_mask.all()
    assert step.final_agent_mask.tolist() == [[False, cut, cut]] * 4
    if cut:
        assert torch.equal(step.final_action_mask[:, 1:], first[:, 1:])
        assert not torch.equal(step.action_mask, first)


@pytest.mark.parametrize("rows", [[], [1], [0, 1, 2]])
def test_drawn_episodes_are_each_of_one(on_leaving: Any, rows: list[int]) -> None:
    network = "network: {name: gru, hidden: [4], memory: 4}"
    text = f"{{name: vdn, environments: 3, warmup_steps: 100000, replay: 60, {network}}}"
    one, two = (on_leaving(text, agents=2, discrete=True) for _ in range(2))
    for _ in range(8):  # the second episode is in its third step
        one.train_step()
    resumed(one, two, rows)
    for _ in range(7):
        two.train_step()
    drawn = two.replay.episodes(200, 7, torch.Generator().manual_seed(0))
    valid = drawn.valid
    assert bool((tag(drawn.state[1:]) == tag(drawn.state[:-1]))[valid].all())
    assert {3, 5} >= set(valid.sum(0).tolist()) >= ({3, 5} if rows else {5})
    ends = valid & ~torch.cat([valid[1:], torch.zeros_like(valid[:1])])
    assert torch.equal(drawn.truncated[ends], valid.sum(0)[ends.nonzero()[:, 1]] == 3)
    assert bool(drawn.begins[0].all())


@pytest.mark.parametrize("name", ["vdn", "mappo"])
def test_what_is_remembered_of_an_old_episode_is_forgotten(on_leaving: Any, name: str) -> None:
    network = "{name: gru, hidden: [4], memory: 4}"
    more = {"vdn": f"warmup_steps: 0, network: {network}", "mappo": f"rollout: 8, actor: {network}, critic: {network}"}
    text = f"{{name: {name}, environments: 3, {more[name]}}}"
    one, two = (on_leaving(text, agents=2, discrete=True) for _ in range(2))
    for _ in range({"vdn": 8, "mappo": 1}[name]):
        one.train_step()
    resumed(one, two, [1])
    remembers = two.recollection if name == "vdn" else two._player._recollection
    now = two.collector.now if name == "vdn" else two._collector.now
    features = remembers.features(now.inputs, now.begins)
    policy = two.policy
    fresh, _ = policy.encode(now.inputs, torch.zeros_like(remembers.memory), torch.ones_like(now.begins))
    same = torch.isclose(features, fresh).flatten(1).all(1)
    assert same.tolist() == [False, True, False]
