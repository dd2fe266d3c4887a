"""Errors of an environment, told with the name of the environment, the row, the step and the agent."""

from collections.abc import Sequence
from types import TracebackType

from quorate.errors import QuorateError
from quorate.failures import place_of


class Blame:
    """Says where in a batch something went wrong: ``with blame(agent): ...``, not nested.

    Args:
        name: of the environment.
        row: of the whole batch.
        agents: names, in order.

    Attributes:
        steps: of the current episode, the one under way included; None before the first.
    """

    def __init__(self, name: str, row: int, agents: Sequence[str]) -> None:
        self.name, self.row, self.agents = name, row, agents
        self.steps: int | None = None
        self._agent: int | None = None
        self._fix: str | None = None

    def __call__(self, agent: int | None = None, fix: str | None = None) -> "Blame":
        """Turn what goes wrong inside the block into an error that names environment, row, step and agent."""
        self._agent, self._fix = agent, fix
        return self

    def __enter__(self) -> None:
        # A generator would read better, but this is entered several times for each agent and step.
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, QuorateError):
            where = f"{self.where(self._agent)}; {error.where}" if error.where else self.where(self._agent)
            problem = f"environment {self.name}: {error.problem}"
            raise QuorateError(problem, where=where, choices=error.choices, fix=error.fix or self._fix) from error
        if isinstance(error, Exception):
            problem, place = f"environment {self.name} {raised(error)}", place_of(trace)
            where = f"{self.where(self._agent)}; {place}" if place else self.where(self._agent)
            raise QuorateError(problem, where=where, fix=self._fix) from error

    def where(self, agent: int | None = None) -> str:
        """The row, the step and, where it is known, the agent."""
        who = "" if agent is None else f", agent {self.agents[agent]}"
        when = "while it is made" if self.steps is None else f"step {self.steps} of the episode"
        return f"row {self.row}, {when}{who}"


def raised(error: Exception) -> str:
    """What was raised, in words."""
    return f"raised {type(error).__name__}: {error}" if str(error) else f"raised {type(error).__name__}"
