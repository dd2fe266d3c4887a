"""What the view of an `Environment` makes of the actions that it is given."""

from typing import Any

import numpy as np
import pytest
import torch
from gymnasium import spaces

from quorate.environments.encoder import ActionEncoder
from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Observability


def encoder(*given: spaces.Space[Any]) -> ActionEncoder:
    agents, sizes = tuple("xyz"[: len(given)]), (1,) * len(given)
    return ActionEncoder(EnvironmentSpec("acme", agents, sizes, 1, given, None, Observability.PARTIAL, "", "acme 1"))


CHOICES = encoder(spaces.Discrete(2), spaces.Discrete(3))
BOXES = encoder(spaces.Box(-0.4, 0.4, (2,), np.float64), spaces.Box(-1, 1, (1,)))


def test_choices() -> None:
    encoded = CHOICES({"x": np.int64(1), "y": np.array([2])}, ["x", "y"])
    assert (encoded.tolist(), encoded.dtype) == ([[1, 2]], np.int64)
    assert CHOICES({"y": torch.tensor(1)}, ["y"]).tolist() == [[0, 1]]  # x is gone


def test_vectors_are_padded_and_clipped_to_the_box() -> None:
    encoded = BOXES({"x": np.array([-0.4, 9.0]), "y": [1]}, ["x", "y"])
    low, high = np.nextafter(np.float32(-0.4), np.float32(0)), np.nextafter(np.float32(0.4), np.float32(0))
    assert encoded.dtype == np.float32
    assert np.array_equal(encoded, np.array([[[low, high], [1, 0]]], np.float32))
    assert BOXES({}, []).tolist() == [[[0, 0], [0, 0]]]


@pytest.mark.parametrize("action", [2, -1, 0.5, None, "1", np.array([0, 1]), float("nan"), {}])
def test_what_is_no_choice(action: Any) -> None:
    with pytest.raises(QuorateError, match=r"the action") as caught:
        CHOICES({"x": action}, ["x"])
    assert caught.value.where == "environment acme, agent x"
    assert "Discrete(2)" in str(caught.value.fix)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (0.1, r"the shape of the action is \(\), but must be \(2,\)"),
        ([0.1], r"the shape of the action is \(1,\), but must be \(2,\)"),
        ([0.1, np.nan], "the action is not a number"),
        ([0.1, None], "must be of numbers"),
        ([[0.1], [0.1, 0.2]], "which is no array"),
    ],
)
def test_what_is_no_vector(action: Any, words: str) -> None:
    with pytest.raises(QuorateError, match=words):
        BOXES({"x": action}, ["x"])
