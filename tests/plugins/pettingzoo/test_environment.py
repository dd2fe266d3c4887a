"""The environment `pettingzoo`, from YAML to tensors, with mpe2 as a simulator of others."""

import pytest
import torch

from quorate.config import compose
from quorate.environments import build_environment
from quorate.environments.picture import Camera
from quorate.errors import QuorateError
from quorate.registry import load_registry

FILE = """\
environment:
  name: pettingzoo
  id: mpe2.simple_spread_v3
  settings: {N: 2, max_cycles: 6}
algorithm: state-inference
budget: {train_steps: 1}
"""


@pytest.fixture
def composed(tmp_path):
    (tmp_path / "run.yaml").write_text(FILE)

    def composed(*overrides, allow=()):
        return compose(tmp_path / "run.yaml", overrides, load_registry(allow=allow))

    return composed


@pytest.fixture
def built(composed):
    made = []

    def built(*overrides, batch=3, workers=0):
        made.append(build_environment(composed(*overrides).settings.environment, batch, workers=workers))
        return made[-1]

    yield built
    for environment in made:
        environment.close()


def test_defaults_declare_nothing(built):
    spec = built().spec
    assert spec.agents == ("agent_0", "agent_1")
    assert (spec.observability, spec.horizon) == ("partial", None)
    assert spec.reward == "sum of the agents' rewards"
    assert spec.simulator.startswith("mpe2 1.")
    assert spec.name == "pettingzoo mpe2.simple_spread_v3"


def test_declarations(built):
    words = ["observability=collective", "reward=mean", "horizon=4", "simulator=mine 2"]
    spec = built(*(f"environment.{word}" for word in words)).spec
    assert (spec.observability, spec.horizon, spec.simulator) == ("collective", 4, "mine 2")
    assert spec.reward == "mean of the agents' rewards"


def test_the_arguments_reach_the_environment(built):
    from mpe2 import simple_spread_v3

    environment, original = built(), simple_spread_v3.parallel_env(N=2, max_cycles=6)
    from quorate.environments import row_seed

    step = environment.reset(7)
    observations, _ = original.reset(seed=row_seed(7, 2))
    for index, observation in enumerate(observations.values()):
        assert torch.equal(step.observation[2, index], torch.from_numpy(observation))
    ends = [environment.step(torch.zeros(3, 2, dtype=torch.int64)).truncated.all().item() for _ in range(6)]
    assert ends == [False] * 5 + [True]
    continuous = built("environment.settings.continuous_actions=true").spec
    assert continuous.action_spaces[0].shape == (5,)


def test_the_state(built):
    own, joined = built(), built("environment.state=observations")
    assert own.spec.state_source == "state of the simulator"
    assert joined.spec.state_source == "observations of all agents"
    step = joined.reset(0)
    assert torch.equal(step.state, step.observation.flatten(1))


def test_workers_give_the_same(built):
    here, there = built(), built(workers=2)
    assert torch.equal(here.reset(3).observation, there.reset(3).observation)


def test_a_module_and_a_function(built):
    assert built("environment.id=mpe2.simple_spread_v3:parallel_env").spec.agent_count == 2


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("settings={n: 3}", r"unexpected keyword argument 'n'.*environment\.settings\.n\b.*choices: N,"),
        ("settings={N: many}", r"raised|does not take these settings"),
        (
            "id=mpe2.simple_spread_v9",
            r"No module named 'mpe2\.simple_spread_v9'.*environment\.id.*choices: mpe2\.simple_",
        ),
        ("id=mpe2.simple_spread_v3.parallel_env", r"it is a function.*choices: mpe2\.simple_spread_v3:parallel_env"),
        ("id=mpe2.simple_spread_v3:parallel", "does not exist.*choices: parallel_env"),
        ("id=mpe2.simple_spread_v3:env", "turn-based AECEnv"),
    ],
)
def test_mistakes_name_the_setting(built, setting, words):
    with pytest.raises(QuorateError, match=f"(?s){words}") as caught:
        built(f"environment.{setting}", batch=1)
    assert "mpe2.simple_spread" in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("id=mpe2evil.simple", "in no package that may be imported"),
        ("id='os:system'", "in no package that may be imported"),
        ("id=mpe2.__loader__", "no name of a module"),
        ("id=':make'", "not of the form"),
        ("id='mpe2.simple_spread_v3:'", "not of the form"),
        ("settings={a-b: 2}", "can not be the name of an argument"),
        ("settings=[N]", "Expected a mapping"),
        ("horizon=0", "at least 1"),
        ("reward=max", "sum, mean, shared"),
        ("observability=some", "full, collective, partial"),
    ],
)
def test_mistakes_that_are_found_before_anything_is_imported(composed, setting, words):
    with pytest.raises(QuorateError, match=f"(?s){words}") as caught:
        composed(f"environment.{setting}")
    assert "command line" in str(caught.value)


def test_another_package_can_be_allowed(composed):
    run = composed("environment.id=acme_sim.world", allow=["acme_sim"])
    assert run.settings.environment.allow[-1] == "acme_sim"
    with pytest.raises(QuorateError, match="acme_sim"):
        composed("environment.id=acme_sim.world", allow=["acme"])


def test_outcomes_are_named_in_the_settings(built):
    environment = built("environment.outcomes=[won]")
    assert environment.spec.outcomes == ("won",)
    environment.reset(0)
    actions = torch.zeros(3, 2, dtype=torch.int64)
    with pytest.raises(QuorateError, match=r"ended without an outcome 'won' in any agent's infos") as caught:
        [environment.step(actions) for _ in range(6)]
    assert "row 0, step 6" in str(caught.value.where)


def test_its_own_pictures_are_asked_for(composed):
    pytest.importorskip("pygame")
    component = composed().settings.environment
    for render, shape in ((False, None), (True, (700, 700, 3))):
        environment = build_environment(component, 1, render=render)
        step = environment.reset(0)
        frame = Camera(environment)(step.state[0])
        assert (None if frame is None else frame.shape) == shape
        environment.close()
