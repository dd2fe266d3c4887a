"""Learn tabular games without their rules, beside baselines and planned optima, and write a part of docs/results.md.

    python examples/check_information_learning.py       # about ten minutes on an idle core

Finished runs in runs/results are used again. It exits 1 if a claim fails.
"""

import sys
from collections.abc import Mapping
from pathlib import Path

from experiments import (
    REPORTED,
    SEEDS,
    Claim,
    Experiment,
    claim_tables,
    evaluation,
    metric,
    run_all,
    spread,
    write_part,
)

import quorate
from quorate.information import information_structure
from quorate.registry import load_registry
from quorate_information_sharing.games import make_game
from quorate_information_sharing.planning.exact import exact_value
from quorate_information_sharing.settings import Game, TabularSettings

FEW = (0,)
"""Seeds of what takes long."""
GAMES = {Game.DEC_TIGER: "DecTiger", Game.BOX_PUSHING: "BoxPushing"}
HORIZONS = range(3, 8)
EPISODES = 2000
LEARN = "information_sharing/learn-tiger.yaml"
BOXES = ("environment.name=tabular/box-pushing-v1", "algorithm.episodes=100000", "algorithm.trials=20000")
LEARNED = {
    "tiger-3": Experiment(LEARN),
    "tiger-3-forgetful": Experiment(LEARN, ("algorithm.memory=0",)),
    "tiger-4": Experiment(LEARN, ("environment.horizon=4",)),
    "tiger-4-long": Experiment(LEARN, ("environment.horizon=4", "algorithm.memory=2")),
}
SMALLER = ("algorithm.episodes=100000", "algorithm.trials=10000", "budget.train_steps=8")
LONGER = {
    "tiger-6": Experiment(LEARN, ("environment.horizon=6", "algorithm.memory=2", *SMALLER)),
    "box-3": Experiment(LEARN, BOXES),
}
SHORT = ("budget.train_steps=2500", "algorithm.epsilon_steps=47500", "evaluation.points=1")
BASELINES = {
    f"{game.value}-{name}": Experiment(
        "information_sharing/fm-e.yaml",
        (f"environment.name=tabular/{game.value}-v1", f"algorithm=iql/{name}", *SHORT),
    )
    for game in GAMES
    for name in ("fm-e", "rnn-e")
}
Names = Mapping[tuple[str, int], Path]


def main() -> int:
    """Run, play and write."""
    registry = load_registry()
    parts: list[str] = []
    good = True
    for experiments, claims, seeds in ((LEARNED, CLAIMS, SEEDS), (LONGER, MORE_CLAIMS, FEW)):
        folders = run_all(experiments, registry, 1, seeds)
        text, holds = claim_tables(claims, {key: evaluation(folder) for key, folder in folders.items()}, seeds)
        parts, good = [*parts, text], good and holds
        print(text, flush=True)
    baselines = beside(run_all(BASELINES, registry, 1, SEEDS))
    write_part("learning with common information", "\n".join([HEAD, *parts, "", MIDDLE, "", baselines]))
    return 0 if good else 1


def beside(folders: Names) -> str:
    """Baselines by horizon, beside the planned optimum."""
    lines = ["| | " + " | ".join(f"H = {horizon}" for horizon in HORIZONS) + " |", "|---" * (len(HORIZONS) + 1) + "|"]
    for game, title in GAMES.items():
        for word in ("full", "one-step"):
            best = [f"{optimum(game, word, horizon):.4g}" for horizon in HORIZONS]
            lines.append(f"| {title}, planned, `{word}` | {' | '.join(best)} |")
        for name in ("fm-e", "rnn-e"):
            cells = [returns(folders, f"{game.value}-{name}", horizon) for horizon in HORIZONS]
            lines.append(f"| {title}, `iql/{name}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def optimum(game: Game, word: str, horizon: int) -> float:
    """The best value there is, by the game's rules."""
    made = make_game(TabularSettings(game=game, horizon=horizon))
    return exact_value(made, information_structure(word, 2), horizon, lambda done, total: None)


def returns(folders: Names, name: str, horizon: int) -> str:
    """What is earned in episodes of this length, over seeds."""
    words = f"environment.horizon={horizon}"
    played = [quorate.play(folders[name, seed], words, episodes=EPISODES, progress=False) for seed in SEEDS]
    return spread([numbers["return/mean"] for numbers in played], 3)


def _claims(group: str, name: str, text: str, relation: str, threshold: float) -> list[Claim]:
    true = Claim(group, f"{text}: true value", name, metric("value/true"), relation, threshold)
    rest = [
        Claim(group, f"- {what}", name, metric(key), REPORTED, 0)
        for what, key in (("by its model", "value/planned"), ("by trials", "value/estimated"))
    ]
    return [true, *rest]


TIGER, BOX = "DecTiger, all shared one step late", "BoxPushing, all shared one step late"
CLAIMS = [
    *_claims(TIGER, "tiger-3", "H = 3, L = 1, a million episodes in four rounds (the optimum is 8.815)", ">=", 8.4),
    *_claims(TIGER, "tiger-3-forgetful", "negative control: H = 3, L = 0", "<=", -6 + 1e-6),
    *_claims(TIGER, "tiger-4", "H = 4, L = 1 (the best of L = 1 is 10.593)", ">=", 10.3),
    *_claims(TIGER, "tiger-4-long", "H = 4, L = 2 (the optimum is 11.015)", REPORTED, 0),
]
MORE_CLAIMS = [
    *_claims(
        TIGER + ", longer",
        "tiger-6",
        "H = 6, L at most 2, 800,000 episodes in eight rounds (the optimum is 19.125)",
        REPORTED,
        0,
    ),
    *_claims(BOX, "box-3", "H = 3, L = 1, 400,000 episodes in four rounds (the optimum is 66.081)", REPORTED, 0),
]
HEAD = """## Learning with common information

Generated by `python examples/check_information_learning.py`. `common-information-learner` explores, counts, plans in
what it counted, and tries its candidates (2308.08705, the second half). The true value is computed from the rules of
the game, which learning never reads."""
MIDDLE = f"""### Baselines that share nothing

FM-E and RNN-E (arXiv:2004.01098), the paper's baselines, as `iql/fm-e` and `iql/rnn-e`: learned in 2500 episodes of
20 steps, a sixteenth of what their authors' code has, seeds 0 to 2, and played greedily in {EPISODES} episodes of
each length. Episodes follow the MADP toolbox's timing, where that code draws observations before the move: numbers
of BoxPushing can not be compared with printed ones. Planned optima are of structures that share; without sharing
those of DecTiger are 5.191, 4.803, 7.026, 10.382 and 9.994."""

if __name__ == "__main__":
    sys.exit(main())
