import copy

import pytest
import torch

from quorate.learning.optimiser import Adam

SHAPES = [(3, 5, 4), (3, 1, 4), (7,)]


def parameters() -> list[torch.nn.Parameter]:
    generator = torch.Generator().manual_seed(0)
    return [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]


def walk(ours, optimiser, steps, first=0):
    """Steps with gradients that both get alike."""
    for step in range(first, first + steps):
        generator = torch.Generator().manual_seed(100 + step)
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 / (1 + step)
        for parameter in ours:
            parameter.grad = torch.randn(parameter.shape, generator=generator)
        optimiser.step()


def both(decay=0.0):
    mine, torchs = parameters(), parameters()
    torch_class = torch.optim.AdamW if decay else torch.optim.Adam
    return (mine, Adam(mine, 1e-2, 1e-5, decay)), (
        torchs,
        torch_class(torchs, 1e-2, eps=1e-5, weight_decay=decay, fused=True),
    )


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_the_same_bits_as_torchs(decay):
    one, other = both(decay)
    for pair in (one, other):
        walk(*pair, steps=5)
    assert all(map(torch.equal, one[0], other[0]))


@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_it_goes_on_from_what_torchs_has_stored(decay):
    one, other = both(decay)
    for pair in (one, other):
        walk(*pair, steps=3)
    mine, optimiser = parameters(), None
    with torch.no_grad():
        for parameter, value in zip(mine, other[0], strict=True):
            parameter.copy_(value)
    optimiser = Adam(mine, 1e-2, 1e-5, decay)
    walk(mine, optimiser, steps=1, first=9)  # what was looked up before must be forgotten
    with torch.no_grad():
        for parameter, value in zip(mine, other[0], strict=True):
            parameter.copy_(value)
    optimiser.load_state_dict(copy.deepcopy(other[1].state_dict()))
    walk(mine, optimiser, steps=3, first=3)
    walk(*other, steps=3, first=3)
    assert all(map(torch.equal, mine, other[0]))


def test_parameters_without_gradient_stay_and_begin_late():
    one, other = both()
    for own, optimiser in (one, other):
        for step in range(4):
            generator = torch.Generator().manual_seed(step)
            for index, parameter in enumerate(own):
                parameter.grad = torch.randn(parameter.shape, generator=generator)
                if index == 1 and step != 2:
                    parameter.grad = None
            optimiser.step()
    assert all(map(torch.equal, one[0], other[0]))


def test_a_copy_has_moments_of_its_own():
    own = parameters()
    optimiser = Adam(own, 1e-2)
    walk(own, optimiser, steps=2)
    before = [value.detach().clone() for value in own]
    again, twin = copy.deepcopy((own, optimiser))
    walk(again, twin, steps=1, first=2)
    assert all(map(torch.equal, own, before))
    walk(own, optimiser, steps=1, first=2)
    assert all(map(torch.equal, own, again))


def test_a_closure_is_refused():
    with pytest.raises(ValueError, match="closure"):
        Adam(parameters(), 1e-2).step(lambda: 0.0)


def test_gradients_are_forgotten_and_never_set_to_zero():
    own = parameters()
    optimiser = Adam(own, 1e-2)
    walk(own, optimiser, steps=1)
    optimiser.zero_grad()
    assert all(parameter.grad is None for parameter in own)
    with pytest.raises(ValueError, match="forgotten"):
        optimiser.zero_grad(set_to_none=False)


def test_gradients_may_lie_in_memory_in_another_order():
    """Torch's fused kernel reads them as they lie, and would give each number another's gradient."""
    plain, turned = parameters(), parameters()
    walk(plain, Adam(plain, 1e-2), steps=1)
    generator = torch.Generator().manual_seed(100)
    for parameter in turned:
        gradient = torch.randn(parameter.shape, generator=generator)
        parameter.grad = gradient if gradient.dim() == 1 else gradient.mT.contiguous().mT
    assert any(parameter.grad.stride() != parameter.stride() for parameter in turned)
    Adam(turned, 1e-2).step()
    assert all(map(torch.equal, plain, turned))
