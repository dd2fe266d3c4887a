"""What a reader of exported files must know, as data and as a page."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from gymnasium.spaces import Discrete

from quorate.interfaces import Deployment, EnvironmentSpec
from quorate.learning.deployment.agent import AgentFile, is_described

PAGE = """\
# Policies of {environment}

Written by Quorate {quorate} from the run `{run}`, step {step}: the policies of `{algorithm}`, {actions} actions, one
file an agent. {critics}They need {needs}, not Quorate. `card.json` says all of this as data.

```python
{sample}
```

| agent | file | observation | action |
|---|---|---|---|
{rows}

- **Observation**: float32, {seen}. Nothing is normalised: the numbers enter as the environment gives them, flattened as
  `gymnasium.spaces.flatten` does.
- **Action**: as the environment takes it; scaling to its bounds is inside. `action_mask` (bool, [rows, choices]) says
  which discrete actions are valid; where there are none, or all are valid, it is {without}.
- **Noise**: {noise}
- What the policies were trained to see: {input}.
"""

TORCH = """\
import torch

policy = torch.jit.load("{file}")
action = policy(observation)  # {shape}; policy(observation, action_mask, noise)"""

ONNX = """\
import numpy as np
import onnxruntime

policy = onnxruntime.InferenceSession("{file}")
given = {{"observation": observation, "action_mask": action_mask, "noise": noise}}  # {shape}; bool [rows, {choices}]
names = {{each.name for each in policy.get_inputs()}}
(action,) = policy.run(None, {{name: value for name, value in given.items() if name in names}})"""


def make_card(
    deployment: Deployment, spec: EnvironmentSpec, files: Sequence[tuple[str, AgentFile]], facts: dict[str, Any]
) -> dict[str, Any]:
    """What ``card.json`` holds.

    Args:
        deployment: what was exported.
        spec: of the environment.
        files: the name of each agent's file.
        facts: of the run, put first.
    """
    agents = [
        {
            "name": agent.name,
            "file": name,
            "observation": ["rows", *(["steps"] if agent.example[0].dim() == 3 else []), agent.example[0].shape[-1]],
            "action": _space(spec.action_spaces[index]),
            "noise": _columns(agent),
        }
        for index, (name, agent) in enumerate(files)
    ]
    described = is_described(deployment.input)
    length = getattr(deployment.input, "length", 0) if described else 0
    return {**facts, "input": deployment.input.description, "history": length, "assembled": described, "agents": agents}


def make_page(card: dict[str, Any]) -> str:
    """What ``README.md`` says of a card."""
    first, torch = card["agents"][0], card["format"] == "torchscript"
    rows = [
        f"| {a['name']} | `{a['file']}` | {_shape(a['observation'])} | {a['action']['text']} |" for a in card["agents"]
    ]
    noise = "none is needed; the argument stays empty, [rows, 0]."
    if first["noise"]:
        parts = [f"columns {n['columns'][0]} to {n['columns'][1] - 1} {n['distribution']}" for n in first["noise"]]
        own = " Where it is left out, torch's global generator draws it (`torch.manual_seed`)." if torch else ""
        noise = f"float32 [rows, {first['noise'][-1]['columns'][1]}], independent: {', '.join(parts)} numbers.{own}"
    page: dict[str, Any] = {
        "sample": (TORCH if torch else ONNX).format(
            file=first["file"], shape=_shape(first["observation"]), choices=first["action"].get("choices", 0)
        ),
        "rows": "\n".join(rows),
        "seen": _seen(card),
        "noise": noise,
        "without": "left out" if torch else "true everywhere, or [rows, 0] of continuous actions",
        "needs": "torch alone" if torch else "an ONNX runtime",
        "critics": f"The run itself takes {card['as_evaluated']}; its critics are not exported. "
        if card["as_evaluated"]
        else "",
    }
    return PAGE.format(**{**card, **page})


def _seen(card: dict[str, Any]) -> str:
    if card["history"]:
        return (
            f"the agent's last observations of the episode, oldest first, at most {card['history']}; fewer at its start"
        )
    if not card["assembled"]:
        return "what the policy sees, put together by the caller"
    return "the agent's own"


def _shape(shape: Sequence[Any]) -> str:
    return f"[{', '.join(map(str, shape))}]"


def _columns(agent: AgentFile) -> list[dict[str, Any]]:
    ends = list(accumulate(draw.size for draw in agent.draws))
    return [
        {"columns": [end - draw.size, end], "distribution": f"standard {draw.kind}"}
        for draw, end in zip(agent.draws, ends, strict=True)
    ]


def _space(space: Any) -> dict[str, Any]:
    if isinstance(space, Discrete):
        choices = int(space.n)
        return {"type": "discrete", "choices": choices, "text": f"int64 [rows], one of {choices}"}
    low, high = (np.asarray(bound).tolist() for bound in (space.low, space.high))
    text = f"float32 {_shape(['rows', *space.shape])} in [{space.low.min():g}, {space.high.max():g}]"
    return {"type": "continuous", "shape": list(space.shape), "low": low, "high": high, "text": text}
