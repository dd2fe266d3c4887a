"""Trees of arrays leave jax as one array of each type: each array that does so costs some microseconds."""

from collections import defaultdict
from dataclasses import dataclass
from math import prod
from typing import Any

import jax
import jax.numpy as jnp
import torch
from torch import Tensor

from quorate_smax.compiled import to_torch


@dataclass(frozen=True)
class Packed:
    """A tree of arrays, as a compiled function returns it.

    Attributes:
        arrays: one-dimensional, by type.
        leaves: of each array of the tree, in order, its type and its shape.
        tree: what the tree looks like.
    """

    arrays: dict[str, jax.Array]
    leaves: tuple[tuple[str, tuple[int, ...]], ...]
    tree: Any

    def unpack(self, device: torch.device) -> Any:
        """The tree, of tensors that are the caller's."""
        parts: dict[str, list[Tensor]] = {}
        for kind, array in self.arrays.items():
            sizes = [prod(shape) for other, shape in self.leaves if other == kind]
            parts[kind] = list(to_torch(array, device).split(sizes))
        return jax.tree.unflatten(self.tree, [parts[kind].pop(0).view(shape) for kind, shape in self.leaves])


jax.tree_util.register_dataclass(Packed, data_fields=["arrays"], meta_fields=["leaves", "tree"])


def pack(tree: Any) -> Packed:
    """Join the arrays of a tree, inside a compiled function."""
    leaves, form = jax.tree.flatten(tree)
    joined: dict[str, list[jax.Array]] = defaultdict(list)
    for leaf in leaves:
        joined[str(leaf.dtype)].append(leaf.ravel())
    arrays = {kind: jnp.concatenate(parts) for kind, parts in joined.items()}
    return Packed(arrays, tuple((str(leaf.dtype), leaf.shape) for leaf in leaves), form)
