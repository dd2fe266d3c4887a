"""Backward induction in a learned model."""

from dataclasses import dataclass

import numpy as np

from quorate_information_sharing.learning.model import Model, StepModel
from quorate_information_sharing.learning.policy import UNSEEN, Deviation, Policy, Rules, WindowPolicy, find
from quorate_information_sharing.learning.windows import Floats, Ints


@dataclass(frozen=True)
class StepPlan:
    """What a step is worth, by a model.

    Attributes:
        value: float64 [W], of windows.
        worth: float64 [E, A], of joint actions at pairs of a window and a joint observation.
        actions: int64 [2, E], of both agents there.
    """

    value: Floats
    worth: Floats
    actions: Ints


class Plan:
    """The best rules by a model, and what they are worth by it.

    What the model did not see is taken from the plan of a shorter memory; what none saw is worth the least that was
    ever paid, for each step to go.

    Args:
        model: a learned one.
        lowest: the least that was ever paid.
        shorter: the plan of a shorter memory.
        against: a policy that is answered; None: both agents choose.
        agent: who answers it.

    Attributes:
        policy: the rules. Where a policy is answered, the other agent's are of no meaning.
    """

    def __init__(
        self,
        model: Model,
        lowest: float,
        shorter: "Plan | None" = None,
        against: Policy | None = None,
        agent: int = 0,
    ) -> None:
        self._model, self._lowest, self._shorter = model, lowest, shorter
        self._against, self._agent = against, agent
        self.policy: WindowPolicy
        self._steps: dict[int, StepPlan] = {}
        for step in reversed(range(len(model.steps))):
            self._steps[step] = self._planned(step)
        rest: tuple[Rules, ...] = () if shorter is None else shorter.policy.rules
        self.policy = WindowPolicy((self._rules(), *rest))

    @property
    def value(self) -> float:
        """Of an episode, by the model: biased up, as the best of noisy estimates is taken."""
        return float(self.values(0, np.zeros(1, np.int64))[0])

    def values(self, step: int, window: Ints) -> Floats:
        """[N] of windows."""
        to_go = len(self._model.steps) - step
        if not to_go:
            return np.zeros(len(window))
        if self._shorter is None:
            rest = np.full(len(window), self._lowest * to_go)
        else:
            rest = self._shorter.values(step, self._shorter._model.windows.forgotten(window))
        found, index = find(self._model.steps[step].window, window)
        rest[found] = self._steps[step].value[index[found]]
        return rest

    def worth(self, step: int, window: Ints, observation: Ints) -> Floats:
        """[N, A] of joint actions."""
        windows = self._model.windows
        rest = self._elsewhere(step, window, observation)
        found, index = find(self._model.steps[step].pair, window * windows.observations + observation)
        rest[found] = self._steps[step].worth[index[found]]
        return rest

    def _elsewhere(self, step: int, window: Ints, observation: Ints) -> Floats:
        """[N, A] by shorter memories."""
        if self._shorter is None:
            return np.full((len(window), self._model.windows.actions), self._lowest * (len(self._model.steps) - step))
        return self._shorter.worth(step, self._shorter._model.windows.forgotten(window), observation)

    def _planned(self, step: int) -> StepPlan:
        model, windows = self._model.steps[step], self._model.windows
        window = model.window[model.owner]
        after = windows.after(window[:, None], model.observation[:, None], np.arange(windows.actions))
        following = self.values(step + 1, after.ravel()).reshape(after.shape)
        known = model.visits > 0
        worth = np.where(known, model.reward + following, self._elsewhere(step, window, model.observation))
        payoff = (model.chance[:, None] * worth).reshape(len(worth), *self._model.knowledge.actions)
        value, actions = self._solved(step, model, payoff)
        total = np.bincount(model.stage_owner, value, len(model.window)).astype(np.float64)
        return StepPlan(total, worth, actions)

    def _solved(self, step: int, model: StepModel, payoff: Floats) -> tuple[Floats, Ints]:
        """Values of stages, and what both agents do at each pair."""
        if self._against is None:
            return model.stages.solve(payoff)
        other = 1 - self._agent
        fixed = self._against.act(step, model.window[model.owner], model.observation)[other]
        left = np.take_along_axis(payoff, np.expand_dims(fixed, (1, 2)), 1 + other)
        value, actions = model.stages.solve(left)
        actions[other] = fixed
        return value, actions

    def _rules(self) -> Rules:
        """By window and joint observation: an agent acts alike at all that it can not tell apart."""
        windows, known = self._model.windows, self._model.knowledge.known
        tables = []
        for step, model in enumerate(self._model.steps):
            by_type = np.full((2, len(model.window), windows.observations), UNSEEN)
            for agent in range(2):
                by_type[agent, model.owner, known[agent, model.observation]] = self._steps[step].actions[agent]
            tables.append(np.stack([by_type[agent][:, known[agent]] for agent in range(2)]))
        places = [windows.place(step, model.window) for step, model in enumerate(self._model.steps)]
        return Rules(windows, np.concatenate(places), np.concatenate(tables, 1))


def best_plan(models: list[Model], lowest: float) -> Plan:
    """Of both agents, in models of rising memory."""
    plan: Plan | None = None
    for model in models:
        plan = Plan(model, lowest, plan)
    assert plan is not None
    return plan


def best_response(models: list[Model], lowest: float, policy: Policy, agent: int) -> Deviation:
    """One agent's, by models of rising memory, to what the other does by a policy."""
    plan: Plan | None = None
    for model in models:
        plan = Plan(model, lowest, plan, policy, agent)
    assert plan is not None
    return Deviation(agent, plan.policy, policy)
