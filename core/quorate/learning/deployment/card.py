"""What a reader of exported files must know, as data and as a page."""

from collections.abc import Sequence
from importlib.resources import files
from itertools import accumulate
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from quorate.interfaces import Deployment, EnvironmentSpec
from quorate.learning.deployment.agent import AgentFile, described


def make_card(
    deployment: Deployment, spec: EnvironmentSpec, named: Sequence[tuple[str, AgentFile]], facts: dict[str, Any]
) -> dict[str, Any]:
    """What ``card.json`` holds: facts of the run, then of each agent and its file."""
    given = deployment.input
    assembled = described(given) is not None
    agents = [
        {
            "name": agent.name,
            "file": name,
            "observation": ["rows", *(["steps"] if agent.example[0].dim() == 3 else []), agent.example[0].shape[-1]],
            "action": _action(space),
            "noise": _columns(agent),
            "memory": agent.memory,
        }
        for (name, agent), space in zip(named, spec.action_spaces, strict=True)
    ]
    history = getattr(given, "length", 0) if assembled else 0
    return {**facts, "input": given.description, "history": history, "assembled": assembled, "agents": agents}


def make_page(card: dict[str, Any]) -> str:
    """What ``README.md`` says of a card."""
    import jinja2

    text = files("quorate.learning.deployment").joinpath("page.md.jinja").read_text(encoding="utf-8")
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text).render(card) + "\n"


def _columns(agent: AgentFile) -> list[dict[str, Any]]:
    ends = accumulate(draw.size for draw in agent.draws)
    pairs = zip(agent.draws, ends, strict=True)
    return [{"columns": [end - draw.size, end], "distribution": f"standard {draw.kind}"} for draw, end in pairs]


def _action(space: Any) -> dict[str, Any]:
    if isinstance(space, Discrete):
        choices = int(space.n)
        return {"type": "discrete", "choices": choices, "text": f"int64 [rows], one of {choices}"}
    low, high = (np.asarray(bound).tolist() for bound in (space.low, space.high))
    text = f"float32 {['rows', *space.shape]} in [{space.low.min():g}, {space.high.max():g}]".replace("'", "")
    return {"type": "continuous", "shape": list(space.shape), "low": low, "high": high, "text": text}
