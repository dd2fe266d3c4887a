"""The fairness guard: what differs between the variants of a comparison besides what they are meant to differ in."""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib import metadata
from platform import python_version
from typing import Any

import quorate
from quorate.config.resolved import ResolvedRun
from quorate.conventions import told_as_data
from quorate.documents import KeyPath, show
from quorate.studies.compare.plan import Cell
from quorate.studies.concerns import FAIRNESS, STEPS, concern_of, is_named
from quorate.studies.declared import chosen
from quorate.studies.facts import differing, facts_of, shown

CONCERNS: dict[str, str] = {
    "budget": "They learn for different times: training steps, or environment steps where settings tell.",
    "evaluation-protocol": "They are measured differently: when, in how many episodes, greedily or by sampling.",
    "policy-input": "Their policies see different things.",
    "environments": "They play in different numbers of environments at once.",
    "environment-settings": "Their environments have different settings.",
    "observability": "Their environments are observable to different degrees.",
    "reward-convention": "Their rewards are counted differently.",
    "simulator-version": "Their simulators, or the interpreters that these run in, are not the same.",
    "versions": "Packages have other versions now than when runs of this comparison were made.",
    "compute": "They compute on different devices, or with different numbers of threads or processes.",
    "same-configuration": "Variants of different names are the same configuration.",
    "undeclared": "Settings differ that no variant's patch sets.",
}
"""What the guard looks at, by the names under which findings are accepted."""

_FREE = ("seed", "name", "directory", "checkpoint", "log", "loggers")
_TAGS = ("observability", "reward", "simulator")
_FACTS = ("observability", "reward", "simulator", "agents", "horizon")


@dataclass(frozen=True)
class Difference:
    """One key in which variants differ.

    Attributes:
        key: its path, or what is compared in words.
        environment: the slug of the environment in which they do.
        values: of each variant, or of what is compared; None where it has none.
        declared: a variant's patch sets it, or chooses the component that it is a setting of.
        concern: a key of `CONCERNS`, or empty where it is of no concern.
    """

    key: str
    environment: str
    values: dict[str, Any]
    declared: bool
    concern: str = ""


@dataclass(frozen=True)
class Finding:
    """Differences of one concern.

    Attributes:
        name: the concern, under which it is accepted.
        text: why it matters.
        differences: at least one.
        accepted: by the file or the command line.
    """

    name: str
    text: str
    differences: list[Difference] = field(default_factory=list)
    accepted: bool = False


def differences(cells: Sequence[Cell]) -> list[Difference]:
    """Every key in which the configurations of variants differ, environment by environment."""
    found: list[Difference] = []
    for environment, variants in _by_environment(cells).items():
        facts = _planned(variants)
        declared = chosen(show(path) for cell in variants.values() for path in cell.declared)
        inputs = [show(path) for cell in variants.values() for path in _inputs(cell.run)]
        for key in differing([one] for one in facts.values()):
            meant, concern = is_named(key, declared), concern_of(key, inputs)
            concern = concern if concern in CONCERNS else "" if meant else "undeclared"
            values = {name: one.get(key) for name, one in facts.items()}
            found.append(Difference(key, environment, values, meant, concern))
        found += _same(environment, variants)
    return found


def findings(found: Sequence[Difference], accept: Sequence[str]) -> list[Finding]:
    """The differences of each concern that has some, in the order of `CONCERNS`."""
    named = {name: [difference for difference in found if difference.concern == name] for name in CONCERNS}
    return [Finding(name, CONCERNS[name], some, name in accept) for name, some in named.items() if some]


def document(found: Sequence[Difference], named: Sequence[Finding], accept: Sequence[str]) -> dict[str, Any]:
    """What ``guard.json`` holds; ``accepted`` has the names, and the keys that they stand for."""
    accepted = {finding.name for finding in named if finding.accepted}
    rows = [{**asdict(item), "accepted": not item.concern or item.concern in accepted} for item in found]
    return {
        "schema": 1,
        "differences": rows,
        "findings": [{"name": item.name, "text": item.text, "accepted": item.accepted} for item in named],
        "accepted": [*accept, *dict.fromkeys(row["key"] for row in rows if row["concern"] in accepted)],
    }


def recorded_differences(records: Mapping[str, tuple[Cell, Mapping[str, Any]]]) -> list[Difference]:
    """What the records of runs have different: facts that only the environments and algorithms themselves know.

    Args:
        records: by a cell's name, the cell and the content of ``record.json``.
    """
    found: list[Difference] = []
    for environment in dict.fromkeys(cell.environment for cell, _ in records.values()):
        here = {name: both for name, both in records.items() if both[0].environment == environment}
        sentences = told_as_data(key for _, record in here.values() for key in _part(record, "conventions"))
        facts = {name: _facts(cell.run, record, sentences) for name, (cell, record) in here.items()}
        found += _among(facts, environment)
    versions = {name: _part(record, "versions") for name, (_, record) in records.items()}
    keyed = {name: {f"record.versions.{key}": at for key, at in known.items()} for name, known in versions.items()}
    return [*found, *_among(keyed, "")]


def outdated(records: Mapping[str, tuple[Cell, Mapping[str, Any]]]) -> list[Difference]:
    """Packages that have other versions now than in the records of runs."""
    found: dict[str, Difference] = {}
    for name, (_, record) in records.items():
        for package, then in _part(record, "versions").items():
            now = _version(package)
            if now != then and package not in found:
                values = {f"{name} (recorded)": then, "now": now}
                found[package] = Difference(f"record.versions.{package}", "", values, False, "versions")
    return list(found.values())


def _version(package: str) -> str | None:
    if package in ("python", "quorate"):
        return python_version() if package == "python" else quorate.__version__
    try:
        return metadata.version(package)
    except (metadata.PackageNotFoundError, ValueError):  # a name that is none
        return None


def _part(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A part of a record; where it is damaged, nothing of it is known, which the report tells."""
    part = record.get(name)
    return part if isinstance(part, dict) else {}


def _facts(run: ResolvedRun, record: Mapping[str, Any], sentences: Container[str]) -> dict[str, Any]:
    """What a record says of the environment, and of how it is measured, which no choice of an algorithm excuses."""
    environment, conventions = _part(record, "environment"), _part(record, "conventions")
    facts = {f"record.environment.{fact}": environment[fact] for fact in _FACTS if fact in environment}
    measured = [key for key in conventions if key in FAIRNESS and key != STEPS and key not in sentences]
    facts |= {f"record.conventions.{key}": conventions[key] for key in measured}
    each = conventions.get(STEPS)
    if isinstance(each, (int, float)) and each:
        facts["environment steps"] = each * run.settings.budget.train_steps
    return facts


def _among(facts: Mapping[str, Mapping[str, Any]], environment: str) -> Iterator[Difference]:
    """What differs among the cells that state it; each value is told by one of those that have it."""
    for key in differing(([known] for known in facts.values()), stated=""):
        values: dict[str, tuple[str, Any]] = {}
        for name, known in facts.items():
            if key in known:
                values.setdefault(shown(known[key]), (name, known[key]))
        yield Difference(key, environment, dict(values.values()), False, concern_of(key))


def _by_environment(cells: Sequence[Cell]) -> dict[str, dict[str, Cell]]:
    """The first seed's cell of each variant, by environment."""
    found: dict[str, dict[str, Cell]] = {}
    for cell in cells:
        found.setdefault(cell.environment, {}).setdefault(cell.variant, cell)
    return found


def _compared(run: ResolvedRun) -> dict[str, Any]:
    return {key: value for key, value in run.to_dict().items() if key not in _FREE}


def _inputs(run: ResolvedRun) -> list[KeyPath]:
    return [path for path, part in run.placed_components() if part.kind == "input"]


def _planned(variants: Mapping[str, Cell]) -> dict[str, dict[str, Any]]:
    """By variant, its configuration and what follows from that: tags; steps and actions where all tell them."""
    runs = {name: cell.run for name, cell in variants.items()}
    steps = {name: _planned_steps(run) for name, run in runs.items()}
    actions = {name: _usual_actions(run) for name, run in runs.items()}
    facts = {name: facts_of(_compared(run), skip=()) for name, run in runs.items()}
    for name, run in runs.items():
        tags = run.settings.environment.tags
        facts[name] |= {f"{tag} of the environment": tags.get(tag) for tag in _TAGS}
        facts[name] |= {} if None in steps.values() else {"environment steps": steps[name]}
        facts[name] |= {} if None in actions.values() else {"evaluation actions": actions[name]}
    return facts


def _same(environment: str, variants: Mapping[str, Cell]) -> Iterator[Difference]:
    """Variants that are the same."""
    trees = {name: _compared(cell.run) for name, cell in variants.items()}
    for index, (name, tree) in enumerate(trees.items()):
        for other in [before for before in list(trees)[:index] if trees[before] == tree]:
            values = {other: "the same", name: "the same"}
            yield Difference("the whole configuration", environment, values, False, "same-configuration")


def _usual_actions(run: ResolvedRun) -> Any:
    """How it acts in evaluations by its tag; None where that does not say, or the settings say another way."""
    settings = run.settings
    return settings.algorithm.tags.get("evaluation_actions") if settings.evaluation.mode is None else None


def _planned_steps(run: ResolvedRun) -> int | None:
    """Training steps times environments, times the steps of a rollout where there are rollouts."""
    settings = run.settings.algorithm.settings
    environments = getattr(settings, "environments", None)
    if not isinstance(environments, int):
        return None
    rollout = getattr(settings, "rollout", 1)
    return run.settings.budget.train_steps * environments * (rollout if isinstance(rollout, int) else 1)
