"""Policies on networks that remember."""

import copy

import pytest
import torch
from torch import nn

from quorate.interfaces import Likelihood, Network, ProjectionTarget
from quorate.learning.agent_views import agent_views
from quorate.learning.settings import gru
from quorate.settings import Component

NAMES = "gaussian", "categorical", "ddpm"
STEPS, ROWS, AGENTS, INPUTS, MEMORY = 5, 4, 3, 5, 6


class Sum(Network):
    """Somebody else's: it adds up what it sees, and is linear in that and what stands beside it."""

    memory_size = feature_size = INPUTS

    def __init__(self, settings, spec):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(spec.members, spec.inputs + spec.further, spec.outputs))

    def encode(self, inputs, memory, begins):
        features = []
        for seen, begin in zip(
            inputs.reshape(-1, *inputs.shape[-3:]), begins.reshape(-1, begins.shape[-1]), strict=True
        ):
            memory = memory.masked_fill(begin[:, None], 0.0) + seen
            features.append(memory)
        return torch.stack(features).reshape(inputs.shape), memory

    def forward(self, features):
        return features @ self.weight


NETWORKS = {
    "gru": gru(hidden=[8], memory=MEMORY, head=[8]),
    "theirs": Component("network", "theirs/sum", None, f"{__name__}:Sum"),
}


def seen():
    inputs, begins = torch.randn(STEPS, ROWS, AGENTS, INPUTS), torch.rand(STEPS, ROWS) < 0.3
    return inputs, begins


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_sequence_equals_its_steps(name, shared, network, policy):
    built = policy(name, shared=shared, network=NETWORKS[network])
    (inputs, begins), memory = seen(), torch.randn(ROWS, AGENTS, built.memory_size)
    whole, end = built.encode(inputs, memory, begins)
    for step, begin, expected in zip(inputs, begins, whole, strict=True):
        features, memory = built.encode(step, memory, begin)
        torch.testing.assert_close(features, expected)
    torch.testing.assert_close(memory, end)


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_rows_and_agents_remember_apart(name, shared, network, policy):
    built, (inputs, begins) = policy(name, shared=shared, network=NETWORKS[network]), seen()
    memory = torch.zeros(ROWS, AGENTS, built.memory_size)
    before, _ = built.encode(inputs, memory, begins)
    inputs[0, 1, 2] += 1
    changed = (built.encode(inputs, memory, begins)[0] != before).flatten(3).any(-1).any(0)
    assert changed.nonzero().tolist() == [[1, 2]]


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", NAMES)
def test_single_agents_are_what_they_are_together(name, network, policy):
    built, (inputs, begins) = policy(name, network=NETWORKS[network]), seen()

    def build(spec):
        return policy(name, agents=1, sizes=spec.action_sizes, padded=spec.padded, network=NETWORKS[network])

    views = agent_views(built, build, built.spec)
    features, _ = built.encode(inputs, torch.zeros(ROWS, AGENTS, built.memory_size), begins)
    for agent, view in enumerate(views):
        own, _ = view.encode(inputs[:, :, [agent]], torch.zeros(ROWS, 1, built.memory_size), begins)
        torch.testing.assert_close(own, features[:, :, [agent]])
        if isinstance(built, Likelihood):
            actions = built.sample(features[-1], 1, torch.Generator())[0]
            alone = view.evaluate(own[-1], actions[:, [agent]])[0]
            torch.testing.assert_close(alone, built.evaluate(features[-1], actions)[0][:, [agent]])


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("name", ["gaussian", "ddpm"])
def test_a_projection_teaches_what_to_remember(name, network, policy):
    """The network is taught by actions: gradients of the loss reach what was seen in earlier steps."""
    built, (inputs, begins) = policy(name, network=NETWORKS[network]), seen()
    begins[:] = False
    inputs.requires_grad_()
    features, _ = built.encode(inputs, torch.zeros(ROWS, AGENTS, built.memory_size), begins)
    actions = built.sample(features[-1], 8, torch.Generator())
    weights, old = torch.rand(actions.shape[:-1]), copy.deepcopy(built)
    target = ProjectionTarget(features[-1], actions, weights, lambda a: -a.square().sum(-1), old)
    built.projection_loss(target, torch.Generator())[1].backward()
    reached = inputs.grad.abs().amax((0, 1, 3)) > 0
    assert reached.tolist() == [False, True, False]
    assert inputs.grad[0].abs().sum() > 0


def test_what_remembers_nothing_gives_its_inputs(policy):
    built, (inputs, begins) = policy("ddpm"), seen()
    memory = torch.zeros(ROWS, AGENTS, 0)
    assert built.memory_size == 0
    assert built.encode(inputs, memory, begins)[0] is inputs
