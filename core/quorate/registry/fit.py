"""Which environments a component can be used with, told from tags alone; nothing is imported.

The row of an algorithm, policy or input may say what it requires of the environment:

    tags: {requires: {actions: [continuous], state: true, agents: ">=2", observability: [full, collective]}}

It is held against the tags of the same names in the environment's row. What they do not say is not checked here, but
against the environment itself, before the run begins.
"""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from quorate.conventions import Observability
from quorate.nearest import nearest

_CHOICES = {"actions": ("discrete", "continuous"), "observability": tuple(map(str, Observability))}
_FLAGS = ("state", "payoff")
"""What an environment has or has not: a state, or the payoff of every joint action."""
_COUNT = re.compile(r"(>=|<=|==)\s*(\d+)")
_COMPARE: dict[str, tuple[Callable[[int, int], bool], str]] = {
    ">=": (operator.ge, "at least "),
    "<=": (operator.le, "at most "),
    "==": (operator.eq, "exactly "),
}
KEYS = ("actions", "state", "agents", "observability", "payoff")
"""What can be required."""


GIVES = ("likelihood", "reparameterised", "projectable")
"""What a policy can be learned by, and what an algorithm can ask for."""


def fault(requires: Any) -> tuple[str, ...] | None:
    """What is wrong with a row's ``requires``, how to mend it, and any choices; None where nothing is."""
    if not isinstance(requires, Mapping):
        return ("must hold a mapping under 'requires'", "Write it like 'requires: {actions: [continuous]}'.")
    for key, value in requires.items():
        if key not in KEYS:
            close = nearest(str(key), KEYS)
            fix = f"Did you mean {close[0]!r}?" if close else "Remove it."
            return (f"requires {key!r}, which is nothing that can be required", fix, *KEYS)
        if key in _FLAGS and value is not True:
            return (f"requires {key}: {value!r}", f"Write '{key}: true', or leave it out.")
        if key == "agents" and not (isinstance(value, str) and _COUNT.fullmatch(value)):
            return (f"requires agents: {value!r}", "Write it like 'agents: \">=2\"', with >=, <= or ==.")
        if key in _CHOICES and not (isinstance(value, list) and value and set(map(str, value)) <= set(_CHOICES[key])):
            return (f"requires {key}: {value!r}", f"Give a list, such as [{_CHOICES[key][0]}].", *_CHOICES[key])
    return None


def misfits(requires: Mapping[str, Any], facts: Mapping[str, Any]) -> list[str]:
    """The requirements that an environment does not meet.

    Args:
        requires: as in a row's tags.
        facts: of the environment, under the same names; those that are missing count as met.

    Returns:
        The keys, in the order of `KEYS`.
    """
    return [key for key in KEYS if key in requires and key in facts and not _met(key, requires[key], facts[key])]


def likely(requires: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether to suggest it: nothing is known to be unmet, and a payoff, which few have, is known to be there."""
    return not misfits(requires, facts) and ("payoff" not in requires or not facts or "payoff" in facts)


def fits(requires: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    """Whether every requirement is known to be met."""
    return all(key in facts for key in requires) and not misfits(requires, facts)


def serves(tags: Mapping[str, Any], user: Mapping[str, Any]) -> bool:
    """Whether to suggest a policy to an algorithm: it gives what the algorithm learns by, as far as that says so.

    Args:
        tags: of the policy; ``gives`` lists what it can be learned by (`GIVES`).
        user: tags of the algorithm; ``policy_gives`` lists of what it needs one.
    """
    wanted = user.get("policy_gives")
    return wanted is None or not set(wanted).isdisjoint(tags.get("gives", ()))


def _met(key: str, wanted: Any, fact: Any) -> bool:
    if key in _FLAGS:
        return fact not in (False, None, "none")
    if key == "agents":
        sign, number = _count(wanted)
        return not isinstance(fact, int) or _COMPARE[sign][0](fact, number)
    return str(fact) in map(str, wanted)


def _count(text: str) -> tuple[str, int]:
    found = _COUNT.fullmatch(text)
    assert found is not None, f"the registry checks requirements when it reads them, but not {text!r}"
    return found[1], int(found[2])


def in_words(requires: Mapping[str, Any]) -> str:
    """Requirements as a reader has them: ``continuous actions, a state, at least 2 agents``."""
    return ", ".join(_words(key, requires[key]) for key in KEYS if key in requires)


def _words(key: str, wanted: Any) -> str:
    if key in _FLAGS:
        return f"a {key}"
    if key == "agents":
        sign, number = _count(wanted)
        return f"{_COMPARE[sign][1]}{number} agent{'' if number == 1 else 's'}"
    return f"{' or '.join(map(str, wanted))} {key}"


def fact_in_words(key: str, fact: Any) -> str:
    """What an environment has instead."""
    if key in _FLAGS:
        return f"no {key}"
    if key == "agents":
        return f"{fact} agent{'' if fact == 1 else 's'}"
    return f"{fact} {key}"
