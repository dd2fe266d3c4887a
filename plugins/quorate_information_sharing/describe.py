"""What an information structure makes of a game, in plain data and in words."""

from collections.abc import Iterable, Mapping
from typing import Any

from quorate.information import InformationStructure, Item, information_structure
from quorate_information_sharing.independence import strategy_gap
from quorate_information_sharing.observability import observability
from quorate_information_sharing.posg import TabularPOSG

SAME = 1e-9
"""Beliefs that are no farther apart are the same."""


def describe(game: TabularPOSG, word: object, steps: int) -> dict[str, Any]:
    """All that `quorate information show` says.

    Args:
        game: whose agents share.
        word: of `quorate.information.information_structure`.
        steps: joint actions before the histories that are enumerated.
    """
    structure = information_structure(word, game.agents, "--structure")
    gap, gammas = strategy_gap(game, structure, steps), observability(game)
    private = {f"agent {one + 1}": _listed(structure.private(one, steps), game) for one in range(game.agents)}
    return {
        "game": game.name,
        "structure": structure.name,
        "step": steps,
        "common": _listed(structure.common(steps), game),
        "private": private,
        "strategy_independent": structure.strategy_independent(game.controls),
        "largest_gap": gap,
        "enumeration_agrees": (gap <= SAME) == structure.strategy_independent(game.controls),
        "controls": list(game.controls),
        "observability": {"least": float(gammas.min()), "largest": float(gammas.max())},
        "delays": _delays(structure),
    }


def as_text(found: Mapping[str, Any]) -> str:
    """For a terminal."""
    independent = found["strategy_independent"]
    verdict = "the same for all strategies: plan on them" if independent else "not the same for all strategies"
    agreement = "agrees" if found["enumeration_agrees"] else "DISAGREES: longer histories may tell (--steps)"
    private = [f"  {agent} alone: {_words(items)}" for agent, items in found["private"].items()]
    gamma = found["observability"]
    return "\n".join(
        [
            f"{found['game']} under {found['structure']}, before joint action {found['step'] + 1}:",
            f"  common: {_words(found['common'])}",
            *private,
            f"Beliefs given what is common are {verdict}.",
            f"  By enumeration they differ by at most {found['largest_gap']:.2g} (L1), which {agreement}.",
            f"Observations tell states apart with gamma {gamma['least']:.3g} to {gamma['largest']:.3g}, by action.",
        ]
    )


def _listed(items: Iterable[Item], game: TabularPOSG) -> list[str]:
    """In order of time; the action of the last step is not taken yet."""
    kept = [item for item in items if item[2] > 0 or item[0] == "action" or game.observes_at_start]
    return [f"{kind} {owner + 1} of step {time + 1}" for kind, owner, time in sorted(kept, key=lambda i: (i[2], i))]


def _words(items: list[str]) -> str:
    return ", ".join(items) or "nothing"


def _delays(structure: InformationStructure) -> dict[str, list[list[float | None]]]:
    matrices = {"observation": structure.observation_delay, "action": structure.action_delay}
    return {
        name: [[None if one == float("inf") else one for one in row] for row in rows] for name, rows in matrices.items()
    }
