"""Gaussian policies of a few agents, and samples of theirs."""

import torch

from quorate.interfaces import Policy, PolicySpec
from quorate.learning.agent_views import agent_views
from quorate.learning.on_policy.proximal import Proximal, Rates, Samples
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate.learning.settings import mlp
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import GaussianSettings

NETWORK = mlp(hidden=[8], layer_norm=True)
RATES = Rates(learning_rate=0.01, entropy=0.01)


def gaussian(agents: int = 2) -> GaussianPolicy:
    torch.manual_seed(1)
    return GaussianPolicy(GaussianSettings(NETWORK), PolicySpec(agents, 3, (2, 1, 2)[:agents], False))


def views(policy: GaussianPolicy) -> list[Policy]:
    return agent_views(policy, lambda spec: GaussianPolicy(GaussianSettings(NETWORK), spec), policy.spec)


def samples(policy: GaussianPolicy, rows: int = 50) -> Samples:
    randomness = torch.Generator().manual_seed(3)
    inputs = torch.randn(rows, policy.spec.agents, 3, generator=randomness)
    advantages = torch.randn(rows, 1, generator=randomness)
    return Samples(inputs, policy.sample(inputs, 1, randomness)[0], advantages)


def proximal(policy: Policy, **settings: object) -> Proximal:
    return Proximal(policy, OnPolicySettings(**settings), False, torch.Generator().manual_seed(0))


def weights(policy: Policy, agent: int) -> torch.Tensor:
    return torch.cat([parameter[agent].flatten() for parameter in policy.parameters()]).detach().clone()
