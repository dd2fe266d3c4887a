"""What differs between variants: configurations, conventions, versions, machines, revisions."""

from collections.abc import Mapping, Sequence
from typing import Any

from quorate.conventions import told_as_data
from quorate.studies.concerns import FAIRNESS, STEPS, concern_of, is_named, is_under
from quorate.studies.declared import chosen, is_brought, patched_keys
from quorate.studies.facts import Facts, differing, distinct, facts_of, is_read
from quorate.studies.report.collection import Collection, Run

_RECORDED = ("environment", "conventions", "versions", "machine", "git")
"""Parts of a record that do not follow from the configuration."""

_CONVENTION = "record.conventions."
_STATED = (_CONVENTION, "record.environment.")
"""Facts that older versions and other algorithms may not state."""

Row = dict[str, Any]


def differences(found: Collection) -> list[Row]:
    """What differs between variants in the same environment.

    Settings that only one of two components has are left out where no patch sets them: they follow from the difference
    of the components' names. A difference is declared where the patch of a variant sets it, or where it is a convention
    of algorithms, or a package of components, that are declared to differ; it is accepted where the comparison's file
    or its guard names it.

    Returns:
        ``key``, ``values`` by variant, ``declared``, ``accepted`` and ``concern``. A value is that of all runs of a
        variant, or a mapping from environments to values, or a list of the values of single runs.
    """
    flat = {run.id: _facts(run) for run in found.runs}
    stated = dict.fromkeys(key for facts in flat.values() for key in facts)
    sentences = {f"{_CONVENTION}{key}" for key in told_as_data(key.removeprefix(_CONVENTION) for key in stated)}
    groups = _groups(found, flat)
    apart = {key for variants in groups for key in differing(variants, _STATED)} - sentences
    names = {key.removesuffix("name") for key in apart if key.endswith(".name")}
    patched = patched_keys(found.comparison)
    kept = [
        k for k in stated if k in apart and ({k, k.removesuffix(".name")} & patched or not _follows(k, names, flat))
    ]
    declared, accepted = chosen(patched), _accepted(found)
    rows = [
        {
            "key": key,
            "values": {variant: _value(found, flat, variant, key) for variant in found.variants},
            "declared": _is_declared(key, declared) or _follows_declared(key, groups, declared),
            "accepted": concern_of(key) in accepted or is_named(key, accepted),
            "concern": concern_of(key),
        }
        for key in kept
    ]
    _within(found, groups)
    _undeclared(found, rows)
    return rows


def conventions(found: Collection) -> dict[str, Row]:
    """The conventions of each variant; those that differ between environments by environment."""
    flat = {run.id: _recorded(run).get("conventions") for run in found.runs}
    known = {id_: facts if isinstance(facts, dict) else {} for id_, facts in flat.items()}
    result: dict[str, Row] = {}
    for variant in found.variants:
        keys = dict.fromkeys(key for run in found.runs if run.variant == variant for key in known[run.id])
        result[variant] = {key: _value(found, known, variant, key) for key in keys}
    return result


def setting(found: Collection) -> Row:
    """Versions, machines, revisions and environments of all runs, each distinct one once."""
    records = [_recorded(run) for run in found.runs]
    versions: dict[str, list[str]] = {}
    for record in records:
        for name, version in (record.get("versions") or {}).items():
            versions.setdefault(name, []).append(str(version))
    environments: dict[str, Any] = {}
    for run, record in zip(found.runs, records, strict=True):
        if record.get("environment"):
            environments.setdefault(run.environment, record["environment"])
    return {
        "versions": {name: ", ".join(sorted(set(values))) for name, values in sorted(versions.items())},
        "machines": distinct(record.get("machine") for record in records),
        "git": distinct(record.get("git") for record in records),
        "environments": environments,
    }


def _recorded(run: Run) -> dict[str, Any]:
    return run.content.record if run.content else {}


def _facts(run: Run) -> dict[str, Any]:
    record = {key: value for key, value in _recorded(run).items() if key in _RECORDED}
    config = run.content.config if run.content else {}
    return facts_of({**config, "record": record}) if record else facts_of(config)


def _groups(found: Collection, flat: Mapping[str, Facts]) -> list[list[list[Facts]]]:
    """By environment and variant, the runs that something is known of."""
    return [
        [[flat[run.id] for run in _runs(found, flat, variant, environment)] for variant in found.variants]
        for environment in found.environments
    ]


def _runs(found: Collection, flat: Mapping[str, Any], variant: str, environment: str | None = None) -> list[Run]:
    named = [run for run in found.runs if run.variant == variant and flat[run.id]]
    return [run for run in named if environment in (None, run.environment)]


def _follows(key: str, names: set[str], flat: Mapping[str, Row]) -> bool:
    """Whether only some runs have a key, and the component that it belongs to differs."""
    inside = any(key.startswith(name) and key != f"{name}name" for name in names)
    return inside and any(key not in facts for facts in flat.values() if facts)


def _is_declared(key: str, declared: set[str]) -> bool:
    convention = key.removeprefix(_CONVENTION)
    if convention != key and not any(is_under(convention, name) for name in FAIRNESS):
        return any(is_under(name, "algorithm") for name in declared)
    return is_named(key, declared)


def _follows_declared(key: str, groups: Sequence[Sequence[Sequence[Facts]]], declared: set[str]) -> bool:
    """Whether components that patches choose bring it, or long training steps are as many fewer."""
    if key != f"record.conventions.{STEPS}":
        return is_brought(key, groups, declared)
    totals = [
        {_environment_steps(facts, key) for runs in variants for facts in runs if is_read(facts, key)}
        for variants in groups
    ]
    return all(len(known) == 1 and None not in known for known in totals if known)


def _environment_steps(facts: Facts, key: str) -> float | None:
    each, steps = facts.get(key), facts.get("budget.train_steps")
    return each * steps if isinstance(each, (int, float)) and isinstance(steps, int) else None


def _value(found: Collection, flat: Mapping[str, Row], variant: str, key: str) -> Any:
    """Of all runs of a variant, or by environment, or of single runs."""
    runs = _runs(found, flat, variant)
    values = distinct(flat[run.id].get(key) for run in runs)
    if len(values) < 2:
        return values[0] if values else None
    groups = {
        environment: distinct(flat[run.id].get(key) for run in runs if run.environment == environment)
        for environment in dict.fromkeys(run.environment for run in runs)
    }
    if all(len(group) < 2 for group in groups.values()):
        return {environment: group[0] if group else None for environment, group in groups.items()}
    return values


def _accepted(found: Collection) -> list[str]:
    given = [found.comparison.get("accept"), found.guard.get("accepted")]
    return [str(name) for names in given if isinstance(names, list) for name in names]


def _undeclared(found: Collection, rows: Sequence[Row]) -> None:
    """Note what makes a comparison unfair; runs that no comparison planned may differ in whatever they like."""
    free = [row["key"] for row in rows if not (row["declared"] or row["accepted"] or row["concern"] in _HARMLESS)]
    if free and found.comparison:
        more = f" and {len(free) - 5} more" if len(free) > 5 else ""
        found.note(f"variants differ in what no patch declares and nobody accepted: {', '.join(free[:5])}{more}")


def _within(found: Collection, groups: Sequence[Sequence[Sequence[Facts]]]) -> None:
    """Note configurations that differ between the seeds of one cell, which no comparison should have."""
    for variant, cells in zip(found.variants, zip(*groups, strict=True), strict=True):
        for environment, runs in zip(found.environments, cells, strict=True):
            if keys := [key for key in differing([facts] for facts in runs) if concern_of(key) not in _HARMLESS]:
                found.note(f"the runs of {variant} in {environment} differ in {', '.join(keys[:5])}")


_HARMLESS = ("bookkeeping", "compute", "revision")
