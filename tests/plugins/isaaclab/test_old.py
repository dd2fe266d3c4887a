"""Version 2.3.2, as its source was read: Isaac Sim is started first, and nobody gives last observations."""

from types import SimpleNamespace

import pytest
import torch
from isaac_support import problem

from quorate_isaaclab import versions
from quorate_isaaclab.ends import Ends


@pytest.fixture
def old(monkeypatch, make):
    def version(name):
        return {"isaaclab": "2.3.2.post1"}.get(name) or missing(name)

    def missing(name):
        raise versions.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(versions.metadata, "version", version)
    return make


def test_isaac_sim_is_started_before_the_tasks_are_imported(old):
    env = old()
    from isaaclab.app import started

    assert started.pop() == {"headless": True, "device": "cpu"}
    assert env.spec.simulator == "isaaclab 2.3.2.post1; PhysX; substitute assets: the hand is another"
    env.close()
    assert "no overrides" in problem(lambda: old(overrides=["env.bound=3"])).problem


def test_last_observations_are_asked_for_where_nobody_gives_them():
    worlds = SimpleNamespace(reset_buf=torch.tensor([True, False]), extras={"a": {}}, actions=None, seen=[])
    worlds._get_observations = lambda: {"a": torch.ones(2, 3)}
    worlds._reset_idx = worlds.seen.append
    ends = Ends(worlds, ["a"], own_state=False)
    worlds._reset_idx(torch.tensor([0]))
    observations, state = ends.last()
    assert observations["a"].equal(torch.ones(2, 3))
    assert state is None
    assert len(worlds.seen) == 1
