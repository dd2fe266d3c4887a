import torch
from matplotlib.figure import Figure

from quorate.interfaces import Renderable

from .conftest import make


def test_places_are_those_of_the_world(scenario):
    environment = make(scenario, 3)
    states = environment.reset(0).state
    world = environment.state_dict()["world"]
    for row, state in enumerate(states):
        agents, landmarks = environment._scenario.places(state)
        origin = 0 if scenario == "spread" else world["position"][row, 0]
        assert torch.allclose(agents.double(), world["position"][row] - origin, atol=1e-6)
        assert torch.allclose(landmarks.double(), world["landmarks"][row] - origin, atol=1e-6)


def test_draws_states_and_estimates(scenario):
    environment = make(scenario, 2)
    assert isinstance(environment, Renderable)
    first, second = environment.reset(0).state
    for estimate, outlines in ((None, 0), (second, environment._scenario.sizes.moving)):
        axes = Figure().subplots()
        environment.draw(axes, first, estimate)
        assert sum(not patch.get_fill() for patch in axes.patches) == outlines
        assert len(axes.patches) == environment._scenario.sizes.moving + outlines
