"""What an episode of a PettingZoo environment ends with, read from the agents' infos. Imports no torch."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from quorate.environments import masks, returns
from quorate.environments.blame import Blame
from quorate.environments.values import SpaceError
from quorate.nearest import nearest


class Outcomes:
    """The mean of what agents say in their own last steps; those that say nothing do not count.

    So what the agents share is that, and what each has for itself is its mean over agents.

    Args:
        names: keys of ``infos[agent]``.
        ids: the agents' PettingZoo names.
        blame: names the agent in errors.
    """

    def __init__(self, names: Sequence[str], ids: Sequence[Hashable], blame: Blame) -> None:
        self._names, self._ids, self._blame = names, ids, blame
        self.begin()

    def begin(self) -> None:
        """Forget what was said in an episode."""
        self._said: dict[str, list[float]] = {name: [] for name in self._names}
        self._keys: dict[str, None] = {}

    def hear(self, infos: Mapping[Hashable, Any], agents: Iterable[int]) -> None:
        """Note what agents say that leave, or that are there when the episode ends.

        Raises:
            QuorateError: something else than a number or a truth value.
        """
        for index in agents if self._names else ():
            info = infos.get(self._ids[index], {})
            with self._blame(index):
                masks.in_info(info)  # which it need not have, but it must be a dict
                self._keys |= dict.fromkeys(map(str, info))
                for name in self._names:
                    if name in info:
                        self._said[name].append(returns.number(info[name], f"outcome {name!r}"))

    def end(self) -> list[float]:
        """The outcomes of the episode.

        Raises:
            QuorateError: no agent has said one.
        """
        with self._blame():
            for name, values in self._said.items():
                if not values:
                    problem = f"the episode ended without an outcome {name!r} in any agent's infos"
                    fix = "Put it into infos[agent] in the agent's last step, or name others as outcomes."
                    raise SpaceError(problem, choices=nearest(name, list(self._keys)) or [*self._keys], fix=fix)
        return [sum(values) / len(values) for values in self._said.values()]
