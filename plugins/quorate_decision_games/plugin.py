"""The hooks of this plugin: the commands of ``quorate exploration``. Imports nothing heavy before they run."""

from collections.abc import Sequence
from pathlib import Path

import click

from quorate.cli.app import App, quorate_command
from quorate.hookspecs import hookimpl
from quorate.output import json_option


@quorate_command(
    "theory",
    short_help="Check why Gaussian policies do not explore, in numbers.",
    examples=["quorate exploration theory", "quorate exploration theory --runs 10000 --agents 4 --json"],
)
@click.option("--runs", type=click.IntRange(100), default=2000, show_default=True, help="Simulated runs.")
@click.option("--agents", type=click.IntRange(1, 6), default=3, show_default=True, help="The largest number of agents.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the simulation.")
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print JSON instead of a table.")
def theory(app: App, runs: int, agents: int, seed: int, quiet: bool, as_json: bool) -> None:
    """Check Theorem 3.1 and Proposition 3.2 of 2605.07101.

    Gaussian policies grow narrower by at least 0.128 in precision at every epoch, so that with B = 32 they ever reach
    the rewarding state with a probability of at most 0.45, and n agents with at most 0.45^n. The probabilities are
    computed, and confirmed by simulated runs. It exits 1 if a claim fails.
    """
    from rich.console import Console

    from quorate.output import print_json
    from quorate.run import make_display
    from quorate_decision_games.paper_figures import checks
    from quorate_decision_games.paper_figures.reach import check_theory

    display = make_display(quiet)
    try:
        found = check_theory(runs, agents, seed, display)
    finally:
        display.stop()
    if as_json:
        print_json({"checks": checks.as_data(found), "passed": checks.all_passed(found)})
    else:
        checks.print_checks("Gaussian policies in M_sa and M_ma", found, Console())
    if not checks.all_passed(found):
        raise SystemExit(1)


@quorate_command(
    "figures",
    short_help="Draw how Gaussian and multi-modal policies explore.",
    examples=["quorate exploration figures", "quorate exploration figures --only ddpm --seeds 3 --output figures"],
)
@click.option(
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default="figures",
    show_default=True,
    help="Where to write.",
)
@click.option("--only", type=click.Choice(["exact", "ddpm"]), help="Some of the figures; default: all.")
@click.option("--seeds", type=click.IntRange(1), default=5, show_default=True, help="Runs of each kind.")
@click.option("--ddpm-seeds", type=click.IntRange(1), default=3, show_default=True, help="Runs with DDPM policies.")
@click.option("--seed", type=int, default=0, show_default=True, help="The root of all seeds.")
@click.option(
    "--estimator",
    type=click.Choice(["oracle", "kernel"]),
    default="oracle",
    show_default=True,
    help="Q: exact for the rewards met so far, as the theorem assumes, or regression on what was played.",
)
@click.option("--quiet", "-q", is_flag=True, help="Show no progress.")
@json_option("Print JSON instead of tables.")
def figures(
    app: App,
    output: Path,
    only: str | None,
    seeds: int,
    ddpm_seeds: int,
    seed: int,
    estimator: str,
    quiet: bool,
    as_json: bool,
) -> None:
    """Draw Fig. 1 and 2 of 2605.07101, write the numbers behind them, and check what they show.

    Softmax policy gradient with B = 200: Gaussian policies against all policies with one and two agents for 150 epochs,
    and DDPM policies with one agent for 400. It exits 1 if a claim about a mean return fails.
    """
    from rich.console import Console

    from quorate.output import print_json
    from quorate.run import make_display
    from quorate.terminal import print_line
    from quorate_decision_games.paper_figures import checks
    from quorate_decision_games.paper_figures import figures as made
    from quorate_decision_games.settings import Estimator

    display, kind, found = make_display(quiet), Estimator(estimator), {}
    try:
        if only != "ddpm":
            found["exact"] = made.make_exact(output, seeds, seed, kind, display)
        if only != "exact":
            found["ddpm"] = made.make_ddpm(output, ddpm_seeds, seed, kind, display)
    finally:
        display.stop()
    console, passed = Console(), all(checks.all_passed(one.checks) for one in found.values())
    if as_json:
        parts = {name: made.as_data(one) for name, one in found.items()}
        print_json({**parts, "passed": passed})
    else:
        for one in found.values():
            checks.print_checks("Mean expected returns", one.checks, console)
            for file in (*one.pictures, one.numbers):
                print_line(console, f"  {file}")
    if not passed:
        raise SystemExit(1)


@click.group("exploration", short_help="Check and draw why multi-modal policies explore.", commands=[theory, figures])
def exploration() -> None:
    """Why multi-modal policies explore where Gaussian ones do not (2605.07101, Sec. 3)."""


@hookimpl
def quorate_commands() -> Sequence[click.Command]:
    """The commands ``exploration theory`` and ``exploration figures``."""
    return [exploration]
