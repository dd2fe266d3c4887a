import pytest

import quorate

CONFIGURATION = {
    "environment": "sensor-network/2x2-v1",
    "algorithm": {"name": "mappo", "environments": 4, "rollout": 2, "input": {"name": "history", "length": 3}},
    "budget": {"train_steps": 2},
    "log": {"every": 1},
}


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A finished run of an algorithm that acts by histories."""
    folder = tmp_path_factory.mktemp("door")
    return quorate.train(CONFIGURATION, f"directory={folder}", "name=tiny").path
