"""Exploration: episodes of random actions, after a prefix of what was learned, are counted (2308.08705)."""

from collections.abc import Callable, Sequence

import numpy as np

from quorate.interfaces import Environment
from quorate_information_sharing.learning.counts import Counts, number
from quorate_information_sharing.learning.episodes import play
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.policy import Policy
from quorate_information_sharing.learning.windows import Ints, Windows

Report = Callable[[int, int], None]
"""Told how many episodes are done, of how many."""


class Explorer:
    """Acts by one of some policies for some steps, and then uniformly at random.

    For how many steps (none to H - 1), and which policy, is drawn for each episode; without policies all is random.
    A step counts where at least `settle` random ones were before it since the prefix, and its own action is random. So
    what is counted at step h is of one policy, a mixture of prefixes, which leads to where learned policies come; and
    beliefs after a window are those under it (policy-dependent models).

    Args:
        knowledge: sizes of the game.
        leads: by the number of steps, 0 to H - 1, the policies that may lead for so many; empty where all is random.
        settle: random steps between a prefix and what is counted.
        randomness: of all draws.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        leads: Sequence[Sequence[Policy]],
        settle: int,
        randomness: np.random.Generator,
    ) -> None:
        self._knowledge, self._settle, self._randomness = knowledge, settle, randomness
        self._policies = [policy for some in leads for policy in some]
        self._count = np.array([len(some) for some in leads])
        self._first = np.cumsum(self._count) - self._count
        self._whose = self._until = np.zeros(0, np.int64)

    def begin(self, rows: int) -> None:
        """Episodes begin."""
        drawn = self._randomness.integers(len(self._count), size=rows)
        self._until = np.where(self._count[drawn] > 0, drawn, 0)
        self._whose = self._first[drawn] + (self._randomness.random(rows) * self._count[drawn]).astype(np.int64)

    def act(self, step: int, window: Ints, observation: Ints) -> Ints:
        """Actions [2, B]."""
        actions = np.stack([self._randomness.integers(own, size=len(window)) for own in self._knowledge.actions])
        for index, policy in enumerate(self._policies):
            rows = np.flatnonzero((self._until > step) & (self._whose == index))
            actions[:, rows] = policy.act(step, policy.windows.forgotten(window[rows]), observation[rows])
        return actions

    def counted(self, step: int) -> Ints:
        """The rows in which a step counts."""
        late = self._until + np.where(self._until > 0, self._settle, 0)
        return np.flatnonzero(late <= step)


def explore(
    environment: Environment,
    knowledge: Knowledge,
    windows: Windows,
    explorer: Explorer,
    horizon: int,
    episodes: int,
    seed: int,
    report: Report,
) -> Counts:
    """Count episodes.

    Args:
        environment: of B rows, in which no episode ends before the horizon.
        knowledge: sizes of its game.
        windows: what is counted.
        explorer: acts.
        horizon: H.
        episodes: N, rounded up to as many in each row.
        seed: of the environment.
        report: told of progress.
    """
    found = Counts.none(windows)
    for done in range(0, episodes, environment.batch):
        report(done, episodes)
        explorer.begin(environment.batch)
        places, rewards = [], []
        for now in play(environment, knowledge, windows, explorer.act, horizon, None if done else seed):
            rows = explorer.counted(now.step)
            places.append(number(windows, now.step, now.window, now.observation, now.action)[rows])
            rewards.append(now.reward[rows])
        place = np.concatenate(places)
        found = found.and_also(Counts.of(windows, place, np.ones(len(place)), np.concatenate(rewards)))
    report(episodes, episodes)
    return found
