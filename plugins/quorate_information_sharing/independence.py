"""Do common beliefs depend on strategies? By enumeration, on a game (2308.08705, Assumption 3)."""

from collections import defaultdict
from collections.abc import Callable, Mapping

import numpy as np

from quorate.errors import QuorateError
from quorate.information import InformationStructure, Item
from quorate_information_sharing.posg import Array, TabularPOSG

MOST_HISTORIES = 200_000
"""Of all joint histories that are enumerated at once."""

Values = tuple[tuple[Item, int], ...]
"""What is known, with what it was."""

History = tuple[int, ...]
"""Joint observations and joint actions in turn, first an observation; 0 where there is none before the first action."""


def strategy_gap(game: TabularPOSG, structure: InformationStructure, step: int = 3, seed: int = 0) -> float:
    """How far beliefs under two random stochastic strategies are apart at most.

    Args:
        game: any.
        structure: for its agents.
        step: how many joint actions were taken.
        seed: of the strategies.

    Returns:
        The largest, over common histories c that both reach, L1 distance of P(state, private information | c).

    Raises:
        QuorateError: there are too many histories to enumerate.
    """
    beliefs = [_beliefs(game, structure, step, np.random.default_rng([seed, index])) for index in range(2)]
    both = beliefs[0].keys() & beliefs[1].keys()
    return max((_distance(beliefs[0][common], beliefs[1][common]) for common in both), default=0.0)


def _beliefs(
    game: TabularPOSG, structure: InformationStructure, steps: int, randomness: np.random.Generator
) -> Mapping[Values, Mapping[tuple[Values, int], float]]:
    """By common history: P(private information, state | it)."""
    histories: dict[History, Array] = {(0,): game.start}
    if game.observes_at_start and game.initial_observation is not None:
        first = (game.start[:, None] * game.initial_observation).T
        histories = {(seen,): chance for seen, chance in enumerate(first) if chance.any()}
    for step in range(steps):
        strategy = _Strategy(game, structure, step, randomness)
        histories = _go_on(game, histories, strategy)
    found: dict[Values, dict[tuple[Values, int], float]] = defaultdict(lambda: defaultdict(float))
    shared = structure.common(steps)
    hidden = {item for agent in range(game.agents) for item in structure.private(agent, steps)}
    common_of, private_of = _reader(game, shared), _reader(game, hidden)
    for history, weights in histories.items():
        common, private = common_of(history), private_of(history)
        for state in np.flatnonzero(weights):
            found[common][private, int(state)] += float(weights[state])
    return {common: _normalised(belief) for common, belief in found.items()}


class _Strategy:
    """At one step, what each agent knows -> random probabilities of its actions."""

    def __init__(
        self, game: TabularPOSG, structure: InformationStructure, step: int, randomness: np.random.Generator
    ) -> None:
        self._game, self._randomness = game, randomness
        self._known = [_reader(game, structure.known(agent, step)) for agent in range(game.agents)]
        self._tables: dict[tuple[int, Values], Array] = {}

    def __call__(self, history: History) -> Array:
        """Probabilities of joint actions, [A]."""
        joint = np.ones(1)
        for agent, known in enumerate(self._known):
            joint = np.outer(joint, self._own(agent, known(history))).ravel()
        return joint

    def _own(self, agent: int, known: Values) -> Array:
        if (agent, known) not in self._tables:
            self._tables[agent, known] = self._randomness.dirichlet(np.ones(len(self._game.actions[agent])))
        return self._tables[agent, known]


def _go_on(game: TabularPOSG, histories: Mapping[History, Array], strategy: _Strategy) -> dict[History, Array]:
    after: dict[History, Array] = {}
    for history, weights in histories.items():
        for action, share in enumerate(strategy(history)):
            moved = weights @ game.transition[action] * share
            seen = moved[:, None] * game.observation[action]
            for observation in np.flatnonzero(seen.any(0)):
                after[(*history, action, int(observation))] = seen[:, observation]
        if len(after) > MOST_HISTORIES:
            problem = f"{game.name} has more than {MOST_HISTORIES} joint histories of this length"
            raise QuorateError(problem, where="--steps", fix="give a smaller number, or rely on the rule")
    return after


def _reader(game: TabularPOSG, items: set[Item]) -> Callable[[History], Values]:
    """What some items were in a history. The observation of step t follows the action of step t - 1."""
    found = []
    for kind, owner, time in sorted(items):
        sizes = tuple(map(len, game.actions if kind == "action" else game.observations))
        own = np.indices(sizes)[owner].ravel().tolist()
        found.append(((kind, owner, time), 2 * time + int(kind == "action"), own))
    return lambda history: tuple((item, own[history[place]]) for item, place, own in found if place < len(history))


def _normalised(belief: Mapping[tuple[Values, int], float]) -> dict[tuple[Values, int], float]:
    total = sum(belief.values())
    return {key: weight / total for key, weight in belief.items()}


def _distance(one: Mapping[tuple[Values, int], float], other: Mapping[tuple[Values, int], float]) -> float:
    return sum(abs(one.get(key, 0.0) - other.get(key, 0.0)) for key in one.keys() | other.keys())
