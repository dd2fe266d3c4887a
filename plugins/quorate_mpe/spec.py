"""What does not change while a particle environment runs."""

from quorate import __version__
from quorate.conventions import RewardRule
from quorate.interfaces import EnvironmentSpec
from quorate_mpe.controls import Controls
from quorate_mpe.scenario import Scenario
from quorate_mpe.settings import ActionKind, ParticleSettings

RULES = "1.1.1"
"""The version of mpe2 whose rules these are; tests hold them against it, step for step."""


def make_spec(scenario: Scenario, controls: Controls, settings: ParticleSettings) -> EnvironmentSpec:
    """Describe a scenario to the components that work with it."""
    continuous = settings.actions == ActionKind.CONTINUOUS
    actions = f"continuous actions, {settings.parametrisation}" if continuous else "discrete actions"
    return EnvironmentSpec(
        name=f"mpe/{scenario.name}",
        agents=scenario.agents,
        observation_sizes=scenario.observation_sizes,
        state_size=sum(scenario.observation_sizes),
        action_spaces=controls.spaces,
        horizon=settings.horizon,
        observability=scenario.observability,
        reward_rule=RewardRule(settings.reward),
        reward=f"{settings.reward} over the agents of their own rewards: {scenario.reward}",
        simulator=f"quorate_mpe {__version__}, rules of mpe2 {RULES} {scenario.rules}; {actions}",
        outcomes=scenario.outcomes,
        agent_rewards=scenario.agent_rewards,
        state_source="concatenation of the agents' observations, as in mpe2",
    )
