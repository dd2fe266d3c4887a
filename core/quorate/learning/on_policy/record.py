"""What the record of a run says of an on-policy algorithm."""

from collections.abc import Mapping
from typing import Any

from quorate.conventions import BootstrapAt
from quorate.learning.memory import Remembering
from quorate.learning.on_policy.settings import CriticInput, OnPolicySettings, Truncation

_SEES = {
    CriticInput.STATE: "the state",
    CriticInput.INPUTS: "the inputs of all policies",
    CriticInput.OWN: "the input of its agent's policy",
}

_BOOTSTRAPPING = {
    Truncation.BOOTSTRAP: "at truncations, from the last state of the episode; not at terminations",
    Truncation.TERMINATE: "nowhere; what the horizon cuts counts as terminated",
    Truncation.DROP: "nowhere; the last step of a truncated episode teaches nothing",
}


def critic_sees(settings: OnPolicySettings) -> str:
    """What the critic is shown."""
    return _SEES[settings.critic_input] + " and the time in the episode" * settings.critic_time


def bootstrapping(settings: OnPolicySettings) -> dict[str, str]:
    """What follows where an episode is cut, in words and as data."""
    at = BootstrapAt.TRUNCATIONS if settings.truncation is Truncation.BOOTSTRAP else BootstrapAt.NOWHERE
    return {"bootstrapping": _BOOTSTRAPPING[settings.truncation], "bootstrap_at": at.value}


def memory(settings: OnPolicySettings, parts: Mapping[str, Remembering]) -> dict[str, Any]:
    """How those learn that remember; nothing where none does."""
    who = " and ".join(name for name, part in parts.items() if part.memory_size)
    if not who:
        return {}
    length, before = settings.chunk or settings.rollout, settings.burn_in
    since = f"{before} steps before each, brought up to date" if before else "the start of each"
    return {
        "memory": f"of {who}; learned in chunks of {length} steps, from what the rollout stored at {since}",
        "memory_chunk": length,
        "memory_burn_in": before,
    }


def schedules(settings: OnPolicySettings) -> dict[str, str]:
    """What changes with the budget."""
    moving = {
        "learning rates": settings.learning_rate_end != 1,
        "the entropy coefficient": settings.entropy_end not in (None, settings.entropy),
    }
    names = [name for name, moves in moving.items() if moves]
    return {"budget_schedules": " and ".join(names)} if names else {}
