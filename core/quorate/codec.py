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
    """Put together what `encode` took apart.

    Raises:
        ValueError: it is nothing that `encode` makes.
        RecursionError: it nests too deeply.
    """
    return _decode(json.loads(text, parse_constant=_number), tensors)


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
    if len(value) != 1:
        raise ValueError(f"{len(value)} tags stand where one must")
    ((kind, content),) = value.items()
    if kind == "tensor":
        return _tensor(content, tensors)
    if kind == "float":
        return _number(content)
    if kind not in ("tuple", "dict") or not isinstance(content, list):
        raise ValueError(f"{str(kind)[:40]!r} is no tag, or holds no list")
    return tuple(_decode(content, tensors)) if kind == "tuple" else _mapping(content, tensors)


def _tensor(name: Any, tensors: dict[str, Tensor]) -> Tensor:
    if not isinstance(name, str) or name not in tensors:
        raise ValueError(f"the tensor {str(name)[:80]!r} is missing")
    return tensors[name]


def _number(text: Any) -> float:
    """A number that JSON lacks."""
    if text not in ("nan", "inf", "-inf"):
        raise ValueError(f"{str(text)[:40]!r} is no such number")
    return float(text)


def _mapping(pairs: list[Any], tensors: dict[str, Tensor]) -> dict[Any, Any]:
    if not all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        raise ValueError("a dict holds something else than pairs")
    if any(isinstance(key, (list, dict)) for key, _ in pairs) or len({key for key, _ in pairs}) < len(pairs):
        raise ValueError("a dict has a key twice, or one that is none")
    return {key: _decode(item, tensors) for key, item in pairs}
