"""Configurations that version 0.1 stored in the folders of runs, as this version reads them."""

from contextlib import suppress
from pathlib import Path
from typing import Any

from quorate.errors import RunError
from quorate.folders.reading import read_mapping


def as_now(given: dict[str, Any], file: Path) -> dict[str, Any]:
    """What a file holds; how its run is evaluated is moved to where it stands now, if version 0.1 stored the file."""
    algorithm = given.get("algorithm")
    if not isinstance(algorithm, dict) or "evaluation" not in algorithm or not _stored_by_0_1(file):
        return given
    moved = {key: value for key, value in algorithm.items() if key != "evaluation"}
    return {**given, "algorithm": moved, "evaluation": {**given.get("evaluation", {}), **algorithm["evaluation"]}}


def _stored_by_0_1(file: Path) -> bool:
    with suppress(RunError):
        versions = read_mapping(file.parent / "record.json").get("versions")
        return file.name == "config.yaml" and isinstance(versions, dict) and str(versions.get("quorate"))[:4] == "0.1."
    return False
