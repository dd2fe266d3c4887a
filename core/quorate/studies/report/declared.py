"""What the patches of a comparison declare, and which packages come with that."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from quorate.studies.concerns import is_named
from quorate.studies.report.facts import shown

Facts = Mapping[str, Any]

_VERSIONS = "record.versions."


def patched_keys(comparison: Mapping[str, Any]) -> set[str]:
    """The key paths that the patches of a comparison set, those of a list's items included."""
    variants = comparison.get("variants")
    patches = variants.values() if isinstance(variants, dict) else []
    return {key for patch in patches for key in _leaves(patch, "")}


def declared_keys(comparison: Mapping[str, Any]) -> set[str]:
    """The key paths that the patches of a comparison set; choosing a component sets all of it."""
    return {key.removesuffix(".name") for key in patched_keys(comparison)}


def is_brought(key: str, groups: Sequence[Sequence[Sequence[Facts]]], declared: set[str]) -> bool:
    """Whether a package's version is recorded by some variants only, because patches choose their components.

    A record names the packages that the run's components are from. So where all components that one variant has and
    another lacks are declared, they have brought it. Packages of other interpreters are not among these.

    Args:
        key: of a difference.
        groups: by environment and variant, the facts of the runs that are known.
        declared: as `declared_keys` has them.
    """
    if not key.startswith(_VERSIONS) or ": " in key:
        return False
    versions: set[str | None] = set()
    for variants in groups:
        known = [({_version(facts, key) for facts in runs}, runs[0]) for runs in variants if runs]
        if any(len(values) > 1 for values, _ in known):
            return False
        versions |= {value for values, _ in known for value in values}
        having = [facts for values, facts in known if values != {None}]
        lacking = [facts for values, facts in known if values == {None}]
        if not all(_chosen(one, other, declared) for one in having for other in lacking):
            return False
    return len(versions - {None}) == 1


def _version(facts: Facts, key: str) -> str | None:
    return shown(facts[key]) if facts.get(key) is not None else None


def _chosen(facts: Facts, other: Facts, declared: set[str]) -> bool:
    """Whether one run has components that another lacks, and patches declare all of them."""
    names = [key for key in facts if key.endswith(".name") and not key.startswith("record.")]
    own = [key for key in names if facts[key] != other.get(key)]
    return bool(own) and all(is_named(key, declared) for key in own)


def _leaves(patch: Any, prefix: str) -> Iterator[str]:
    if isinstance(patch, list):
        yield prefix
        for index, item in enumerate(patch):
            if isinstance(item, (dict, str)):  # a component
                yield from _leaves(item, f"{prefix}[{index}]")
    elif isinstance(patch, dict) and patch:
        for key, value in patch.items():
            yield from _leaves(value, f"{prefix}.{key}" if prefix else str(key))
    elif prefix:
        yield prefix
