"""Our environments, trained on and checked by other libraries that take a ParallelEnv."""

import warnings
from collections.abc import Callable
from typing import Any

import pytest
from worlds import Nested, Walk

from quorate.environments import ParallelBatch, build_environment, to_parallel
from quorate.registry import load_registry


def registered(name: str, **settings: Any) -> Callable[[], Any]:
    def make() -> Any:
        registry = load_registry()
        row = registry.find("environment", name)
        component = registry.component("environment", name, registry.settings_class(row)(**row.defaults | settings))
        return to_parallel(build_environment(component, 1), 0)

    return make


def bridged(make: Callable[[], Any]) -> Callable[[], Any]:
    return lambda: to_parallel(ParallelBatch(make, 1), 0)


def particles() -> Any:
    return pytest.importorskip("mpe2.simple_spread_v3").parallel_env(max_cycles=7)


ALIKE = {
    "continuous": registered("decision-game/learnable-v1"),
    "discrete": registered("mpe/simple-spread-v3", actions="discrete"),
    "masks": registered("sensor-network/2x2-v1"),
    "PettingZoo's": bridged(particles),
    "PettingZoo's, with masks": bridged(Nested),
}
"""Environments whose agents have the same spaces, as SuperSuit wants them."""

DIFFERENT = {
    "discrete, different": registered("mpe/simple-speaker-listener-v4"),
    "masks, different": registered("sensor-network/control-3x3-v1"),
    "PettingZoo's, different": bridged(Walk),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("make", ALIKE.values(), ids=ALIKE)
def test_stable_baselines3_trains_on_it_through_supersuit(make: Callable[[], Any]) -> None:
    supersuit = pytest.importorskip("supersuit")
    PPO = pytest.importorskip("stable_baselines3").PPO
    view = make()
    kind = "MultiInputPolicy" if hasattr(view.observation_space(view.possible_agents[0]), "spaces") else "MlpPolicy"
    vector = supersuit.pettingzoo_env_to_vec_env_v1(view)
    vector = supersuit.concat_vec_envs_v1(vector, 2, base_class="stable_baselines3")
    assert vector.render_mode == view.render_mode
    vector.venv.reset(seed=0)
    model = PPO(kind, vector, n_steps=50, batch_size=100, n_epochs=1, device="cpu")
    model.learn(1000)
    assert model.num_timesteps >= 1000


@pytest.mark.parametrize("make", [*ALIKE.values(), *DIFFERENT.values()], ids=[*ALIKE, *DIFFERENT])
def test_torchrl_finds_its_specs_kept(make: Callable[[], Any]) -> None:
    pytest.importorskip("torchrl")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it knows PettingZoo 1.24.3 only, and says so
        from torchrl.envs.libs.pettingzoo import PettingZooWrapper
        from torchrl.envs.utils import MarlGroupMapType, check_env_specs

        each = MarlGroupMapType.ONE_GROUP_PER_AGENT  # so that agents may differ
        check_env_specs(PettingZooWrapper(make(), return_state=True, group_map=each, use_mask=True))
