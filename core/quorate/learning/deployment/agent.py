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
from quorate.learning.inputs import HistoryInput, ObservationInput

TOLERANCE = 1e-4
"""How far an action of a file may be from that of the policy, where sums are taken in another order."""


@dataclass(frozen=True)
class AgentFile:
    """What can be saved of one agent.

    Attributes:
        name: of the agent.
        module: ``module(observation, action_mask, noise)``, to be traced whole.
        script: the same, scripted around what is traced: mask and noise may be left out.
        example: arguments of two rows.
        draws: what `noise` is made of, by columns.
    """

    name: str
    module: nn.Module
    script: torch.jit.ScriptModule
    example: tuple[Tensor, Tensor, Tensor]
    draws: Sequence[Draw]


class Core(nn.Module):
    """From inputs [B, f], masks [B, c] and noise [B, K] to actions; it is traced."""

    def __init__(self, policy: Policy, deployment: Deployment, spec: EnvironmentSpec, agent: int, greedy: bool) -> None:
        super().__init__()
        self.policy, self.greedy = policy, greedy
        self._to_environment, self._agents, self._agent = deployment.to_environment, spec.agent_count, agent
        self._space: Any = spec.action_spaces[agent]
        self._size, self._padding = deployment.spec.action_sizes[agent], deployment.spec.action_size
        self.draws: Sequence[Draw] = ()

    def forward(self, inputs: Tensor, action_mask: Tensor, noise: Tensor) -> Tensor:
        """Act."""
        with Draws(self.draws, noise):
            return self.act(inputs, action_mask, torch.Generator())

    def act(self, inputs: Tensor, action_mask: Tensor, randomness: torch.Generator) -> Tensor:
        """As the policy does, but each row's action is of the agent's own space."""
        seen = inputs[:, None]
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


class Agent(nn.Module):
    """What is saved: puts together what the policy sees, and draws where no noise is given. It is scripted."""

    exponential: Tensor
    uniform: Tensor
    identity: Tensor

    def __init__(
        self, core: nn.Module, draws: Sequence[Draw], padding: int, length: int, identity: Tensor, choices: int
    ):
        super().__init__()
        self.core, self.choices = core, choices
        self.padding, self.length = padding, length
        kinds = [kind for draw in draws for kind in [draw.kind] * draw.size]
        for kind in ("exponential", "uniform"):
            self.register_buffer(kind, torch.tensor([other == kind for other in kinds], dtype=torch.bool))
        self.register_buffer("identity", identity)

    def forward(self, observation: Tensor, action_mask: Tensor | None = None, noise: Tensor | None = None) -> Tensor:
        """Observations [B, o], or with a history the last of an episode [B, T, o], to actions."""
        rows = observation.shape[0]
        if action_mask is None:
            action_mask = torch.ones([rows, self.choices], dtype=torch.bool)
        if noise is None:
            shape = [rows, self.exponential.shape[0]]
            noise = torch.where(self.uniform, torch.rand(shape), torch.randn(shape))
            noise = torch.where(self.exponential, torch.empty(shape).exponential_(), noise)
        result: Tensor = self.core(self.seen(observation), action_mask, noise)
        return result

    def seen(self, observation: Tensor) -> Tensor:
        """What the policy sees, [B, f]."""
        seen = functional.pad(observation, [0, self.padding])
        if self.length > 0:
            seen = seen[:, -self.length :]
            seen = torch.cat([torch.ones_like(seen[:, :, :1]), seen], dim=-1)
            seen = functional.pad(seen, [0, 0, self.length - seen.shape[1], 0]).flatten(1)
        return torch.cat([seen, self.identity.expand(observation.shape[0], -1)], dim=-1)


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
    core = Core(policy, deployment, spec, agent, greedy).eval()
    choices = deployment.spec.action_sizes[agent] if core.discrete else 0
    tries = {
        rows: (_numbers(rows, deployment.input.size), torch.ones(rows, choices, dtype=torch.bool)) for rows in (2, 3)
    }
    core.draws = find_draws(lambda rows: core.act(*tries[rows], torch.Generator().manual_seed(rows)))
    few, more = ((*tries[rows], _numbers(rows, sum(draw.size for draw in core.draws))) for rows in (2, 3))
    traced = _traced(core, few, more)
    layout = _layout(deployment, spec, agent)
    module, outer = (Agent(part, core.draws, *layout, choices).eval() for part in (core, traced))
    width = spec.observation_sizes[agent] if described(deployment.input) else deployment.input.size
    observation = torch.zeros(2, layout[1], width) if layout[1] else few[0][:, :width]
    return AgentFile(spec.agents[agent], module, torch.jit.script(outer), (observation, *few[1:]), core.draws)


def _traced(core: Core, few: tuple[Tensor, ...], more: tuple[Tensor, ...]) -> Any:
    """The core traced with some rows, and tried with more."""
    try:
        traced = torch.jit.trace(core, few, check_trace=False)
        found, wanted = traced(*more).double(), core(*more).double()
    except QuorateError:
        raise
    except Exception as error:  # a third party's policy may do anything
        raise _untraceable(core.policy, str(error).strip().splitlines()[0]) from error
    if not torch.allclose(found, wanted, rtol=TOLERANCE, atol=TOLERANCE):
        raise _untraceable(core.policy, "it acts otherwise in other numbers of rows")
    return traced


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
