import copy

import pytest

from quorate.environments import ParallelBatch, build_environment
from quorate.errors import QuorateError
from quorate.interfaces import Resumable
from quorate.settings import Component


def test_a_native_environment_is_built_as_it_is() -> None:
    env = build_environment(Component("environment", "counter", None, "native:Counter"), 3, workers=2)
    assert (type(env).__name__, env.batch) == ("Counter", 3)


def test_a_factory_is_batched_and_takes_name_and_tags_from_its_row() -> None:
    tags = {"observability": "full", "reward": "mean", "agents": 2, "state": "binary"}
    component = Component("environment", "acme/walk-v1", (2, 2), "worlds:Walk", tags)
    env = build_environment(component, 2)
    assert isinstance(env, ParallelBatch)
    assert (env.spec.name, env.spec.observation_sizes) == ("acme/walk-v1", (2, 2))
    assert (env.spec.observability, env.spec.reward) == ("full", "mean of the agents' rewards")
    assert env.spec.binary_state


def test_a_factory_runs_in_workers() -> None:
    env = build_environment(Component("environment", "acme/walk-v1", (2, 2), "worlds:Walk"), 2, workers=1)
    assert env.reset(0).observation.shape == (2, 2, 2)
    env.close()


def test_what_can_not_be_played_again_is_not_stored() -> None:
    tags = {"resumable": False}
    env = build_environment(Component("environment", "acme/walk-v1", (2, 2), "worlds:Walk", tags), 2)
    assert not isinstance(env, Resumable)
    with pytest.raises(QuorateError, match="can be neither copied nor pickled"):
        copy.copy(env)
    assert env.reset(0).observation.shape == (2, 2, 2)
    env.close()
    assert isinstance(build_environment(Component("environment", "acme/walk-v1", (2, 2), "worlds:Walk"), 2), Resumable)
