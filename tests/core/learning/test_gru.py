import pytest
import torch
from torch import nn

from quorate.interfaces import NetworkSpec
from quorate.learning.initialisation import initialised_by
from quorate.learning.networks import build_network
from quorate.learning.settings import Activation, Initialisation, gru

MEMBERS, ROWS, INPUTS, MEMORY, STEPS = 3, 4, 5, 6, 9


def network(**changes):
    with initialised_by(torch.Generator().manual_seed(1)):
        settings = gru(**{"hidden": [8], "memory": MEMORY, "head": [7], **changes})
        return build_network(settings, NetworkSpec(MEMBERS, INPUTS, 2, further=1))


def world(steps=STEPS):
    generator = torch.Generator().manual_seed(2)
    inputs = torch.randint(-4, 5, (steps, MEMBERS, ROWS, INPUTS), generator=generator).float()
    begins = torch.rand(steps, ROWS, generator=generator) < 0.3
    return inputs, torch.randn(MEMBERS, ROWS, MEMORY, generator=generator), begins


def step_by_step(built, inputs, memory, begins):
    features = []
    for step, begin in zip(inputs, begins, strict=True):
        feature, memory = built.encode(step, memory, begin)
        features.append(feature)
    return torch.stack(features), memory


@pytest.mark.parametrize("hidden", [[], [8], [8, 4]])
def test_a_sequence_equals_its_steps_exactly(hidden):
    """Inputs and weights are short binary fractions, whose sums are exact in any order."""
    built = network(hidden=hidden)
    for parameter in built.parameters():
        parameter.data = (parameter.data * 64).round() / 64
    whole, end = built.encode(*world())
    steps, last = step_by_step(built, *world())
    assert torch.equal(whole, steps)
    assert torch.equal(end, last)


def test_it_is_torchs_own_unit():
    built, (inputs, memory, _) = network(hidden=[]), world()
    features, end = built.encode(inputs, memory, torch.zeros(STEPS, ROWS, dtype=torch.bool))
    for member in range(MEMBERS):
        own = nn.GRU(INPUTS, MEMORY)
        for ours, theirs in ((built.observed, "ih_l0"), (built.remembered, "hh_l0")):
            getattr(own, f"weight_{theirs}").data = ours.weight[member].T
            getattr(own, f"bias_{theirs}").data = ours.bias[member, 0]
        expected, last = own(inputs[:, member], memory[None, member].contiguous())
        torch.testing.assert_close(features[:, member], expected)
        torch.testing.assert_close(end[member], last[0])


def test_memory_is_zeroed_where_an_episode_begins_whatever_was_in_it():
    built, (inputs, memory, _) = network(), world(1)
    begins = torch.tensor([True, False, True, False])
    memory[:, 2] = torch.nan
    fresh, _ = built.encode(inputs[0], torch.zeros_like(memory), begins)
    found, _ = built.encode(inputs[0], memory, begins)
    assert torch.equal(found[:, [0, 2]], fresh[:, [0, 2]])
    assert not torch.isclose(found[:, [1, 3]], fresh[:, [1, 3]]).all()


def test_the_gradient_reaches_back_to_the_beginning_of_the_episode_and_no_further():
    built, (inputs, memory, begins) = network(), world()
    begins[:] = torch.arange(STEPS)[:, None] == 4
    inputs.requires_grad_()
    built.encode(inputs, memory, begins)[0][6, 1].sum().backward()
    reached = inputs.grad.abs().sum((2, 3)) > 0
    expected = torch.zeros(STEPS, MEMBERS, dtype=torch.bool)
    expected[4:7, 1] = True
    assert torch.equal(reached, expected)


@pytest.mark.parametrize("initialisation", list(Initialisation))
def test_it_learns_what_was_seen_some_steps_ago(initialisation):
    built = network(initialisation=initialisation, activation=Activation.TANH, layer_norm=True)
    optimiser = torch.optim.Adam(built.parameters(), 1e-2)
    inputs, begins = world()[0] / 4, torch.zeros(STEPS, ROWS, dtype=torch.bool)
    for _ in range(60):
        features, _ = built.encode(inputs, torch.zeros(MEMBERS, ROWS, MEMORY), begins)
        beside = torch.cat([features[-1], torch.ones(MEMBERS, ROWS, 1)], -1)
        loss = (built(beside)[..., 0] - inputs[5, ..., 0]).square().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert loss < 0.02
