"""How the policies of all agents are improved."""

from abc import ABC, abstractmethod
from typing import Any

from torch import Generator, Tensor
from typing_extensions import override

from quorate.interfaces import Policy
from quorate.learning.on_policy.proximal import Proximal, Rates, Samples
from quorate.learning.on_policy.settings import OnPolicySettings


class ActorUpdate(ABC):
    """Improves the policies of n agents from one rollout."""

    @property
    @abstractmethod
    def description(self) -> str:
        """In words, for the record of a run."""

    @abstractmethod
    def improve(self, samples: Samples, rates: Rates) -> dict[str, Tensor]:
        """Improve the policies; returns metrics, scalars on the device."""

    @abstractmethod
    def state_dict(self) -> dict[str, Any]:
        """Optimisers and generators; the parameters are the policy's."""

    @abstractmethod
    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""


class Simultaneous(ActorUpdate):
    """All agents at once, each as if the others stood still (MAPPO, arXiv:2103.01955).

    Args:
        policy: of n agents, with parameters of their own or shared.
        settings: of the algorithm.
        generator: splits rows into minibatches.
        shared: all agents share one set of parameters.
    """

    def __init__(self, policy: Policy, settings: OnPolicySettings, generator: Generator, *, shared: bool) -> None:
        self._shared = shared
        self._proximal = Proximal(policy, settings, shared, generator)

    @property
    @override
    def description(self) -> str:
        return f"all agents at once, {'one shared policy' if self._shared else 'a policy for each'}"

    @override
    def improve(self, samples: Samples, rates: Rates) -> dict[str, Tensor]:
        return self._proximal.improve(samples, rates)[1]

    @override
    def state_dict(self) -> dict[str, Any]:
        return {"optimiser": self._proximal.state_dict()}

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._proximal.load_state_dict(state["optimiser"])
