"""Checkpoints: one safetensors file each, the tree of plain data as JSON in its metadata, with a checksum."""

import json
import zlib
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from quorate.codec import decode, encode
from quorate.errors import RunError
from quorate.folders.files import disk_errors, write_bytes
from quorate.folders.steps import checkpoint_path, checkpoint_steps

_FORMAT = "quorate-1"

_PARTS = {
    "step": int,
    "config": dict,
    "evaluated": bool,
    "metrics_bytes": int,
    "algorithm": dict,
    "ambient": dict,
    "best": dict,
}
_OPTIONAL: dict[str, Any] = {"config": {}, "best": {}}
"""Parts that not every run has."""


def save_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: the file.
        state: nested plain data and tensors (see `quorate.codec.encode`).

    Raises:
        RunError: the state holds something else, or the file can not be written.
    """
    tree, tensors = encode(state)
    # One key only: safetensors writes several in an order that changes, and equal states shall be equal files.
    metadata = {_FORMAT: json.dumps({"crc32": _checksum(tree, tensors), "tree": tree})}
    try:
        data = save(tensors, metadata)
    except (SafetensorError, ValueError, RuntimeError, KeyError) as error:
        raise RunError(f"The state can not be stored: {error}.", where=str(path)) from error
    write_bytes(path, data)


def load_checkpoint(path: Path) -> dict[str, Any]:
    """Read a checkpoint, every tensor on the CPU.

    Raises:
        RunError: it is missing, truncated, damaged or no checkpoint of Quorate.
    """
    with disk_errors(path, "read"), path.open("rb"):
        pass
    try:
        state = _load(path)
    except MemoryError:
        raise
    except Exception as error:  # a file that somebody made may fail in any way
        raise _damaged(path, str(error) or type(error).__name__) from error
    if not isinstance(state, dict):
        raise _damaged(path, "it holds no mapping")
    return state


def load_state(folder: Path, step: int) -> dict[str, Any]:
    """The checkpoint of a step of a run: what `Loop` has written, each part of its type.

    Raises:
        RunError: as of `load_checkpoint`; also where it is something else, or of another step.
    """
    path = checkpoint_path(folder, step)
    state = load_checkpoint(path)
    for key, kind in _PARTS.items():
        if type(state.get(key, _OPTIONAL.get(key))) is not kind:
            raise _damaged(path, f"{key!r} is missing, or no {kind.__name__}")
    if state["step"] != step or state["metrics_bytes"] < 0:
        raise _damaged(path, "it is of another step, or counts what can not be counted")
    return state


def prune(folder: Path, keep: int, last: int | None = None) -> None:
    """Remove all but the latest checkpoints.

    Args:
        folder: where they are.
        keep: how many stay.
        last: the step of the one just written; later ones were of no use when the run went on from an earlier one.
    """
    steps = checkpoint_steps(folder)
    present = [step for step in steps if last is None or step <= last]
    for step in sorted({*steps} - {*present[-keep:]}):
        path = checkpoint_path(folder, step)
        with disk_errors(path, "removed"):
            path.unlink(missing_ok=True)


def _load(path: Path) -> Any:
    with safe_open(path, framework="pt") as file:
        metadata = json.loads((file.metadata() or {})[_FORMAT])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    tree, checksum = metadata["tree"], metadata["crc32"]
    if checksum != _checksum(tree, tensors):
        raise ValueError("its contents do not match their checksum")
    return decode(tree, tensors)


def _damaged(path: Path, reason: str) -> RunError:
    fix = "Use another checkpoint of the run, or run it again."
    return RunError(f"The checkpoint is damaged: {reason}.", where=str(path), fix=fix)


def _checksum(tree: str, tensors: dict[str, Tensor]) -> int:
    value = zlib.crc32(tree.encode())
    for name in sorted(tensors):
        if tensors[name].numel():
            value = zlib.crc32(tensors[name].reshape(-1).view(torch.uint8).numpy().data, value)
    return value
