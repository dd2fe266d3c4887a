"""Policies that can leave Quorate, one file an agent."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from torch import Tensor

from quorate.interfaces.policy import Policy, PolicySpec
from quorate.interfaces.policy_input import PolicyInput


@dataclass(frozen=True)
class Deployment:
    """What decentralised agents act by.

    Attributes:
        policy: of n agents.
        spec: its sizes.
        input: what it sees.
        build: a policy of the same class and settings for other sizes.
        to_environment: from normalised actions [..., n, a] to the environment's bounds, feature by feature; None where
            actions are discrete.
    """

    policy: Policy
    spec: PolicySpec
    input: PolicyInput
    build: Callable[[PolicySpec], Policy]
    to_environment: Callable[[Tensor], Tensor] | None = None


@runtime_checkable
class Deployable(Protocol):
    """An algorithm whose policies `quorate export` writes into files that need nothing of Quorate."""

    def deployment(self) -> Deployment:
        """Its present policies."""
        ...
