"""The algorithms `mappo`, `ippo` and `happo`: rollouts, critics, and proximal policy optimisation."""

from quorate.interfaces import RunContext
from quorate.learning.on_policy.algorithm import OnPolicy
from quorate.policies.on_policy import builder
from quorate.seeding import generator
from quorate_policy_gradient.sequential import Sequential
from quorate_policy_gradient.settings import HAPPOSettings, IPPOSettings, MAPPOSettings


def mappo(settings: MAPPOSettings, context: RunContext) -> OnPolicy:
    """Multi-agent PPO: all agents are updated at once (arXiv:2103.01955)."""
    return OnPolicy(settings, context, builder(settings), shared=settings.share_parameters)


def ippo(settings: IPPOSettings, context: RunContext) -> OnPolicy:
    """Independent PPO: each agent by itself, with a critic of its own (arXiv:2011.09533)."""
    return OnPolicy(settings, context, builder(settings), shared=settings.share_parameters)


def happo(settings: HAPPOSettings, context: RunContext) -> OnPolicy:
    """Heterogeneous-agent PPO: agents are updated one after the other (arXiv:2304.09870)."""

    def update(algorithm: OnPolicy) -> Sequential:
        order = generator(context.seed, "order of agents")
        return Sequential(algorithm.policy, algorithm.views(), settings, algorithm.shuffling, order, algorithm.trial())

    return OnPolicy(settings, context, builder(settings), update)
