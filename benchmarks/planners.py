"""Exact planning against RSSDA (2603.11802) and its baseline RS-MAA*: values, and processor time.

Everything shared at once, and nothing, on DecTiger and BoxPushing, from the same tables. Ours without sharing is a
search for good policies with certified values; theirs is exact where it ends. Compare times of one run only.

Usage: python benchmarks/planners.py --rssda CHECKOUT [--python PYTHON] [--limit SECONDS] [--quick]

CHECKOUT is one of github.com/mahdial-husseini/RSSDA (MIT; none of it is here); PYTHON an interpreter with its
requirements (numpy, numba, psutil, pandas).
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from quorate.information import information_structure
from quorate_information_sharing.box_pushing import box_pushing
from quorate_information_sharing.dec_tiger import dec_tiger
from quorate_information_sharing.planning.effort import Effort
from quorate_information_sharing.planning.exact import exact_value
from quorate_information_sharing.planning.unshared import best_found
from quorate_information_sharing.posg import TabularPOSG

CHILD = Path(__file__).parent / "peers" / "rssda_plan.py"
GAMES: dict[str, Callable[..., TabularPOSG]] = {"dec-tiger": dec_tiger, "box-pushing": box_pushing}
HORIZONS = {
    ("dec-tiger", "full"): (3, 5, 7, 10),
    ("dec-tiger", "none"): (3, 4, 5, 6, 7),
    ("box-pushing", "full"): (3, 4, 5),
    ("box-pushing", "none"): (2, 3, 4, 5),
}
THEIRS = {"full": ("centralised",), "none": ("decentralised", "rs-maa")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rssda", metavar="CHECKOUT", required=True)
    parser.add_argument("--python", default=sys.executable, help="An interpreter with RSSDA's requirements.")
    parser.add_argument("--limit", type=float, default=300.0, help="Seconds that one plan of theirs may take.")
    parser.add_argument("--quick", action="store_true", help="The two shortest horizons alone.")
    options = parser.parse_args()
    print(f"{'game':>12}{'sharing':>9}{'H':>4}  {'planner':<14}{'value':>12}{'seconds':>10}")
    for (name, sharing), horizons in HORIZONS.items():
        stopped: set[str] = set()
        for horizon in horizons[:2] if options.quick else horizons:
            game = GAMES[name](horizon=horizon)
            _print(name, sharing, horizon, "quorate", *ours(game, sharing, horizon))
            for solver in THEIRS[sharing]:
                if solver in stopped:
                    continue
                value, seconds = theirs(game, horizon, solver, options)
                _print(name, sharing, horizon, solver, value, seconds)
                if value is None:
                    stopped.add(solver)
    return 0


def ours(game: TabularPOSG, sharing: str, horizon: int) -> tuple[float, float]:
    """Value, and seconds of processor time."""
    begun = time.process_time()
    if sharing == "full":
        value = exact_value(game, information_structure("full", 2), horizon, _silent)
    else:
        value = best_found(game, horizon, Effort(), _silent)[0]
    return value, time.process_time() - begun


def theirs(
    game: TabularPOSG, horizon: int, solver: str, options: argparse.Namespace
) -> tuple[float | None, float | str]:
    """Likewise; no value where it took too long or failed."""
    command = [options.python, str(CHILD), options.rssda, str(horizon), solver]
    try:
        done = subprocess.run(
            command, input=json.dumps(flat(game)), capture_output=True, text=True, timeout=options.limit, check=True
        )
    except subprocess.TimeoutExpired:
        return None, f"> {options.limit:.0f}"
    except subprocess.CalledProcessError as error:
        return None, (error.stderr.strip().splitlines() or ["failed"])[-1]
    found = json.loads(done.stdout.splitlines()[-1])
    return found["value"], found["seconds"]


def flat(game: TabularPOSG) -> dict[str, Any]:
    """The tables as RSSDA has them: flat lists, joint numbers with the first agent the fastest."""
    sizes = [[len(names) for names in part] for part in (game.actions, game.observations)]
    action, seen = (np.arange(np.prod(part)).reshape(part[::-1]).T.ravel().argsort() for part in sizes)
    return {
        "nagents": game.agents,
        "nstates": len(game.states),
        "nactions": game.joint_actions,
        "nobs": game.joint_observations,
        "transitions": game.transition[action].ravel().tolist(),
        "obs": game.observation[action][:, :, seen].ravel().tolist(),
        "rewards": game.reward[0].T[action].ravel().tolist(),
        "init_beliefs": game.start.tolist(),
        "nacts_factor": sizes[0],
        "nobs_factor": sizes[1],
    }


def _print(name: str, sharing: str, horizon: int, planner: str, value: float | None, seconds: float | str) -> None:
    shown = "-" if value is None else f"{value:.6f}"
    took = f"{seconds:.2f}" if isinstance(seconds, float) else seconds
    print(f"{name:>12}{sharing:>9}{horizon:>4}  {planner:<14}{shown:>12}{took:>10}", flush=True)


def _silent(done: int, total: int) -> None:
    """Nobody looks."""


if __name__ == "__main__":
    sys.exit(main())
