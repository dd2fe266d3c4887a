"""Settings of everything this plugin registers; imports neither torch nor numpy."""

from dataclasses import dataclass

from quorate.settings import setting


@dataclass
class MatrixGameSettings:
    """Two agents choose a row and a column of a table.

    Raises:
        ValueError: where tables do not fit each other; the message begins with the setting's name.
    """

    payoff: list[list[float]] = setting(
        [[1.0, 0.0], [0.0, 1.0]],
        "What the team is paid: a list of rows, chosen by the first agent; columns are chosen by the second.",
    )
    column_payoff: list[list[float]] | None = setting(
        None, "What the second agent is paid, where `payoff` is the first one's alone; null: they are a team."
    )
    second_step: list[list[list[float]]] = setting(
        [], "Tables of a second step, one for each row: the row chosen first says which is played. Empty: one step."
    )

    def __post_init__(self) -> None:
        rows, columns = len(self.payoff), len(self.payoff[0]) if self.payoff else 0
        if not columns or any(len(row) != columns for row in self.payoff):
            raise ValueError("payoff: expected rows of the same length, such as [[1, 0], [0, 1]]")
        tables = {f"second_step.{index}": table for index, table in enumerate(self.second_step)}
        if self.column_payoff is not None:
            tables["column_payoff"] = self.column_payoff
        for name, table in tables.items():
            if [len(row) for row in table] != [columns] * rows:
                raise ValueError(f"{name}: expected {rows} rows of {columns} numbers, as payoff has")
        if self.second_step and len(self.second_step) != rows:
            raise ValueError(f"second_step: expected a table for each of the {rows} rows, got {len(self.second_step)}")
        if self.second_step and self.column_payoff is not None:
            raise ValueError("second_step: only a team plays two steps; leave column_payoff out")


@dataclass
class MemoryGameSettings:
    """Agents are shown a cue once, and must name it later."""

    agents: int = setting(2, "n, the number of agents.", minimum=1, maximum=1000)
    cues: int = setting(4, "c, different cues.", minimum=2, maximum=10_000)
    delay: int = setting(
        8,
        "k, steps from the cue to the answer; a history of k + 1 observations reaches it.",
        minimum=1,
        maximum=10_000,
    )

    @property
    def tags(self) -> dict[str, object]:
        """What the settings change of the manifest row's tags."""
        return {"agents": self.agents}
