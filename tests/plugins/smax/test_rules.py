"""The battles are jaxmarl's own, step for step."""

import importlib.util
from pathlib import Path

import pytest
import torch

from quorate.interfaces import PolicySpec
from quorate_smax.lean import smax_module
from quorate_smax.settings import SCENARIOS, UNITS, ActionKind, HeuristicSettings

from .conftest import BATCH, make

jax = pytest.importorskip("jax", reason="the extra smax is not installed")
EXAMPLES = Path(__file__).parents[3] / "examples"
heuristic = pytest.importorskip("quorate_smax.heuristic")


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_smax", EXAMPLES / "check_smax.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def fused(monkeypatch):
    """As users compile: in the haste of other tests the last bit depends on what is compiled together with a step."""
    jit = jax.jit

    def less_hasty(function, **options):
        if function.__name__ in ("_begin", "_advance", "_all"):
            options["compiler_options"] = {"xla_cpu_use_fusion_emitters": True}
        return jit(function, **options)

    monkeypatch.setattr("quorate_smax.battles._GAMES", {})
    monkeypatch.setattr(jax, "jit", less_hasty)


@pytest.mark.usefixtures("fused")
@pytest.mark.parametrize(
    ("scenario", "actions"), [("3s_vs_5z", ActionKind.CONTINUOUS), ("smacv2_5_units", ActionKind.DISCRETE)]
)
def test_whole_episodes_equal_jaxmarls(scenario, actions, script):
    apart = script.compare(scenario, actions, batch=BATCH)
    assert apart.episodes >= 50
    assert apart.observation <= script.NEAR
    assert not apart.others


def test_the_scenarios_and_units_are_jaxmarls():
    smax = smax_module()
    found = {
        name: (scenario.num_allies, scenario.num_enemies)
        for name, scenario in smax.smax_env.MAP_NAME_TO_SCENARIO.items()
    }
    assert found == SCENARIOS
    assert tuple(smax.SMAX().unit_type_names) == UNITS


@pytest.mark.parametrize("epsilon", [0.0, 1.0])
def test_allies_who_play_by_the_heuristic_win_some_battles(epsilon):
    ours = make(scenario="3m")
    spec = PolicySpec.of(ours.spec, ours.spec.observation_size)
    policy, generator = (
        heuristic.HeuristicPolicy(HeuristicSettings(epsilon=epsilon), spec),
        torch.Generator().manual_seed(0),
    )
    step, memory, outcomes = ours.reset(3), torch.zeros(BATCH, 3, 3), []
    for _ in range(150):
        features, memory = policy.encode(step.observation, memory, step.ended)
        step = ours.step(policy.sample(features, 1, generator, step.action_mask)[0])
        if step.outcomes is not None:
            outcomes.append(step.outcomes[step.ended])
            won = step.outcomes[:, 0] == 1
            assert (step.outcomes[won, 2] == 3).all()
            assert (step.outcomes[won, 1] < 3).all()
            assert (step.reward[won] >= 1).all()
            assert (step.reward[step.ended & ~won] < 1).all()
    rate = torch.cat(outcomes)[:, 0].mean()
    assert rate == 0 if epsilon else 0.2 < rate < 1
