import weakref

import pytest
import torch

from quorate.learning.guard import Guard


@pytest.mark.parametrize("bad", [torch.nan, torch.inf, -torch.inf])
def test_one_bad_element_is_remembered(bad):
    guard = Guard()
    for value in (1.0, bad, 1.0):
        guard.watch("reward", torch.tensor([0.0, value]))
        guard.watch("loss", torch.tensor(3.0))
    assert {name: float(value) for name, value in guard.metrics().items()} == {
        "nonfinite/reward": 1.0,
        "nonfinite/loss": 0.0,
    }


def test_large_numbers_are_not_bad():
    guard = Guard()
    guard.watch("observation", torch.full((1000,), 3e38))
    assert float(guard.metrics()["nonfinite/observation"]) == 0


def test_the_first_watched_comes_first():
    guard = Guard()
    for name in ("observation", "reward", "critic_loss", "observation"):
        guard.watch(name, torch.zeros(1))
    assert list(guard.metrics()) == ["nonfinite/observation", "nonfinite/reward", "nonfinite/critic_loss"]


def test_what_goes_bad_later_is_not_blamed():
    guard = Guard()
    for name in ("observation", "loss"):
        guard.watch(name, torch.zeros(2))
    for name in ("loss", "action", "observation"):
        guard.watch(name, torch.full((2,), torch.nan))
    blamed = {name for name, value in guard.metrics().items() if value}
    assert blamed == {"nonfinite/loss"}


def test_no_more_than_some_hundred_tensors_are_kept():
    guard, last = Guard(), None
    for step in range(2000):
        observation = torch.full((2,), torch.nan if step in (700, 1500) else 1.0)
        guard.watch("observation", observation)
        guard.watch("reward", torch.full((2,), torch.nan if step > 400 else 1.0))
        last = weakref.ref(observation) if step == 0 else last
    assert last() is None
    assert {name: float(value) for name, value in guard.metrics().items()} == {
        "nonfinite/observation": 0.0,
        "nonfinite/reward": 1.0,
    }
