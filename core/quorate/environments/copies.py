"""Copies of a PettingZoo environment in this process: some rows of a batch, or all of them."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

from quorate.environments.blame import Blame
from quorate.environments.buffers import Buffers
from quorate.environments.declaration import Declaration
from quorate.environments.episode import Episode
from quorate.environments.layout import inspect, signature
from quorate.environments.single import Copy
from quorate.errors import QuorateError


class LocalCopies:
    """Rows of a batch in this process.

    Args:
        make: makes one environment.
        rows: which rows of the whole batch these are (for errors).
        name: of the environment, for errors; empty: what the environment calls itself.
        state: what is declared of the state, if anything is (`quorate.environments.layout.inspect`).

    Raises:
        QuorateError: where an environment can not be made or used, or the copies differ.
    """

    def __init__(self, make: Callable[[], Any], rows: range, name: str, state: str | None = None) -> None:
        self._rows, self._state = rows, state
        self._copies: list[Copy] = []
        try:
            for row in rows:
                self._add(make, row, name)
        except BaseException:
            with contextlib.suppress(QuorateError):  # the first error is the one to tell
                self.close()
            raise

    def _add(self, make: Callable[[], Any], row: int, name: str) -> None:
        with Blame(name or "(unnamed)", row, ())():
            env = make()
            try:
                self._look(env)
            except BaseException:
                with contextlib.suppress(Exception):  # it may be anything, and have no close()
                    env.close()
                raise
        self._copies.append(Copy(env, self.layout, name or self.layout.title, row))

    def _look(self, env: Any) -> None:
        if not self._copies:
            self.layout = inspect(env, self._state)
        elif signature(env) != signature(self._copies[0].env):
            raise QuorateError("it differs in agents or spaces from that of the first row")

    def allocate(self, declaration: Declaration) -> Buffers:
        """Make buffers in this process's memory."""
        buffers = Buffers.allocate(self.layout, len(self._copies), len(declaration.outcomes))
        self.attach(buffers, declaration)
        return buffers

    def attach(self, buffers: Buffers, declaration: Declaration) -> None:
        """Use the rows of given buffers."""
        for index, copy in enumerate(self._copies):
            copy.attach(buffers, index, declaration)

    def reset(self, seeds: Sequence[int | None]) -> None:
        """Start an episode in every row."""
        for copy, seed in zip(self._copies, seeds, strict=True):
            copy.reset(seed)

    def step(self) -> None:
        """Take the actions of the buffers in every row."""
        for copy in self._copies:
            copy.step()

    def state(self) -> list[Episode]:
        """The episode of every row."""
        return [copy.state() for copy in self._copies]

    def restore(self, episodes: Sequence[Episode]) -> list[str | None]:
        """Play episodes again, one in each row; says of each row what came out different."""
        return [copy.restore(episode) for copy, episode in zip(self._copies, episodes, strict=True)]

    def render(self, final: bool) -> Any:
        """See `Copy.render`, of the first of these rows."""
        return self._copies[0].render(final=final)

    def close(self) -> None:
        """Close every environment.

        Raises:
            QuorateError: one of them can not be closed; the others are.
        """
        with contextlib.ExitStack() as stack:  # closes them all, even if one raises
            while self._copies:
                stack.callback(self._copies.pop().close)
