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

Shape = tuple[int, ...]


@dataclass(slots=True)
class Packed:
    """A tree of arrays, as a compiled function returns it.

    Attributes:
        arrays: one-dimensional, one of each type.
        shapes: of the leaves that each array holds, one behind the other.
        order: of each leaf of the tree, where it stands among these of all arrays.
        tree: what the tree looks like.
    """

    arrays: tuple[jax.Array, ...]
    shapes: tuple[tuple[Shape, ...], ...]
    order: tuple[int, ...]
    tree: Any

    def unpack(self, device: torch.device) -> Any:
        """The tree, of tensors that are the caller's."""
        leaves: list[Tensor] = []
        for array, shapes in zip(self.arrays, self.shapes, strict=True):
            parts = to_torch(array, device).split([prod(shape) for shape in shapes])
            leaves += [part.view(shape) for part, shape in zip(parts, shapes, strict=True)]
        return jax.tree.unflatten(self.tree, [leaves[index] for index in self.order])


jax.tree_util.register_dataclass(Packed, data_fields=["arrays"], meta_fields=["shapes", "order", "tree"])


def pack(tree: Any) -> Packed:
    """Join the arrays of a tree, inside a compiled function."""
    leaves, form = jax.tree.flatten(tree)
    kinds: dict[Any, list[int]] = defaultdict(list)
    for index, leaf in enumerate(leaves):
        kinds[leaf.dtype].append(index)
    arrays = tuple(jnp.concatenate([leaves[index].ravel() for index in those]) for those in kinds.values())
    shapes = tuple(tuple(leaves[index].shape for index in those) for those in kinds.values())
    placed = [index for those in kinds.values() for index in those]
    return Packed(arrays, shapes, tuple(map(placed.index, range(len(placed)))), form)
