"""The policy that an on-policy algorithm improves: the one that its settings choose, or that of MAPPO and HAPPO."""

import dataclasses
from collections.abc import Callable

from quorate.errors import QuorateError
from quorate.interfaces.policy import Likelihood, Policy, PolicySpec
from quorate.learning.on_policy.settings import OnPolicySettings
from quorate.policies.categorical import CategoricalPolicy
from quorate.policies.gaussian import GaussianPolicy
from quorate.policies.settings import CategoricalSettings, GaussianSettings, Parametrisation, Variance
from quorate.settings import Component


def builder(settings: OnPolicySettings) -> Callable[[PolicySpec], Policy]:
    """Builds the policy that the settings `policy` and `actor` ask for.

    The function raises a `QuorateError` where the policy class has no density to follow the gradient of.
    """

    def build(spec: PolicySpec) -> Policy:
        part = settings.policy
        if part is None:
            return _standard(settings.actor, spec)
        policy: Policy = part.build(spec)
        if isinstance(policy, Likelihood) and any(True for _ in policy.parameters()):
            return policy
        problem = f"the policy {part.name} has no density to follow the gradient of"
        choices = ["categorical" if spec.discrete else "gaussian"]
        fix = "choose a policy class of known density, or null for the default"
        raise QuorateError(problem, where="algorithm.policy", choices=choices, fix=fix)

    return build


def _standard(actor: Component, spec: PolicySpec) -> Policy:
    """HARL's: the standard deviation begins at 0.37, whatever the input, and stays below 0.5."""
    if spec.discrete:
        return CategoricalPolicy(CategoricalSettings(actor), spec)
    settings = GaussianSettings(actor, variance=Variance.PARAMETER, parametrisation=Parametrisation.SIGMOID)
    return GaussianPolicy(dataclasses.replace(settings, initial_log_std=settings.sigmoid_scale), spec)
