"""What the checks of several kinds need: tiny worlds, held global randomness, equality bit for bit."""

import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from typing_extensions import override

from quorate.config import compose_component
from quorate.environments import build_environment
from quorate.global_generators import global_generators_state, kept_global_generators, seed_global_generators
from quorate.interfaces import Environment
from quorate.interfaces.algorithm import Report
from quorate.registry import Registry, load_registry
from quorate.settings import Component
from quorate.testing.framework import expect
from quorate.testing.tiny import tiny_manifest

Z = 6.0
"""Standard errors that a statistic may be off: a normal one is farther off with a probability of 2e-9."""


class Silence(Report):
    """Shows no progress."""

    @override
    def __call__(self, what: str, done: int, total: int) -> None: ...


@functools.cache
def tiny_registry() -> Registry:
    """The host's components and the tiny worlds."""
    return load_registry([tiny_manifest()], plugins=False)


def tiny_component(name: str = "tiny/world-v1", **settings: Any) -> Component:
    """A tiny world, not built yet."""
    return compose_component("environment", name, tiny_registry(), settings)


def tiny_world(batch: int, name: str = "tiny/world-v1", **settings: Any) -> Environment:
    """A batch of a tiny world on the CPU."""
    return build_environment(tiny_component(name, **settings), batch)


@contextmanager
def held_randomness(seed: int = 0) -> Iterator[None]:
    """Global generators are seeded inside and restored after, so that what wrongly uses them repeats itself."""
    with kept_global_generators():
        seed_global_generators(seed)
        yield


@contextmanager
def untouched_randomness(what: str) -> Iterator[None]:
    """Fail a check where the global generators of Python, numpy or torch are used inside."""
    with held_randomness():
        before = global_generators_state()
        yield
        used = [name for name, state in global_generators_state().items() if not identical(state, before[name])]
        expect(not used, f"{what} to draw from the generators that it is given", f"the global one of {used} was used")


def identical(one: Any, two: Any) -> bool:
    """Whether nested data are the same bit for bit; NaN is the same as NaN."""
    if isinstance(one, Tensor) and isinstance(two, Tensor):
        same = one.shape == two.shape and one.dtype == two.dtype
        return same and bool(((one == two) | ((one != one) & (two != two))).all())
    if isinstance(one, Mapping) and isinstance(two, Mapping):
        return one.keys() == two.keys() and all(identical(one[key], two[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(identical(*pair) for pair in zip(one, two, strict=True))
    return bool(one == two or (one != one and two != two))


def first_difference(one: Any, two: Any, path: str = "") -> str:
    """Where nested data first differ, for messages."""
    keys: Any = ()
    if isinstance(one, Mapping) and isinstance(two, Mapping) and one.keys() == two.keys():
        keys = one.keys()
    elif isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)) and len(one) == len(two):
        keys = range(len(one))
    for key in keys:
        if not identical(one[key], two[key]):
            return first_difference(one[key], two[key], f"{path}.{key}")
    return path.removeprefix(".") or "the whole"


def expect_identical(one: Any, two: Any, expected: str, found: str = "a difference in {!r}") -> None:
    """Fail a check unless nested data are the same bit for bit; `found` is told where they first differ."""
    expect(identical(one, two), expected, found.format(first_difference(one, two)))


def descend(module: nn.Module, rate: float, steps: int, loss: Callable[[], Tensor]) -> None:
    """Minimise a loss with Adam, whose learning rate falls linearly to zero."""
    optimiser = torch.optim.Adam(module.parameters(), rate)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = rate * (1 - step / steps)
        optimiser.zero_grad(set_to_none=True)
        loss().backward()
        optimiser.step()


def close(one: Tensor, two: Tensor, tolerance: float = 1e-5) -> bool:
    """Whether no element differs by more than a tolerance, NaN and infinities aside where both have them."""
    return one.shape == two.shape and torch.allclose(
        one.double(), two.double(), atol=tolerance, rtol=tolerance, equal_nan=True
    )


def largest_change(one: Tensor, two: Tensor) -> float:
    """The largest absolute difference, for messages."""
    return float((one.detach().double() - two.detach().double()).abs().max()) if one.numel() else 0.0


def check_tensor(what: str, value: Any, shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> None:
    """Fail unless a value is a finite tensor of a shape and a type."""
    expect(isinstance(value, Tensor), f"{what} to be a tensor", f"a {type(value).__name__}")
    expect(tuple(value.shape) == shape, f"{what} of shape {shape}", f"{tuple(value.shape)}")
    expect(value.dtype == dtype, f"{what} of type {dtype}", f"{value.dtype}")
    finite = torch.isfinite(value) if value.is_floating_point() else torch.ones(())
    expect(bool(finite.all()), f"{what} to be finite", f"{int((finite == 0).sum())} elements that are not")


def check_movable(module: nn.Module) -> None:
    """Fail where a module keeps tensors that `to(device)` leaves behind; run it on a GPU where there is one."""
    for name, part in module.named_modules():
        stray = [key for key, value in vars(part).items() if isinstance(value, Tensor)]
        where = f" of {name}" if name else ""
        expect(
            not stray, "tensors to be parameters or buffers, which `to(device)` moves", f"plain tensors {stray}{where}"
        )


def check_plain_state(module: nn.Module) -> dict[str, Tensor]:
    """The state of a module; fail unless it is tensors by name."""
    state = module.state_dict()
    odd = {name: type(value).__name__ for name, value in state.items() if not isinstance(value, Tensor)}
    expect(not odd, "`state_dict` to hold tensors only", f"{odd}")
    return {name: value.clone() for name, value in state.items()}
