from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces
from worlds import Drifters, Faulty, Nested, Unclosable, Walk

from quorate.environments import ParallelBatch, row_seed
from quorate.environments.seeds import episode_seed
from quorate.errors import QuorateError
from quorate.interfaces import Observability, Step


def play(env: ParallelBatch, steps: int, seed: int = 5) -> list[Step]:
    generator = torch.Generator().manual_seed(1)
    taken = [env.reset(seed)]
    sizes = torch.tensor([int(space.n) for space in env.spec.action_spaces if isinstance(space, spaces.Discrete)])
    for _ in range(steps):
        uniform = torch.rand(env.batch, len(sizes), generator=generator)
        taken.append(env.step((uniform * sizes).long()))
    return taken


def test_spec_pads_sizes_and_takes_declarations() -> None:
    spec = ParallelBatch(Walk, 2, tags={"horizon": 5, "actions": "discrete"}).spec
    assert (spec.name, spec.agents, spec.observation_sizes) == ("walk", ("walker_0", "walker_1"), (2, 3))
    assert (spec.state_size, spec.observation_size, spec.horizon) == (5, 3, 5)
    assert spec.observability is Observability.COLLECTIVE
    assert spec.reward == "sum of the agents' rewards"
    assert "worlds" in spec.simulator
    assert spec.state_source == "state of the simulator"


@pytest.mark.parametrize("stateful", [True, False])
def test_every_row_follows_its_own_environment(stateful: bool) -> None:
    env = ParallelBatch(lambda: Walk(stateful=stateful), 3)
    assert env.spec.state_size == 5
    steps = play(env, 60)
    generator = torch.Generator().manual_seed(1)
    originals = [Walk() for _ in range(3)]
    for row, original in enumerate(originals):
        original.reset(seed=row_seed(5, row))
    ends, episodes = [0, 0], [0, 0, 0]
    for step in steps[1:]:
        actions = (torch.rand(3, 2, generator=generator) * torch.tensor([3, 4])).long()
        for row, original in enumerate(originals):
            observation, reward, terminated, truncated, _ = original.step(
                dict(zip(original.agents, actions[row].tolist(), strict=True))
            )
            last = np.concatenate(list(observation.values()))
            ended = not original.agents
            assert step.terminated[row] == any(terminated.values())
            assert step.truncated[row] == any(truncated.values())
            assert step.reward[row].item() == pytest.approx(sum(reward.values()), rel=1e-6)
            assert step.agent_reward[row].tolist() == pytest.approx(list(reward.values()), rel=1e-6)
            shown, state = step.observation, step.state
            if step.final_observation is not None and step.final_state is not None:
                shown, state = step.final_observation, step.final_state
            flat = torch.cat([shown[row, 0, :2], shown[row, 1]])
            assert torch.equal(flat, torch.from_numpy(last))
            assert torch.equal(state[row], torch.from_numpy(last))
            assert shown[row, 0, 2] == 0
            ends[int(step.truncated[row])] += ended
            if ended:
                episodes[row] += 1
                observation, _ = original.reset(seed=episode_seed(row_seed(5, row), episodes[row]))
                assert torch.equal(step.observation[row, 0, :2], torch.from_numpy(observation["walker_0"]))
    assert min(ends) > 0  # both ways to end were met


def test_seeds_reproduce_and_differ_between_rows() -> None:
    one, two, other = (play(ParallelBatch(Walk, 2), 20, seed) for seed in (5, 5, 6))
    assert all(torch.equal(a.observation, b.observation) for a, b in zip(one, two, strict=True))
    assert not torch.equal(one[0].observation, other[0].observation)
    assert not torch.equal(one[0].observation[0], one[0].observation[1])


def test_steps_that_were_handed_out_stay() -> None:
    env = ParallelBatch(Walk, 2)
    first = env.reset(0)
    kept = first.observation.clone()
    env.step(torch.zeros(2, 2, dtype=torch.int64))
    assert torch.equal(first.observation, kept)


def test_unequal_action_counts_are_masked() -> None:
    mask = ParallelBatch(Walk, 1).reset(0).action_mask
    assert mask is not None
    assert mask[0].tolist() == [[True, True, True, False], [True] * 4]


def test_agents_leave_and_continuous_actions_are_unflattened_and_clipped() -> None:
    env = ParallelBatch(Drifters, 1)
    assert [space.shape for space in env.spec.action_spaces] == [(2,), (4,), (1,)]
    assert env.spec.state_source == "observations of all agents"
    env.reset(0)
    actions = torch.full((1, 3, 4), 0.5)
    actions[0, 1] = torch.tensor([-5.0, 0.25, 1.0, 5.0])
    steps = [env.step(actions) for _ in range(4)]
    assert steps[0].observation[0, 1].tolist() == [-1.0, 0.25, 1.0, 2.0]
    assert [step.agent_mask[0].tolist() for step in steps if step.agent_mask is not None] == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
        [True, True, True],  # of the next episode
    ]
    assert steps[1].observation[0, 0].tolist() == [0.5, 0.5, 0.0, 0.0]  # its last
    assert steps[2].observation[0, 0].tolist() == [0.0] * 4
    assert [step.reward.item() for step in steps] == [3.0, 3.0, 2.0, 1.0]
    assert steps[1].info["agent_terminated"][0].tolist() == [True, False, False]
    # Others were terminated earlier, but the episode was cut.
    assert steps[3].truncated.item()
    assert not steps[3].terminated.item()
    assert steps[3].info["agent_truncated"][0].tolist() == [False, False, True]


def test_horizon_truncates_but_does_not_hide_a_termination() -> None:
    cut = play(ParallelBatch(Walk, 4, tags={"horizon": 4}), 40)
    free = play(ParallelBatch(Walk, 4), 40)
    assert any(step.truncated.any() for step in cut)
    assert torch.equal(cut[4].terminated, free[4].terminated)
    assert torch.equal(cut[4].truncated, ~free[4].terminated)
    final = cut[4].final_state
    assert final is not None
    going = ~free[4].terminated
    assert torch.equal(final[going], free[4].state[going])


def test_nested_observations_masks_and_shifted_actions() -> None:
    made: list[Nested] = []
    env = ParallelBatch(lambda: made.append(Nested()) or made[-1], 1)
    assert env.spec.agents == ("('team', 0)", "('team', 1)")
    step = env.reset(0)
    assert step.observation[0, 1].tolist() == [1, 2, 3, 4, 0, 1, 0, 1, 0, 0, 1, 0, 0, 1]
    assert step.action_mask is not None
    assert step.action_mask[0].tolist() == [[True, False, True]] * 2
    env.step(torch.tensor([[0, 2]]))
    assert made[0].seen == [{("team", 0): 7, ("team", 1): 9}]


@pytest.mark.parametrize(("rule", "expected"), [("sum", 1.0), ("mean", 0.5), ("shared", 0.5)])
def test_reward_conventions(rule: str, expected: float) -> None:
    env = ParallelBatch(Nested, 1, tags={"reward": rule})
    env.reset(0)
    assert env.step(torch.tensor([[0, 2]])).reward.item() == expected


def test_rewards_declared_to_be_shared_must_be() -> None:
    env = ParallelBatch(Walk, 1, tags={"reward": "shared"})
    env.reset(0)
    with pytest.raises(QuorateError, match="declared to be shared"):
        env.step(torch.zeros(1, 2, dtype=torch.int64))


FAULTS = {
    "raises": "ZeroDivisionError: the axle broke",
    "shape": r"shape is \(3,\), but \(2,\) is declared",
    "nan": "not a number, at feature 1",
    "nan_reward": "reward is not a number",
    "infinite_reward": "reward is infinite",
    "infinite": "holds a value that is infinite, at feature 1",
    "no_reward": "gave no reward",
    "no_observation": "gave no observation",
    "stranger": "'stranger' is not one of possible_agents",
}


@pytest.mark.parametrize(("fault", "workers"), [*((fault, 0) for fault in FAULTS), ("raises", 1), ("nan", 1)])
def test_faults_name_environment_row_agent_and_step(fault: str, workers: int) -> None:
    env = ParallelBatch(lambda: Faulty(fault), 2, name="acme/faulty-v1", workers=workers)
    with pytest.raises(QuorateError, match=FAULTS[fault]) as caught:
        play(env, 3)
    assert "acme/faulty-v1" in caught.value.problem
    assert "row 0, step 3" in str(caught.value.where)
    if fault not in ("raises", "stranger"):
        assert "agent walker_1" in str(caught.value.where)
    with pytest.raises(QuorateError, match="closed, or has failed"):
        env.reset(0)


def test_no_fault_no_error() -> None:
    assert len(play(ParallelBatch(Faulty, 2), 3)) == 4


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        (torch.zeros(2, 2), "must be int64"),
        (torch.zeros(2, 3, dtype=torch.int64), r"must be int64 \(2, 2\)"),
        (torch.full((2, 2), 3), "action 3 is not one of the 3 actions"),
    ],
)
def test_wrong_actions(actions: torch.Tensor, words: str) -> None:
    env = ParallelBatch(Walk, 2)
    with pytest.raises(QuorateError, match="must be reset"):
        env.step(actions)
    env.reset(0)
    with pytest.raises(QuorateError, match=words):
        env.step(actions)


def test_an_all_false_mask_is_an_error() -> None:
    env = ParallelBatch(lambda: Nested(mask=(0, 0, 0)), 1)
    with pytest.raises(QuorateError, match="no valid action"):
        env.reset(0)


class NoAgents(Walk):
    def __init__(self) -> None:
        super().__init__()
        self.possible_agents = []


class Turns:
    def agent_iter(self) -> Any:
        return iter(())


@pytest.mark.parametrize(
    ("make", "words"),
    [(dict, "no ParallelEnv"), (NoAgents, "no possible_agents"), (Turns, "turn-based"), (lambda: 1 / 0, "Zero")],
)
def test_what_is_no_parallel_environment(make: Any, words: str) -> None:
    with pytest.raises(QuorateError, match=words):
        ParallelBatch(make, 1)


def test_copies_must_agree() -> None:
    sizes = iter([(2, 3), (2, 4)])
    with pytest.raises(QuorateError, match="differs in agents or spaces") as caught:
        ParallelBatch(lambda: Walk(next(sizes)), 2)
    assert "row 1" in str(caught.value.where)


@pytest.mark.parametrize("tags", [{"observability": "ful"}, {"reward": "max"}, {"horizon": 0}])
def test_wrong_declarations(tags: dict[str, Any]) -> None:
    with pytest.raises(QuorateError, match=str(next(iter(tags.values())))):
        ParallelBatch(Walk, 1, tags=tags)


@pytest.mark.parametrize("workers", [0, 1])
def test_an_environment_that_can_not_be_closed(workers: int, capfd: pytest.CaptureFixture[str]) -> None:
    env = ParallelBatch(Unclosable, 2, workers=workers)
    if workers:
        env.close()
        assert "environment walk raised OSError: no" in capfd.readouterr().err
    else:
        with pytest.raises(QuorateError, match="environment walk raised OSError: no"):
            env.close()
        env.close()


def test_the_error_of_a_close_does_not_hide_the_first_one() -> None:
    env = ParallelBatch(Unclosable, 1)
    env.reset(0)
    with pytest.raises(QuorateError, match="action 9 is not one"):
        env.step(torch.tensor([[9, 9]]))


def test_what_can_not_be_used_is_closed() -> None:
    closed = []

    class Odd(Walk):
        def reset(self, seed: int | None = None, options: Any = None) -> Any:
            return None

        def close(self) -> None:
            closed.append(self)

    with pytest.raises(QuorateError, match=r"reset\(\) returned None"):
        ParallelBatch(Odd, 1)
    assert len(closed) == 1


def test_close_twice() -> None:
    env = ParallelBatch(Walk, 1)
    env.close()
    env.close()
    with pytest.raises(QuorateError, match="closed"):
        env.reset()


LEAVING = {
    # What the agents are told in steps 2 and 3, and how the episode ends: (terminated, truncated).
    "one terminated, then the other cut off": (["terminated", None], [None, "truncated"], (False, True)),
    "one cut off, then the other terminated": (["truncated", None], [None, "terminated"], (True, False)),
    "both terminated": ([None, None], ["terminated", "terminated"], (True, False)),
    "one of the last two terminated": ([None, None], ["terminated", "truncated"], (True, False)),
    "both cut off": ([None, None], ["truncated", "truncated"], (False, True)),
    "both gone without a word": ([None, None], ["silent", "silent"], (False, True)),
}


class Leaving(Walk):
    def __init__(self, second: list[str | None], third: list[str | None]) -> None:
        super().__init__(sizes=(2, 2), limit=50)
        self.plan, self.goal = {2: second, 3: third}, np.inf

    def step(self, actions: dict[str, Any]) -> Any:
        acting = list(self.agents)
        observations, rewards, terminations, truncations, infos = super().step(actions)
        for agent, what in zip(self.possible_agents, self.plan.get(self.time, [None, None]), strict=True):
            if agent in acting and what is not None:
                self.agents = [other for other in self.agents if other != agent]
                terminations[agent], truncations[agent] = what == "terminated", what == "truncated"
        return observations, rewards, terminations, truncations, infos


@pytest.mark.parametrize("case", LEAVING)
def test_how_an_episode_ends(case: str) -> None:
    second, third, (terminated, truncated) = LEAVING[case]
    env = ParallelBatch(lambda: Leaving(second, third), 1)
    env.reset(0)
    steps = [env.step(torch.zeros(1, 2, dtype=torch.int64)) for _ in range(3)]
    assert [step.ended.item() for step in steps] == [False, False, True]
    assert (steps[2].terminated.item(), steps[2].truncated.item()) == (terminated, truncated)
    gone = second[0] is not None
    assert steps[1].agent_mask is not None
    assert steps[1].agent_mask[0].tolist() == [not gone, True]
    final = steps[2].final_observation
    assert final is not None
    assert (final[0, 0] == 0).all().item() == gone  # who left before shows nothing; who leaves last shows what it saw
    assert (final[0, 1] != 0).any()
    assert not torch.equal(final, steps[2].observation)


def test_who_is_gone_keeps_one_action() -> None:
    class Masked(Drifters):
        def __init__(self) -> None:
            super().__init__()
            self.action_spaces = {agent: spaces.Discrete(2 + index) for index, agent in enumerate("abc")}

        def step(self, actions: dict[str, Any]) -> Any:
            boxes = {a: np.zeros(self.observation_spaces[a].shape) for a in actions}
            self.action_spaces, kept = self.observation_spaces, self.action_spaces
            result = super().step(boxes)
            self.action_spaces = kept
            return result

    env = ParallelBatch(Masked, 1)
    env.reset(0)
    masks = [env.step(torch.zeros(1, 3, dtype=torch.int64)).action_mask for _ in range(2)]
    first, second = [mask[0].tolist() for mask in masks if mask is not None]
    assert first == [[True, True, False, False], [True, True, True, False], [True] * 4]
    assert second == [[True, False, False, False], [True, True, True, False], [True] * 4]
