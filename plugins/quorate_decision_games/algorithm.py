"""The algorithm `dec-spg`: decentralised softmax policy gradient, one run of it."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import Algorithm, Environment, RunContext
from quorate.learning.settings import EvaluationActions
from quorate_decision_games.learner import Learner
from quorate_decision_games.payoff import HasPayoff
from quorate_decision_games.settings import DecSPGSettings, Estimator

GAMES = ("decision-game/single-v1", "decision-game/multi-v1", "decision-game/learnable-v1")


class DecSPG(Algorithm):
    """Algorithm 1 of 2605.07101 (Zhang et al., 2022); a training step is an epoch.

    Attributes:
        learner: all there is to it.
    """

    def __init__(self, settings: DecSPGSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        part = context.environment
        self._environment = build_environment(part, settings.batch_size, context.device, workers=context.workers)
        check_environment(self._environment, part.name)
        self.learner = Learner(settings, self._environment, 1, context.seed)

    def train_step(self) -> Mapping[str, Tensor | float]:
        """One epoch.

        Returns:
            What `measured` says of the policies after it.
        """
        self.learner.step()
        return measured(self.learner)

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """The policies as they are, measured by quadrature rather than by playing; more episodes would change nothing.

        Returns:
            What `measured` says; for the absolute metric without what it says of how the policies were learned.
        """
        values = measured(self.learner) if factor is None else of_policies(self.learner)
        return {name: float(value) for name, value in values.items()}

    @override
    def acting_state(self) -> dict[str, Any]:
        return self.learner.policies.state_dict()

    @override
    def load_acting_state(self, state: dict[str, Any]) -> None:
        self.learner.policies.load_state_dict(state)

    def state_dict(self) -> dict[str, Any]:
        """Policies, Q functions, environments and generators."""
        return self.learner.state_dict()

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.learner.load_state_dict(state)

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings, payoff = self._settings, self.learner.payoff
        values = {
            Estimator.ORACLE: "exact, of the rewards met so far",
            Estimator.KERNEL: f"kernel regression on all returns, bandwidth {settings.bandwidth:g}",
        }
        return {
            "step": f"one epoch: {settings.batch_size} episodes, then one update of every agent's policy",
            "policy_sees": "state: one policy at the decision, the initial policy after it",
            "q_function": values[settings.estimator],
            "evaluation": f"the expected return, {self.learner.policies.accuracy}; nothing is played",
            "evaluation_actions": EvaluationActions.EXACT.value,
            "expected_return": f"discounted by {payoff.discount:g}, {self.learner.policies.accuracy}",
            "return_discount": payoff.discount,
            "optimum": payoff.optimum(),
        }

    @override
    def close(self) -> None:
        self._environment.close()


def check_environment(environment: Environment, name: str) -> None:
    """Refuse an environment that is no game of one decision.

    Raises:
        QuorateError: it is none.
    """
    if not isinstance(environment, HasPayoff):
        problem = f"dec-spg plays games of one decision with known payoffs, and {name} is none"
        fix = "choose one of these games, or another algorithm"
        raise QuorateError(problem, where="environment", choices=GAMES, fix=fix)


def measured(learner: Learner) -> dict[str, Tensor]:
    """Metrics of the first run of a learner: scalars on its device.

    Returns:
        expected_return: the team's, discounted.
        success: chance that an action of an agent raises its flag (reaches s1), mean over agents.
        reached: share of the agents that ever raised their flag.
        first_epoch: the earliest epoch in which one did, 0 before.
        mean, deviation: of the policies; deviation is averaged over agents, mean too.
    """
    first = learner.first[0]
    reached = first > 0
    earliest = first.masked_fill(~reached, learner.epoch + 1).min() * reached.any()
    return {**of_policies(learner), "reached": reached.double().mean(), "first_epoch": earliest.double()}


def of_policies(learner: Learner) -> dict[str, Tensor]:
    """What `measured` says of the policies as they are, however they were learned."""
    values = learner.measure()
    agents = {name: values[name][0].mean() for name in ("success", "mean", "deviation")}
    return {"expected_return": values["expected_return"][0], **agents}
