"""Nested state as JSON text and a flat dict of tensors, and back, bit for bit."""

import json
import math
from collections import OrderedDict
from typing import Any

import torch
from torch import Tensor

from quorate.errors import RunError


def encode(state: Any) -> tuple[str, dict[str, Tensor]]:
    """Take nested dicts, lists and tuples apart.

    Args:
        state: their leaves are tensors, None, booleans, numbers and text; keys are text, numbers, booleans or None.

    Returns:
        JSON text, and the tensors by names that tell their place: contiguous, on the CPU, sharing no memory.

    Raises:
        RunError: naming the place of anything else.
    """
    tensors: dict[str, Tensor] = {}
    return json.dumps(_encode(state, "", tensors), ensure_ascii=False, allow_nan=False), tensors


def decode(text: str, tensors: dict[str, Tensor]) -> Any:
    """Put together what `encode` took apart."""
    return _decode(json.loads(text), tensors)


def _encode(value: Any, path: str, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, Tensor):
        return {"tensor": _store(value, path, tensors)}
    if value is None or type(value) in (bool, int, str):
        return value
    if type(value) is float:
        return value if math.isfinite(value) else {"float": str(value)}
    if type(value) in (dict, OrderedDict):
        return {"dict": [[_key(key, path), _encode(item, f"{path}.{key}", tensors)] for key, item in value.items()]}
    if type(value) in (list, tuple):
        items = [_encode(item, f"{path}.{index}", tensors) for index, item in enumerate(value)]
        return items if type(value) is list else {"tuple": items}
    raise RunError(
        f"The state holds a {type(value).__module__}.{type(value).__qualname__}, which a checkpoint can not hold.",
        where=path.removeprefix(".") or "state",
        fix="Return tensors, dicts, lists, tuples, numbers, text, booleans and None from state_dict().",
    )


def _key(key: Any, path: str) -> Any:
    if key is None or type(key) in (bool, int, str) or (type(key) is float and math.isfinite(key)):
        return key
    raise RunError(
        f"The state has a dict with the key {key!r}.", where=path.removeprefix("."), fix="Use text or numbers."
    )


def _store(tensor: Tensor, path: str, tensors: dict[str, Tensor]) -> str:
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise RunError(
            "The state holds a sparse or quantised tensor.", where=path.removeprefix("."), fix="Make it dense."
        )
    base = name = path.removeprefix(".") or "state"
    while name in tensors or name == "__metadata__":
        name = f"{base}#{len(tensors)}"
    copy = tensor.detach().resolve_conj().resolve_neg()
    tensors[name] = copy.to("cpu", copy=True, memory_format=torch.contiguous_format).contiguous()
    return name


def _decode(value: Any, tensors: dict[str, Tensor]) -> Any:
    if isinstance(value, list):
        return [_decode(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "float":
        return float(content)
    if kind == "tuple":
        return tuple(_decode(item, tensors) for item in content)
    return {key: _decode(item, tensors) for key, item in content}
