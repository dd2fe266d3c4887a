"""Plans a game by RSSDA or its baseline RS-MAA*; run by its own interpreter (see planners.py).

Usage: python rssda_plan.py CHECKOUT HORIZON SOLVER < game.json

SOLVER is `centralised`, `decentralised` (both RSSDA, exact) or `rs-maa` (the baseline, exact). The game is a JSON
object of flat lists as the solver takes them. Printed is {"value": ..., "seconds": processor time of planning}.
"""

import json
import math
import sys
import time
from array import array
from typing import Any


def main() -> None:
    checkout, horizon, solver = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    sys.path[:0] = [checkout, f"{checkout}/baselines"]
    game = json.load(sys.stdin)
    output, sys.stdout = sys.stdout, sys.stderr
    plan = baseline if solver == "rs-maa" else semi_decentralised
    value, seconds = plan(game, horizon, solver)
    print(json.dumps({"value": value, "seconds": seconds}), file=output)


def semi_decentralised(game: dict[str, Any], horizon: int, solver: str) -> tuple[float, float]:
    """Exact RSSDA: every joint action lets agents share all (centralised), or none does."""
    from RSSDA import RSSDAConfig, SDecPOMDP, SDecPOMDPModel, int_tuple

    shares = list(range(game["nactions"])) if solver == "centralised" else []
    names = "nagents", "nstates", "nactions", "nobs", "transitions", "obs", "rewards", "init_beliefs"
    given = {name: game[name] for name in (*names, "nacts_factor", "nobs_factor")}
    model = SDecPOMDPModel(**given, sync_states=[], sync_actions=shares, sync_observations=[])
    config = RSSDAConfig(maxh=horizon, algorithm="exact", heuristic_type="POMDP", memory_limit_gb=None)

    def once() -> tuple[float, float]:
        begun = time.process_time()
        planner = SDecPOMDP(model=model, config=config)
        root = planner.dist_dict[int_tuple(planner.init_beliefs)]
        value = planner.multi_agent_astar(horizon, init_beliefs=root)[0]
        return float(value), time.process_time() - begun

    once()  # numba compiles
    return once()


def baseline(game: dict[str, Any], horizon: int, solver: str) -> tuple[float, float]:
    """Exact RS-MAA*, as its own driver calls it."""
    from decPOMDP import DecPOMDP

    begun = time.process_time()
    planner = DecPOMDP(
        game["nagents"],
        game["nstates"],
        game["nactions"],
        game["nobs"],
        _rows(game["transitions"], game["nstates"]),
        _rows(game["obs"], game["nobs"]),
        game["rewards"],
        game["init_beliefs"],
        game["nacts_factor"],
        game["nobs_factor"],
        horizon,
        cluster_type="lossless",
        maxit=200,
        q_depth=3,
        alpha=0.2,
        iter_limit="inf",
        maxrec="inf",
        memory=None,
        heuristic=None,
        rec_type=None,
        p_threshold_cluster=0,
        p_threshold_expand=0,
        policyvalfound=-math.inf,
        output=False,
    )
    planner.decentralized = planner.onesided = False
    value = planner.multi_agent_astar(horizon)[0]
    return float(value), time.process_time() - begun


def _rows(flat: list[float], width: int) -> list[tuple[Any, Any]]:
    """Distributions one after the other, as what is possible and how probable it is."""
    found = []
    for start in range(0, len(flat), width):
        row = flat[start : start + width]
        kept = [index for index, chance in enumerate(row) if chance > 0]
        found.append((array("i", kept), array("d", [row[index] for index in kept])))
    return found


if __name__ == "__main__":
    main()
