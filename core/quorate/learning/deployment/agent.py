"""One agent's policy as a module of torch alone: from what the agent observes to its action in the environment."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from gymnasium.spaces import Discrete
from torch import Tensor, nn
from torch.nn import functional

from quorate.errors import QuorateError
from quorate.interfaces import Deployment, EnvironmentSpec, Greedy, Policy, PolicyInput
from quorate.learning.agent_views import agent_views
from quorate.learning.deployment.draws import Draw, Draws, find_draws
from quorate.learning.deployment.saved import Agent, RememberingAgent
from quorate.learning.inputs import HistoryInput, ObservationInput

TOLERANCE = 1e-4
"""How far an action of a file may be from that of the policy, where sums are taken in another order."""


@dataclass(frozen=True)
class AgentFile:
    """What can be saved of one agent.

    Attributes:
        name: of the agent.
        module: ``module(observation, action_mask, noise)``, to be traced whole; of a policy that remembers,
            ``module(observation, action_mask, noise, memory)`` gives the action and the memory after it.
        script: the same, scripted around what is traced: all but the observation may be left out.
        example: arguments of two rows.
        draws: what `noise` is made of, by columns.
        memory: k, numbers that are remembered; 0: none.
    """

    name: str
    module: nn.Module
    script: torch.jit.ScriptModule
    example: tuple[Tensor, ...]
    draws: Sequence[Draw]
    memory: int


class Core(nn.Module):
    """From inputs [B, f], masks [B, c], noise [B, K] and, if there is one, memory [B, k] to actions; it is traced."""

    def __init__(self, policy: Policy, deployment: Deployment, spec: EnvironmentSpec, agent: int, greedy: bool) -> None:
        super().__init__()
        self.policy, self.greedy = policy, greedy
        self._to_environment, self._agents, self._agent = deployment.to_environment, spec.agent_count, agent
        self._space: Any = spec.action_spaces[agent]
        self._size, self._padding = deployment.spec.action_sizes[agent], deployment.spec.action_size
        self.draws: Sequence[Draw] = ()

    def forward(self, inputs: Tensor, action_mask: Tensor, noise: Tensor, *memory: Tensor) -> Any:
        """Act; with memory, the action and the memory after it."""
        seen = inputs[:, None]
        if memory:
            begins = torch.zeros_like(inputs[:, 0], dtype=torch.bool)
            seen, after = self.policy.encode(seen, memory[0][:, None], begins)
        with Draws(self.draws, noise):
            action = self.act(seen, action_mask, torch.Generator())
        return (action, after[:, 0]) if memory else action

    def act(self, seen: Tensor, action_mask: Tensor, randomness: torch.Generator) -> Tensor:
        """As the policy does by features [B, 1, h], but each row's action is of the agent's own space."""
        mask = functional.pad(action_mask, (0, self._padding - self._size))[:, None] if self.discrete else None
        if self.greedy:
            assert isinstance(self.policy, Greedy)
            action = self.policy.mode(seen, mask)[:, 0]
        else:
            action = self.policy.sample(seen, 1, randomness, mask)[0, :, 0]
        if self.discrete:
            return action
        if self._to_environment is not None:
            action = self._to_environment(action[:, None].expand(-1, self._agents, -1))[:, self._agent]
        return action[:, : self._size].reshape(-1, *self._space.shape)

    @property
    def discrete(self) -> bool:
        """Whether actions are choices."""
        return isinstance(self._space, Discrete)


def agent_files(deployment: Deployment, spec: EnvironmentSpec, *, greedy: bool) -> list[AgentFile]:
    """The policies of all agents, each by itself and on the CPU.

    Args:
        deployment: what they act by.
        spec: of the environment.
        greedy: whether their modes are exported, or samples.

    Raises:
        QuorateError: the policy class does not stack its parameters by agent, draws what can not be given from outside,
            or can not be traced.
    """
    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tracing warns of what is checked below, and of itself
        with torch.compiler.set_stance("force_eager"):
            policies = agent_views(deployment.policy, deployment.build, deployment.spec)
            return [_agent_file(deployment, spec, policy, agent, greedy) for agent, policy in enumerate(policies)]


def _agent_file(deployment: Deployment, spec: EnvironmentSpec, policy: Policy, agent: int, greedy: bool) -> AgentFile:
    for tensor in (*policy.parameters(), *policy.buffers()):
        # A copy: a view would be saved with the whole of its memory.
        tensor.data = tensor.data.to("cpu", copy=True, memory_format=torch.contiguous_format)
        tensor.requires_grad_(False)
    core, k = Core(policy, deployment, spec, agent, greedy).eval(), policy.memory_size
    choices = deployment.spec.action_sizes[agent] if core.discrete else 0
    masks = {rows: torch.ones(rows, choices, dtype=torch.bool) for rows in (2, 3)}
    core.draws = _draws(core, deployment.input.size, masks)
    noise = sum(draw.size for draw in core.draws)
    few, more = (
        (_numbers(rows, deployment.input.size), mask, _numbers(rows, noise), *([_numbers(rows, k)] if k else []))
        for rows, mask in masks.items()
    )
    traced = _traced(core, few, more)
    layout = _layout(deployment, spec, agent)
    given = [(part, core.draws, *layout, choices) for part in (core, traced)]
    module, outer = ((RememberingAgent(k, *each) if k else Agent(*each)).eval() for each in given)
    width = spec.observation_sizes[agent] if described(deployment.input) else deployment.input.size
    observation = torch.zeros(2, layout[1], width) if layout[1] else few[0][:, :width]
    return AgentFile(spec.agents[agent], module, torch.jit.script(outer), (observation, *few[1:]), core.draws, k)


def _draws(core: Core, size: int, masks: dict[int, Tensor]) -> Sequence[Draw]:
    """What the policy draws, whatever it sees and remembers."""
    features = {
        rows: core.policy.encode(
            _numbers(rows, size)[:, None],
            torch.zeros(rows, 1, core.policy.memory_size),
            torch.ones(rows, dtype=torch.bool),
        )[0]
        for rows in masks
    }
    return find_draws(lambda rows: core.act(features[rows], masks[rows], torch.Generator().manual_seed(rows)))


def _traced(core: Core, few: tuple[Tensor, ...], more: tuple[Tensor, ...]) -> Any:
    """The core traced with some rows, and tried with more."""
    try:
        traced = torch.jit.trace(core, few, check_trace=False)
        pairs = zip(_each(traced(*more)), _each(core(*more)), strict=True)
        same = all(torch.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE) for found, wanted in pairs)
    except QuorateError:
        raise
    except Exception as error:  # a third party's policy may do anything
        raise _untraceable(core.policy, str(error).strip().splitlines()[0]) from error
    if not same:
        raise _untraceable(core.policy, "it acts otherwise in other numbers of rows")
    return traced


def _each(result: Any) -> list[Tensor]:
    """An action, or an action and a memory."""
    return [part.double() for part in (result if isinstance(result, tuple) else (result,))]


def described(given: PolicyInput) -> ObservationInput | HistoryInput | None:
    """An input that files put together from observations; of others (None) they take what the policy sees as it is."""
    return given if isinstance(given, (ObservationInput, HistoryInput)) and given.features is None else None


def _layout(deployment: Deployment, spec: EnvironmentSpec, agent: int) -> tuple[int, int, Tensor]:
    """Features to pad, observations remembered, and what says who it is; of other inputs nothing, as they come."""
    if (given := described(deployment.input)) is None:
        return 0, 0, torch.zeros(0)
    padding = spec.observation_size - spec.observation_sizes[agent]
    return padding, given.length, given.assembly.identity[agent].cpu()


def _numbers(rows: int, size: int) -> Tensor:
    return torch.rand(rows, size, generator=torch.Generator().manual_seed(rows))


def _untraceable(policy: nn.Module, reason: str) -> QuorateError:
    fix = "its author must mend it: no Python decision may depend on the values or the number of rows"
    problem = f"the policy class {type(policy).__name__} can not be traced by torch: {reason}"
    return QuorateError(problem, where="the policy", fix=fix)
