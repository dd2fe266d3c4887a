"""Files of policies that remember: the memory goes in and comes out."""

import io

import pytest
import torch
from torch.nn import functional

from quorate.config import compose_component
from quorate.door.exporting import NEEDED, onnx_bytes
from quorate.environments import build_environment
from quorate.interfaces import Deployment, InputContext, PolicySpec
from quorate.learning.acting import TrackedActor, play_by
from quorate.learning.agent_views import agent_views
from quorate.learning.deployment.agent import agent_files
from quorate.learning.deployment.card import make_card, make_page
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.scaling import ActionScaling
from quorate.registry import load_registry
from quorate.testing.support import Silence

REGISTRY = load_registry()
GRU = {"name": "gru", "hidden": [8], "memory": 6, "head": [8]}
CHOICES, FORCES = {"actions": "discrete"}, {"parametrisation": "force"}
ROWS = 3


def deployed(name, actions, input, shared):
    world = compose_component("environment", "mpe/simple-speaker-listener-v4", REGISTRY, {**actions, "horizon": 4})
    environment, cpu = build_environment(world, ROWS, torch.device("cpu")), torch.device("cpu")
    seen = compose_component("input", input, REGISTRY).build(InputContext(environment, 0, cpu, Silence()))
    spec = PolicySpec.of(environment.spec, seen.size, shared=shared)
    part = compose_component("policy", name, REGISTRY, {"network": GRU})

    def build(spec):
        with seeded_initialisation(0, "policy"):
            return part.build(spec)

    scaling = ActionScaling.of(environment.spec, cpu)
    scale = None if scaling is None else scaling.to_environment
    return (
        environment,
        Deployment(build(spec), spec, seen, build, scale),
        scaling,
    )


def saved(file):
    buffer = io.BytesIO()
    torch.jit.save(file.script, buffer)
    buffer.seek(0)
    return torch.jit.load(buffer)


@pytest.mark.parametrize(
    ("name", "actions", "input", "shared"),
    [
        ("categorical", CHOICES, "history", False),
        ("categorical", CHOICES, "observation", True),
        ("gaussian", FORCES, "observation", False),
    ],
)
@torch.no_grad()
def test_files_remember_as_the_policy_does(name, actions, input, shared):
    environment, deployment, scaling = deployed(name, actions, input, shared)
    files = [saved(file) for file in agent_files(deployment, environment.spec, greedy=True)]
    actor = TrackedActor(deployment.input.tracker(ROWS, 0), *play_by(deployment.policy, True).scaled(scaling))
    step, memories, history = environment.reset(0), [()] * len(files), []
    actor.reset(step)
    for _ in range(6):
        acted, history = actor.act(torch.Generator()), [*history, step.observation]
        for agent, file in enumerate(files):
            own = torch.stack(history, 1)[..., agent, : environment.spec.observation_sizes[agent]]
            action, memory = file(own if input == "history" else own[:, -1], None, None, *memories[agent])
            memories[agent] = (memory,)
            expected = acted[:, agent] if action.dim() == 1 else acted[:, agent, : action.shape[1]]
            assert torch.allclose(action.double(), expected.double(), atol=1e-5)
        step = environment.step(acted)
        actor.observe(step)
        if step.ended.all():
            memories, history = [()] * len(files), []


@torch.no_grad()
def test_what_is_sampled_by_memory():
    environment, deployment, _ = deployed("ddpm", FORCES, "observation", False)
    policy = agent_views(deployment.policy, deployment.build, deployment.spec)[1]
    file = agent_files(deployment, environment.spec, greedy=False)[1]
    noise, memory = torch.randn(ROWS, sum(draw.size for draw in file.draws)), torch.rand(ROWS, 6)
    observation = torch.rand(ROWS, file.example[0].shape[-1])
    action, after = saved(file)(observation, None, noise, memory)
    identity = deployment.input.assembly.identity[1].expand(ROWS, -1)
    seen = torch.cat([functional.pad(observation, (0, 11 - observation.shape[-1])), identity], -1)
    expected = policy.encode(seen[:, None], memory[:, None], torch.zeros(ROWS, dtype=torch.bool))[1]
    torch.testing.assert_close(after, expected[:, 0])
    assert not torch.allclose(action, saved(file)(observation, None, noise, 0 * memory)[0])


def test_the_page_says_what_to_remember():
    environment, deployment, _ = deployed("categorical", CHOICES, "observation", False)
    files = agent_files(deployment, environment.spec, greedy=True)
    facts = dict.fromkeys(("quorate", "run", "step", "environment", "algorithm", "actions", "as_evaluated"), "")
    for format in ("torchscript", "onnx"):
        card = make_card(deployment, environment.spec, [("a", file) for file in files], {**facts, "format": format})
        assert [agent["memory"] for agent in card["agents"]] == [6, 6]
        assert "what the policy remembers of the episode: zeros" in " ".join(make_page(card).split())
        assert "memory" in make_page(card).split("```")[1]


def test_onnx_files_remember_too():
    for name in (*NEEDED, "onnxruntime"):
        pytest.importorskip(name)
    import onnxruntime

    environment, deployment, _ = deployed("categorical", CHOICES, "observation", False)
    file = agent_files(deployment, environment.spec, greedy=True)[0]
    session, memory = onnxruntime.InferenceSession(onnx_bytes(file)), torch.rand(2, 6)
    given = dict(zip(("observation", "action_mask", "noise", "memory"), (*file.example[:3], memory), strict=True))
    names = {each.name for each in session.get_inputs()}
    action, after = session.run(None, {name: value.numpy() for name, value in given.items() if name in names})
    expected = saved(file)(*given.values())
    assert action.tolist() == expected[0].tolist()
    torch.testing.assert_close(torch.from_numpy(after), expected[1])
