"""Rows for stacked networks: whether agents are members with parameters of their own, or rows of one member."""

from collections.abc import Sequence

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces.policy import PolicySpec
from quorate.learning.stacks import agents_first, agents_last


def members(spec: PolicySpec) -> int:
    """How many sets of parameters there are: m = n, or 1 where they are shared."""
    return 1 if spec.shared else spec.agents


def to_members(x: Tensor, spec: PolicySpec) -> Tensor:
    """[..., n, f] -> [m, R, f], a row for each leading index (and agent, where parameters are shared)."""
    return x.reshape(1, -1, x.shape[-1]) if spec.shared else agents_first(x)


def from_members(x: Tensor, lead: Sequence[int], spec: PolicySpec) -> Tensor:
    """[m, R, f] -> [*lead, n, f]: what undoes `to_members`."""
    return x.reshape(*lead, spec.agents, x.shape[-1]) if spec.shared else agents_last(x, lead)


def require_actions(spec: PolicySpec, policy: str, *, discrete: bool) -> None:
    """Refuse an environment whose actions are of the other kind.

    Raises:
        QuorateError: a policy class for continuous actions meets discrete ones, or the reverse.
    """
    if spec.discrete is not discrete:
        wanted, found = ("discrete", "continuous") if discrete else ("continuous", "discrete")
        problem = f"the policy class {policy} chooses {wanted} actions, and this environment's are {found}"
        choices = ["gaussian", "ddpm"] if discrete else ["categorical"]
        raise QuorateError(problem, choices=choices, fix="choose another policy class, or another environment")


def valid_choices(features: Tensor, action_mask: Tensor | None) -> Tensor:
    """Choices that are no padding, bool [n, a], and valid, [..., n, a]; a mask without a valid choice excludes none."""
    if action_mask is None:
        return features
    valid = features & action_mask
    return valid | (features & ~valid.any(-1, keepdim=True))  # ONNX runtimes choose no truth values


def standard_normal(shape: Sequence[int], generator: torch.Generator) -> Tensor:
    """N(0, 1) numbers of a shape, on the generator's device."""
    return torch.randn(tuple(shape), generator=generator, device=generator.device)
