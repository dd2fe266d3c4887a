"""Learn the tables of small games by value decomposition, draw them, and write a part of docs/results.md.

    python examples/check_value_decomposition.py       # about a minute and a half on one core

It exits 1 if a claim fails.
"""

import sys
from collections.abc import Callable, Mapping

import torch
from experiments import REPORTED, ROOT, SEEDS, Claim, Numbers, claim_tables, metric, write_part
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from quorate.config import compose
from quorate.interfaces import RunContext
from quorate.interfaces.algorithm import Report
from quorate.registry import load_registry
from quorate_value_decomposition.tables import value_tables

FILE = ROOT / "examples" / "value_decomposition" / "two-step.yaml"
PICTURE = "value-decomposition.png"
GAMES = ("two-step", "monotonic", "non-monotonic")
ALGORITHMS = ("vdn", "qmix")
OVERRIDES = {
    "qmix": (),
    "vdn": (
        "algorithm={name: vdn, network: {hidden: [64]}, environments: 16, warmup_steps: 64, batch_size: 64, "
        "learning_rate: 0.003, target_interval: 50, epsilon_end: 1.0}",
    ),
}
PAPER: Mapping[tuple[str, str], list[list[list[float]]]] = {
    ("two-step", "vdn"): [[[6.94, 6.94], [6.35, 6.36]], [[6.99, 7.02], [6.99, 7.02]], [[-1.87, 2.31], [2.33, 6.51]]],
    ("two-step", "qmix"): [[[6.93, 6.93], [7.92, 7.92]], [[7.0, 7.0], [7.0, 7.0]], [[0.0, 1.0], [1.0, 8.0]]],
}
"""Table 1 of arXiv:1803.11485: the first step, then the two tables of the second."""


class Silent(Report):
    """Shows nothing."""

    def __call__(self, what: str, done: int, total: int) -> None:
        """Say nothing."""


def main() -> int:
    """Learn, draw, write."""
    torch.set_num_threads(1)
    tables: dict[tuple[str, str], Tensor] = {}
    found: dict[tuple[str, int], Numbers] = {}
    for game in GAMES:
        for name in ALGORITHMS:
            for seed in SEEDS:
                learned, numbers = learn(game, name, seed)
                tables.setdefault((game, name), learned)
                found[f"{game} {name}", seed] = numbers
                print(game, name, seed, {key: round(value, 3) for key, value in numbers.items()}, flush=True)
    draw(tables)
    text, good = claim_tables(CLAIMS, found)
    write_part("value decomposition", f"{HEAD}\n{text}\n\n{paper_table(tables)}\n\n{TAIL}")
    return 0 if good else 1


def learn(game: str, name: str, seed: int) -> tuple[Tensor, Numbers]:
    """The tables [tables, rows, columns] that were learned, and numbers of them."""
    words = [f"environment=matrix-game/{game}-v1", f"seed={seed}", *OVERRIDES[name]]
    run = compose(FILE, words, load_registry()).settings
    steps = run.budget.train_steps
    algorithm = run.algorithm.build(RunContext(run.environment, seed, torch.device("cpu"), steps, Silent()))
    for _ in range(steps):
        algorithm.train_step()
    world = algorithm.environment
    state = torch.eye(len(world.tables))
    inputs = torch.cat([state[:, None].expand(-1, 2, -1), torch.eye(2).expand(len(state), 2, 2)], -1)
    learned = value_tables(algorithm.trained, inputs, state)[..., 0]
    payoff = world.tables[-1]
    return learned, {
        "return": greedy_return(world.tables, learned),
        "error": float((learned[-1] - payoff).square().mean().sqrt()),
        "best": float(learned[-1].flatten()[payoff.argmax()]),
    }


def greedy_return(tables: Tensor, learned: Tensor) -> float:
    """What the best actions by learned values bring."""
    total, table = 0.0, 0
    while table < len(tables):
        row, column = divmod(int(learned[table].argmax()), tables.shape[-1])
        total += float(tables[table, row, column])
        table = row + 1 if table == 0 else len(tables)
    return total


def paper_table(tables: Mapping[tuple[str, str], Tensor]) -> str:
    """What was learned of the two-step game beside the paper's own."""
    lines = ["| | first step | table A | table B |", "|---|---|---|---|"]
    for (game, name), printed in PAPER.items():
        for whose, values in ((f"`{name}`, seed 0", tables[game, name].tolist()), (f"{name.upper()}, paper", printed)):
            lines.append(f"| {whose} | {' | '.join(map(in_words, values))} |")
    return "\n".join(lines)


def in_words(table: list[list[float]]) -> str:
    """Rows of a table, in a line."""
    return "; ".join(", ".join(f"{value:.2f}" for value in row) for row in table)


def draw(tables: Mapping[tuple[str, str], Tensor]) -> None:
    """Payoffs and what was learned of them, seed 0."""
    figure = Figure(figsize=(8.4, 5.4), layout="constrained")
    every = figure.subplots(2, 3)
    for row, game in zip(every, GAMES[1:], strict=True):
        payoff = payoff_of(game)
        for axes, (title, table) in zip(
            row, [("payoff", payoff), *((name, tables[game, name][-1]) for name in ALGORITHMS)], strict=True
        ):
            _draw_one(axes, table, f"{game}: {title}", float(payoff.abs().max()))
    figure.savefig(ROOT / "docs" / "figures" / PICTURE, dpi=110)


def payoff_of(game: str) -> Tensor:
    """The payoffs of a game of one step."""
    run = compose(FILE, [f"environment=matrix-game/{game}-v1"], load_registry()).settings
    return torch.tensor(run.environment.settings.payoff)


def _draw_one(axes: Axes, table: Tensor, title: str, limit: float) -> None:
    axes.imshow(table.numpy(), cmap="RdBu", vmin=-1.5 * limit, vmax=1.5 * limit)
    for row, values in enumerate(table.tolist()):
        for column, value in enumerate(values):
            axes.text(column, row, f"{value:.1f}", ha="center", va="center")
    axes.set(title=title, xticks=[], yticks=[])


def _claims(game: str, name: str, returned: float, best: float, tolerance: float) -> list[Claim]:
    """What theory says of a game: the return, and the value of the best joint action, near to which it must be."""
    experiment, group = f"{game} {name}", f"The {game} game"
    return [
        Claim(
            group,
            f"`{name}`: distance of the return from {returned:g}",
            experiment,
            _distance("return", returned),
            "<=",
            0.01,
        ),
        Claim(group, f"`{name}`: value of the best joint action", experiment, metric("best"), REPORTED, 0),
        Claim(group, f"- its distance from {best:.3g}", experiment, _distance("best", best), "<=", tolerance),
        Claim(group, f"`{name}`: error of the table, root mean square", experiment, metric("error"), REPORTED, 0),
    ]


def _distance(name: str, wanted: float) -> Callable[[Numbers], float]:
    return lambda numbers: abs(numbers[name] - wanted)


CLAIMS = [
    *_claims("two-step", "vdn", 7, 6.5, 0.6),
    *_claims("two-step", "qmix", 8, 8, 0.1),
    *_claims("monotonic", "vdn", 8, 6.5, 0.6),
    *_claims("monotonic", "qmix", 8, 8, 0.1),
    *_claims("non-monotonic", "vdn", 0, -56 / 9, 1.5),
    *_claims("non-monotonic", "qmix", 0, -8, 2),
]
HEAD = f"""## Value decomposition

Generated by `python examples/check_value_decomposition.py`. What VDN and QMIX learn of games that are small enough to
list all joint actions, from uniformly random play: 6400 episodes of the two-step game of the QMIX paper
(arXiv:1803.11485), 12,800 of the others. A sum can come as near to a payoff as least squares allow, and a monotonic
network as near as is possible where values may not fall; in the non-monotonic game (QTRAN's, arXiv:1905.05408) either
takes the best joint action for the worst.

![Payoffs, and what VDN and QMIX learn of them](figures/{PICTURE})"""
TAIL = """Values of the first step are discounted by 0.99, which makes 7.92 of 8. The paper's tables are quoted from
memory of its Table 1, not checked against the PDF here."""

if __name__ == "__main__":
    sys.exit(main())
