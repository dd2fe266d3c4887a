import pytest
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
        origin = 0 if scenario == "spread" else world["landmarks"][row].mean(dim=0)
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


def drawn(environment, state, actions=None):
    axes = Figure().subplots()
    environment.draw(axes, state, actions=actions)
    return axes


def test_the_frame_stays_and_so_does_the_legend(scenario):
    environment = make(scenario, 8)
    n = environment.spec.agent_count
    actions = torch.rand(n, max(space.shape[0] for space in environment.spec.action_spaces))
    pictures = [drawn(environment, state, actions * sign) for state in environment.reset(0).state for sign in (1, -1)]
    looks = {(p.get_xlim(), p.get_ylim(), *(t.get_text() for t in p.get_legend().get_texts())) for p in pictures}
    assert len(looks) == 1


def test_the_adversary_has_a_colour_of_its_own():
    environment = make("adversary", 1)
    colours = [patch.get_facecolor()[:3] for patch in drawn(environment, environment.reset(0).state[0]).patches]
    assert colours[0] != colours[1] == colours[2]


def test_forces_are_arrows_and_who_is_idle_has_none():
    environment = make("spread", 1)
    actions = torch.tensor([[0.0, 1, 0, 0, 0], [0, 0, 0, 0, 1], [torch.nan] * 5])
    (arrows,) = (c for c in drawn(environment, environment.reset(0).state[0], actions).collections if hasattr(c, "U"))
    assert torch.equal(torch.tensor([[*arrows.U], [*arrows.V]]), torch.tensor([[-1.0, 0.0], [0.0, 1.0]]))


@pytest.mark.parametrize(("actions", "said"), [([0, 5 * 7 + 1], [0, 7]), ([-1, 5 * 7 + 1], [None, 7])])
def test_utterances_are_cells(actions, said):
    environment = make("reference", 1, actions="discrete")
    axes = drawn(environment, environment.reset(0).state[0], torch.tensor(actions))
    cells = [torch.as_tensor(image.get_array().filled(torch.nan)) for image in axes.images]
    assert [None if one.isnan().all() else int(one.argmax()) for one in cells] == said


def test_a_goal_is_what_the_others_see():
    for name, agents in (("reference", 2), ("speaker-listener", 1), ("adversary", 3)):
        environment = make(name, 4)
        states, goals = environment.reset(0).state, environment.state_dict()["world"]["goals"]
        found = [environment._scenario.goals(state) for state in states]
        assert found == goals.flip(1).expand(-1, agents).tolist()
