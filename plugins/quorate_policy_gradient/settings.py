"""Settings of MAPPO, IPPO and HAPPO; the defaults are HARL's. Imports no torch."""

from dataclasses import dataclass

from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings
from quorate.settings import setting


@dataclass
class MAPPOSettings(OnPolicySettings):
    """MAPPO: all agents are updated at once."""

    share_parameters: bool = setting(True, "One policy for all agents, instead of one for each.")


@dataclass
class IPPOSettings(OnPolicySettings):
    """IPPO: each agent learns by itself, with a critic of its own, from what it sees and is paid."""

    critic_input: CriticInput = setting(CriticInput.OWN, "What an agent's critic sees.", choices=["own"])
    share_parameters: bool = setting(True, "One policy and one critic for all agents, instead of one for each.")


@dataclass
class HAPPOSettings(OnPolicySettings):
    """HAPPO: agents have policies of their own and are updated one after the other."""

    fixed_order: bool = setting(False, "Update agents in the order of the environment, not in a random one.")
