"""Gaussian policies of a few agents, and samples of theirs."""

import torch

from quorate.interfaces import Policy, PolicySpec
from quorate.learning.agent_views import agent_views
from quorate.learning.on_policy.chunks import Chunks
from quorate.learning.on_policy.proximal import Proximal, Rates, Samples
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate.learning.settings import gru, mlp
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import GaussianSettings
from quorate.settings import Component

REMEMBERS = gru(hidden=[4], memory=4, head=[])
NETWORK = mlp(hidden=[8], layer_norm=True)
RATES = Rates(learning_rate=0.01, entropy=0.01)


def gaussian(agents: int = 2, network: Component = NETWORK) -> GaussianPolicy:
    torch.manual_seed(1)
    return GaussianPolicy(GaussianSettings(network), PolicySpec(agents, 3, (2, 1, 2)[:agents], False))


def views(policy: GaussianPolicy, network: Component = NETWORK) -> list[Policy]:
    return agent_views(policy, lambda spec: GaussianPolicy(GaussianSettings(network), spec), policy.spec)


def samples(policy: GaussianPolicy, rows: int = 50) -> Samples:
    randomness = torch.Generator().manual_seed(3)
    inputs = torch.randn(rows, policy.spec.agents, 3, generator=randomness)
    advantages = torch.randn(rows, 1, generator=randomness)
    if not policy.memory_size:
        return Samples(inputs, policy.sample(inputs, 1, randomness)[0], advantages)
    inputs, begins = inputs.unflatten(0, (-1, 5)), torch.rand(rows // 5, 5, generator=randomness) < 0.2
    memory = torch.randn(rows // 5, policy.spec.agents, policy.memory_size, generator=randomness)
    chunks = Chunks(inputs, begins, memory, 2, begins[:, 0])
    actions = policy.sample(chunks.features(policy).flatten(0, 1), 1, randomness)[0].unflatten(0, (-1, 3))
    return Samples(chunks, actions, advantages.unflatten(0, (-1, 5))[:, 2:])


def proximal(policy: Policy, **settings: object) -> Proximal:
    return Proximal(policy, OnPolicySettings(**settings), False, torch.Generator().manual_seed(0))


def weights(policy: Policy, agent: int) -> torch.Tensor:
    return torch.cat([parameter[agent].flatten() for parameter in policy.parameters()]).detach().clone()
