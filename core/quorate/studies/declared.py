"""What the patches of a comparison declare, and which packages come with that."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from quorate.studies.concerns import is_named
from quorate.studies.facts import Facts, distinct, is_read

_VERSIONS = "record.versions."


def patched_keys(comparison: Mapping[str, Any]) -> set[str]:
    """The key paths that the patches of a comparison set, those of a list's items included."""
    variants = comparison.get("variants")
    patches = variants.values() if isinstance(variants, dict) else []
    return {key for patch in patches for key in _leaves(patch, "")}


def chosen(keys: Iterable[str]) -> set[str]:
    """The key paths that patches set, and what they choose: choosing a component sets all of it."""
    return {key.removesuffix(".name") for key in keys}


def is_brought(key: str, groups: Sequence[Sequence[Sequence[Facts]]], declared: set[str]) -> bool:
    """Whether a package's version is recorded by some variants only, because patches choose their components.

    A record names the packages that the run's components are from. So where all components that one variant has and
    another lacks are declared, they have brought it. Packages of other interpreters are not among these.

    Args:
        key: of a difference.
        groups: by environment and variant, the facts of the runs.
        declared: as `chosen` has them.
    """
    if not key.startswith(_VERSIONS) or ": " in key:
        return False
    found: list[Any] = []
    for variants in groups:
        known = [[facts for facts in runs if is_read(facts, key)] for runs in variants]
        having, lacking = ([runs for runs in known if runs and (key in runs[0]) is has] for has in (True, False))
        if any((key in facts) is not (key in runs[0]) for runs in known for facts in runs):
            return False
        if not all(_is_chosen(one[0], other[0], declared) for one in having for other in lacking):
            return False
        found += [facts[key] for runs in having for facts in runs]
    return len(distinct(found)) == 1


def _is_chosen(facts: Facts, other: Facts, declared: set[str]) -> bool:
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
