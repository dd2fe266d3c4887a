"""What critics are trained on has the values of `leaving.Leaving` as its fixed point, whoever is gone.

Each algorithm plays there and remembers; its own targets, a table in place of its networks, are iterated to the end.
"""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from quorate.learning.multi_step import multi_step
from quorate_hasac.losses import soft_target
from quorate_value_decomposition.lesson import of_episodes, of_transitions

STEPS, GAMMA = 5, 0.9
ENTROPY = math.log(2)
"""Of a uniform action in [-1, 1]."""

OFF = "environments: 4, batch_size: 16, warmup_steps: 100000, discount: 0.9"
TINY = "{name: ddpm, steps: 2, network: {hidden: [4]}}"
WORLDS = [
    {"agents": agents, "leave": leave, "rule": rule, "cut": cut}
    for (agents, leave, rule), cut in itertools.product(
        ((1, 0, "sum"), (2, 1, "sum"), (2, 1, "mean"), (2, 1, "shared"), (3, 1, "mean")), (False, True)
    )
]


def worlds(test: Callable[..., None]) -> Any:
    names = ["-".join(map(str, world.values())) for world in WORLDS]
    return pytest.mark.parametrize("world", WORLDS, ids=names)(test)


def true_values(world: dict[str, Any], entropy: float = 0.0, reward: float = 1.0) -> list[float]:
    """Of each state; `entropy` is what each agent's next action is worth, if it is there to act."""

    def alive(time: int) -> int:
        return world["agents"] - (time >= world["leave"] > 0)

    def paid(time: int) -> float:
        return reward * {"sum": alive(time), "mean": alive(time) / world["agents"], "shared": 1}[world["rule"]]

    if world["cut"]:
        last = 0 if not world["leave"] else 1
        stays = (paid(last) + GAMMA * entropy * alive(last)) / (1 - GAMMA)
        return [paid(0) + GAMMA * (entropy * alive(1) + stays), stays][-last - 1 :]
    values = [0.0]
    for time in reversed(range(STEPS)):
        follows = time + 1 < STEPS
        values.insert(0, paid(time) + GAMMA * (values[0] + follows * entropy * alive(time + 1)))
    return values[:-1]


def where(state: Tensor) -> Tensor:
    """Which state it is."""
    return state[..., : STEPS + 1].argmax(-1)


def fixed_point(targets: Callable[[Tensor], Tensor], states: Tensor, counts: Tensor, states_count: int) -> Tensor:
    """The table [k, n] that gives itself as targets [R, n], of which those with a count [R, n] are averaged."""
    table = torch.full((STEPS + 1, counts.shape[1]), 5.0)
    which = torch.nn.functional.one_hot(states, STEPS + 1).float()
    total = which.T @ counts
    for _ in range(110):
        found = which.T @ (targets(table).double().float() * counts) / total.clamp(min=1)
        table = torch.where(total > 0, found, table)
    return table[:states_count]


def remembered(algorithm: Any, steps: int = 1) -> Any:
    for _ in range(24):
        algorithm.train_step()
    return multi_step(algorithm.replay, torch.arange(len(algorithm.replay) - 8), steps, GAMMA)


def close(table: Tensor, values: list[float]) -> None:
    wanted = torch.tensor(values)[:, None].expand_as(table)
    torch.testing.assert_close(table, wanted, rtol=1e-4, atol=1e-4)


def soft_values(algorithm: Any, count: int) -> Tensor:
    sample = remembered(algorithm)
    density = torch.full((len(sample.returns), algorithm.spec.agents), -ENTROPY)

    def targets(table: Tensor) -> Tensor:
        return soft_target(sample, table[where(sample.next_state), 0], density, torch.ones(1))[:, None]

    return fixed_point(targets, where(sample.state), torch.ones(len(sample.returns), 1), count)


@worlds
def test_hasac(on_leaving: Any, world: dict[str, Any]) -> None:
    values = true_values(world, ENTROPY)
    close(soft_values(on_leaving(f"{{name: hasac, {OFF}}}", **world), len(values)), values)


@pytest.mark.parametrize("agents", [1, 2])
def test_hasac_pays_no_entropy_of_an_agent_that_is_gone(on_leaving: Any, agents: int) -> None:
    world = {"agents": agents, "leave": agents - 1, "reward": 0.0}
    found = soft_values(on_leaving(f"{{name: hasac, {OFF}}}", **world), STEPS)[1:4, 0]
    torch.testing.assert_close(found, torch.tensor([1.69, 1.18, 0.62]), atol=0.006, rtol=0)


@pytest.mark.parametrize(("policy", "steps"), [(TINY, 3), ("gaussian", 1)], ids=["ddpm", "gaussian"])
@worlds
def test_ddpl(on_leaving: Any, world: dict[str, Any], policy: str, steps: int) -> None:
    """Each agent's critic, in the states where it is there."""
    algorithm = on_leaving(f"{{name: ddpl, policy: {policy}, {OFF}, policy_states: 8}}", **world)
    sample, values = remembered(algorithm, steps), true_values(world)
    critics, following = algorithm.learner.critics, [sample.actions[None]]
    counts = sample.agent_mask.float()
    here = torch.arange(counts.shape[1])

    def targets(table: Tensor) -> Tensor:
        critics.values = lambda seen, actions, target: table[where(seen)][None]
        return critics._goal(sample, following)

    table = fixed_point(targets, where(sample.state), counts, len(values))
    there = torch.zeros_like(table, dtype=torch.bool)
    there[where(sample.state)[:, None].expand_as(counts)[counts > 0], here.expand_as(counts)[counts > 0]] = True
    assert bool(there.any(1).all())
    wanted = torch.tensor(values)[:, None].expand_as(table)
    torch.testing.assert_close(table[there], wanted[there], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(("name", "steps"), [("dacer", 3), ("qvpo", 1)])
@worlds
def test_central_diffusion(on_leaving: Any, world: dict[str, Any], name: str, steps: int) -> None:
    algorithm = on_leaving(f"{{name: {name}, policy: {TINY}, {OFF}}}", **world)
    sample, values = remembered(algorithm, steps), true_values(world)
    critics, zeros = algorithm.critics, torch.zeros(2, len(sample.returns))

    def targets(table: Tensor) -> Tensor:
        """The loss of a critic that says 0, which is the sum of squared errors, is made its gradient."""
        said = zeros.clone().requires_grad_(True)
        critics.critics.forward = lambda x: said[:, None]
        critics.target_value = lambda x: table[where(x), 0]
        loss = critics.loss(sample.state, sample.next_state, sample, torch.Generator())
        (gradient,) = torch.autograd.grad(loss, said)
        return -gradient[0][:, None] * len(sample.returns) / 2

    close(fixed_point(targets, where(sample.state), torch.ones(len(sample.returns), 1), len(values)), values)


ON = "environments: 4, rollout: 24, discount: 0.9, normalise_values: false"


@pytest.mark.parametrize(("name", "trace"), [("mappo", 0.95), ("happo", 0.0)])
@worlds
def test_policy_gradient(on_leaving: Any, world: dict[str, Any], name: str, trace: float) -> None:
    algorithm, values = on_leaving(f"{{name: {name}, trace: {trace}, {ON}}}", **world), true_values(world)
    rollout = algorithm._player.play(24)
    states = where(rollout.steps.state[:-1]).flatten()
    for place, alive in zip(states.tolist(), rollout.alive.flatten(0, 1), strict=True):
        gone = place >= world["leave"] > 0
        assert alive.tolist() == [not gone] + [True] * (world["agents"] - 1)

    def targets(table: Tensor) -> Tensor:
        algorithm.critic.forward = lambda x: table[where(x), 0]
        return algorithm.critic.judge(rollout).returns.flatten()[:, None]

    close(fixed_point(targets, states, torch.ones(len(states), 1), len(values)), values)


def of_each(world: dict[str, Any], count: int, own: bool) -> Tensor:
    """True values [k, n] by the team's reward or by what each agent is paid; NaN where an agent is gone."""
    table = torch.tensor(true_values(world))[:, None].repeat(1, world["agents"])
    if own:
        alone = {"agents": 1, "leave": 0, "rule": "sum", "cut": world["cut"]}
        stays = torch.tensor(true_values(alone))
        table = stays.expand(count)[:, None].repeat(1, world["agents"]) if world["cut"] else table.copy_(stays[:, None])
    if world["leave"]:
        table[:, 0] = torch.where(torch.arange(count) < world["leave"], 1.0 if own else table[:, 0], torch.nan)
    return table


def close_where_known(table: Tensor, wanted: Tensor) -> None:
    known = ~wanted.isnan()
    torch.testing.assert_close(table[known], wanted[known], rtol=1e-4, atol=1e-4)


Q = "environments: 4, warmup_steps: 100000, discount: 0.9, network: {hidden: [4]}"
LEAVING = pytest.mark.parametrize(
    "world", [world for world in WORLDS if world["agents"] == 2 and world["rule"] != "mean"], ids=str
)


@pytest.mark.parametrize(
    ("steps", "trace", "own"), [(1, 0.0, "false"), (3, 0.0, "true"), (1, 0.5, "false"), (1, 1.0, "true")]
)
@LEAVING
def test_iql(on_leaving: Any, world: dict[str, Any], steps: int, trace: float, own: str) -> None:
    """Each agent's utility, in the states where it is there, however far its targets look ahead."""
    algorithm = on_leaving(f"{{name: iql, own_rewards: {own}, trace: {trace}, {Q}}}", discrete=True, **world)
    sample = remembered(algorithm, steps)
    lesson = of_transitions(sample, algorithm.reward(sample.returns, sample.agent_returns))
    if trace:
        drawn = algorithm.replay.episodes(64, STEPS, torch.Generator().manual_seed(0))
        lesson = of_episodes(drawn, algorithm.reward(drawn.reward, drawn.agent_reward), GAMMA)
    weight = algorithm.weight(lesson)

    def targets(table: Tensor) -> Tensor:
        said = table[where(lesson.state[1:])][..., None].expand(*lesson.actions.shape, 2)
        algorithm.target.policy.outputs = lambda features: said
        return algorithm._targets(lesson, lesson.inputs[1:], weight).flatten(0, 1)

    count = len(true_values(world))
    table = fixed_point(targets, where(lesson.state[:-1]).flatten(), weight.flatten(0, 1), count)
    close_where_known(table, of_each(world, count, own == "true" and world["rule"] == "sum"))


@LEAVING
def test_ippo(on_leaving: Any, world: dict[str, Any]) -> None:
    """Each agent's critic, in the states where it is there; what it says of an agent that is gone counts nowhere."""
    algorithm = on_leaving(f"{{name: ippo, trace: 0.5, {ON}}}", **world)
    rollout, count = algorithm._player.play(24), len(true_values(world))

    def targets(table: Tensor) -> Tensor:
        algorithm.critic.forward = lambda x: torch.where(x.any(-1), table[where(x)].diagonal(dim1=-2, dim2=-1), 7.0)
        return algorithm.critic.judge(rollout).returns.flatten(0, 1)

    states, taught = where(rollout.steps.state[:-1]).flatten(), algorithm.critic.taught(rollout).flatten(0, 1)
    table = fixed_point(targets, states, taught, count)
    close_where_known(table, of_each(world, count, world["rule"] == "sum"))
