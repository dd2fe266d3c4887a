"""Settings of MAPPO, IPPO and HAPPO; the defaults are HARL's. Imports no torch."""

from dataclasses import dataclass

from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings
from quorate.settings import UnfitError, setting

USUAL = "mlp"
"""The network of an actor where none is given."""


class ActorSettings(OnPolicySettings):
    """Settings that refuse a network which nobody would use, such as one whose memory would be missed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        own = getattr(getattr(self.policy, "settings", None), "network", None)
        if self.policy is None or self.actor.name in (USUAL, getattr(own, "name", USUAL)):
            return
        actor, policy = self.actor.name, self.policy.name
        problem = f"actor: {actor} is the network where policy is null, and is not used beside policy: {policy}."
        fix = f"Give the network to the policy, algorithm.policy.network={actor}, or leave out algorithm.policy."
        raise UnfitError(problem, fix if own is not None else "Leave out algorithm.actor or algorithm.policy.")


@dataclass
class MAPPOSettings(ActorSettings):
    """MAPPO: all agents are updated at once."""

    share_parameters: bool = setting(True, "One policy for all agents, instead of one for each.")


@dataclass
class IPPOSettings(ActorSettings):
    """IPPO: each agent learns by itself, with a critic of its own, from what it sees and is paid."""

    critic_input: CriticInput = setting(CriticInput.OWN, "What an agent's critic sees.", choices=["own"])
    share_parameters: bool = setting(True, "One policy and one critic for all agents, instead of one for each.")


@dataclass
class HAPPOSettings(ActorSettings):
    """HAPPO: agents have policies of their own and are updated one after the other."""

    fixed_order: bool = setting(False, "Update agents in the order of the environment, not in a random one.")
