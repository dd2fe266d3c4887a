"""How the files of checkpoints are called. Imports no torch, so that configurations can name them."""

from pathlib import Path

_PREFIX, _SUFFIX = "step-", ".safetensors"


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step is."""
    return folder / f"{_PREFIX}{step:09d}{_SUFFIX}"


def checkpoint_steps(folder: Path) -> list[int]:
    """The steps of which there are checkpoints, oldest first."""
    names = (path.name for path in folder.glob(f"{_PREFIX}*{_SUFFIX}"))
    found = {name: name[len(_PREFIX) : -len(_SUFFIX)] for name in names}
    steps = {name: int(digits) for name, digits in found.items() if digits.isdecimal()}
    return sorted(step for name, step in steps.items() if checkpoint_path(folder, step).name == name)
