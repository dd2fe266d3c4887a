"""Check exact planning of games of tables against known values, with times, and write a part of docs/results.md.

    python examples/check_information_sharing.py           # about two minutes on one core
    python examples/check_information_sharing.py --quick   # what takes seconds

Values are those of the literature and of an independent study; each must be met to 1e-6, or bounded. Times are of the
processor, on one thread, and have limits where a row says so. Rows that are in runs/results/information-sharing.json
are used again. It exits 1 if a row fails.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from experiments import FOLDER, ROOT, write_part

from quorate.information import information_structure
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.broadcast import broadcast
from quorate_information_sharing.dec_tiger import dec_tiger, individual_tiger
from quorate_information_sharing.grid_small import grid_small
from quorate_information_sharing.planning.approximation import approximate_plan
from quorate_information_sharing.planning.bounds import bound_structures
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import exact_value, own_stage
from quorate_information_sharing.planning.extraction import exact_policy
from quorate_information_sharing.planning.joint_policy import evaluate
from quorate_information_sharing.planning.revealed import revealed_value
from quorate_information_sharing.planning.settings import Solution
from quorate_information_sharing.planning.solutions import Task, independent_plan, opponents_bounds
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.posg import TabularPOSG
from quorate_information_sharing.recycling import recycling

STORE = FOLDER / "information-sharing.json"
ONE, TWO, NONE = "one-step", "delayed(2)", "none"
GAMES: dict[str, Callable[..., TabularPOSG]] = {
    "DecTiger": dec_tiger,
    "Recycling": recycling,
    "GridSmall": grid_small,
    "Broadcast": broadcast,
    "BoxPushing": box_pushing,
}
KNOWN = json.loads((ROOT / "examples" / "information_sharing" / "known.json").read_text())
"""Values by game, structure and horizon; those without sharing are the best that were found."""
LIMITS = {tuple(row[:3]): row[3] for row in KNOWN["seconds"]}
"""Of a processor."""


@dataclass(frozen=True)
class Row:
    """One number.

    Attributes:
        game: its name.
        structure: who is told what, and when; or what was done.
        horizon: steps of an episode.
        relation: `=` to 1e-6 (or as many digits as are known), or `>=`.
        known: what it must be.
        found: what it is.
        seconds: of the processor.
        limit: of them; None: none.
    """

    game: str
    structure: str
    horizon: int
    relation: str
    known: float
    found: float
    seconds: float
    limit: float | None

    @property
    def passed(self) -> bool:
        """Whether the number and the time are as they must be."""
        digits = 1e-6 if self.structure != "state told" else 6e-3 if self.horizon >= 20 else 6e-5
        met = self.found >= self.known - 1e-6 if self.relation == ">=" else abs(self.found - self.known) <= digits
        return met and (self.limit is None or self.seconds <= self.limit)


Job = tuple[str, str, int, str, float, Callable[[], float]]


def jobs() -> Iterator[Job]:
    """What is computed, quick parts first: game, structure, horizon, relation, known value, how."""
    for name, structures in KNOWN["shared"].items():
        for structure, values in structures.items():
            for horizon, known in _by_horizon(values):
                yield name, structure, horizon, "=", known, _exact(name, structure, horizon)
    yield "DecTiger", TWO, 20, ">=", 2 * 21.701213, _exact("DecTiger", TWO, 20)
    for horizon, memory, *values in KNOWN["memory"]:
        for place, what in enumerate(("model", "game")):
            yield "DecTiger", f"memory {memory}, {what}", horizon, "=", values[place], _memory(horizon, memory, place)
    for structure, known in KNOWN["opponents"].items():
        for place, what in enumerate(("ensures", "is left")):
            yield "opponents", f"{structure}, {what}", 3, "=", known, _opponents(structure, place)
    for name, values in KNOWN["unshared"].items():
        for horizon, known in _by_horizon(values):
            yield name, NONE, horizon, ">=", known, _unshared(name, horizon)
    for name, values in KNOWN["certified"].items():
        for horizon, known in _by_horizon(values):
            for structure in (
                (NONE,) if name == "Recycling" else (NONE, ONE)
            ):  # where sharing one step late is worth nothing
                for place, what in enumerate(("lower", "upper")):
                    how = _certified(name, horizon, structure, place)
                    yield name, f"{structure}, {what}", horizon, "=", known, how
    for horizon, known in _by_horizon(KNOWN["told"]):
        yield "BoxPushing", "state told", horizon, "=", known, _told(horizon)
    yield "BoxPushing", "state told", 10, ">=", 223.74, _told(10)
    for name, structures in KNOWN["shared"].items():
        for structure, values in structures.items():
            longest, known = max(pair for pair in _by_horizon(values) if pair[0] <= 20)
            yield name, f"{structure}, its policy", longest, "=", known, _policy(name, structure, longest)


def _by_horizon(values: dict[str, float]) -> list[tuple[int, float]]:
    return [(int(horizon), known) for horizon, known in values.items()]


def _exact(name: str, structure: str, horizon: int) -> Callable[[], float]:
    return lambda: exact_value(GAMES[name](), information_structure(structure, 2), horizon, _silent)


def _policy(name: str, structure: str, horizon: int) -> Callable[[], float]:
    """The value of the policy that was planned, from the game itself."""

    def compute() -> float:
        game = GAMES[name]()
        policy = exact_policy(game, information_structure(structure, 2), horizon, _silent)
        return float(evaluate(game, policy, horizon)[0])

    return compute


def _unshared(name: str, horizon: int) -> Callable[[], float]:
    effort = Effort(width=50, kinds=80) if name == "BoxPushing" and horizon == 6 else Effort()
    return lambda: best_found(GAMES[name](), horizon, effort, _silent)[0]


def _certified(name: str, horizon: int, structure: str, place: int) -> Callable[[], float]:
    return lambda: _bounds(name, horizon)[structure][place]


@cache
def _bounds(name: str, horizon: int) -> dict[str, tuple[float, float]]:
    """Both bounds, one step late and without sharing."""
    structures = [information_structure(word, 2) for word in (ONE, NONE)]
    found = bound_structures(GAMES[name](), structures, horizon, Effort(), lambda what: _silent).bounds
    return {each.name: (each.lower.value, each.upper.value) for each in found}


def _told(horizon: int) -> Callable[[], float]:
    def compute() -> float:
        game = box_pushing()
        stage = own_stage(game, information_structure(ONE, 2))
        assert stage is not None
        return revealed_value(game, stage, horizon, 4, _silent)

    return compute


def _memory(horizon: int, memory: int, place: int) -> Callable[[], float]:
    def compute() -> float:
        task = Task(dec_tiger(), information_structure(ONE, 2), horizon, Solution.TEAM)
        found = approximate_plan(task, memory, Effort(), _silent)
        return float((found.plan.values, found.values)[place][0])

    return compute


def _opponents(structure: str, place: int) -> Callable[[], float]:
    def compute() -> float:
        task = Task(individual_tiger((0.85, 0.6)), information_structure(structure, 2), 3, Solution.ZERO_SUM)
        return opponents_bounds(independent_plan(task, Effort(), _silent))[place]

    return compute


def _silent(done: int, total: int) -> None:
    """Nobody looks."""


def main() -> int:
    """Compute what is not known yet, and write it all."""
    stored: dict[str, dict[str, Any]] = json.loads(STORE.read_text()) if STORE.exists() else {}
    rows = []
    for game, structure, horizon, relation, known, compute in jobs():
        if "--quick" in sys.argv and (horizon > 8 or (game == "BoxPushing" and horizon > 4)):
            continue
        key = f"{game}, {structure}, {horizon}"
        if key not in stored:
            begun = time.process_time()
            found = compute()
            seconds, limit = time.process_time() - begun, LIMITS.get((game, structure, horizon))
            stored[key] = asdict(Row(game, structure, horizon, relation, known, found, seconds, limit))
            STORE.parent.mkdir(parents=True, exist_ok=True)
            STORE.write_text(json.dumps(stored, indent=1))
        rows.append(Row(**stored[key]))
        print(_line(rows[-1]), flush=True)
    failed = [row for row in rows if not row.passed]
    if "--quick" not in sys.argv:
        write_part("information-sharing", f"{HEAD}\n\n{_tables(rows)}")
    print(f"{len(rows) - len(failed)} of {len(rows)} hold")
    return 1 if failed else 0


def _line(row: Row) -> str:
    limit = f" of {row.limit:g}" if row.limit is not None else ""
    holds = "yes" if row.passed else "**no**"
    return (
        f"| {row.game} | {row.structure} | {row.horizon} | {row.relation} {row.known:.10g} | {row.found:.6f} "
        f"| {row.seconds:.2f}{limit} | {holds} |"
    )


def _tables(rows: list[Row]) -> str:
    head = "| game | structure | H | must be | is | processor s | holds |\n|---|---|---|---|---|---|---|"
    return "\n".join([head, *map(_line, rows)])


HEAD = """## Planning under information structures

Generated by `python examples/check_information_sharing.py`: every value of DecTiger, Recycling, GridSmall, Broadcast
and BoxPushing that is known from the literature or from an independent study, by what is shared, undiscounted, with the
timing of the MADP toolbox. *state told* is the upper bound of one step late where the state is told every four steps;
*its policy* the exact value, from the game itself, of the policy that was planned; *memory L* finite memory, one step
late; *opponents* the tiger of opponents of whom the first hears better (0.85, 0.6): it loses by telling. Values without
sharing are those of policies that were found, evaluated exactly. Seconds are of a processor, one thread; where there is
a limit it is named. Broadcast's beliefs are too many to keep: those are explored that the best plan leads to."""

if __name__ == "__main__":
    sys.exit(main())
