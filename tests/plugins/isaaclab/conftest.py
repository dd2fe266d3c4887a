import json
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

FAKE = Path(__file__).parent / "fake"
_MODULES = ("isaaclab", "isaaclab_tasks", "newton", "warp")


@pytest.fixture
def assets(tmp_path):
    """A folder of substitutes, as far as the adapter looks into it."""
    folder = tmp_path / "assets"
    (folder / "Isaac").mkdir(parents=True)
    (folder / "quorate-assets.json").write_text(json.dumps({"schema": 1, "substitutes": {"the hand": "another"}}))
    return folder


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Isaac Lab's modules, as far as they are needed; gone again afterwards."""
    monkeypatch.syspath_prepend(str(FAKE))
    monkeypatch.setenv("WARP_CACHE_PATH", str(tmp_path / "warp"))
    monkeypatch.setenv("ISAACSIM_ASSET_ROOT", "")
    yield FAKE
    import gymnasium

    for name in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
        del sys.modules[name]
    for name in [name for name in gymnasium.registry if name.startswith(("Isaac-", "Fake-"))]:
        del gymnasium.registry[name]


@pytest.fixture
def make(fake, assets):
    """Makes an environment in this process, and closes it."""
    from quorate_isaaclab.environment import IsaacLab
    from quorate_isaaclab.settings import IsaacLabSettings

    made = []

    def build(task="Isaac-Pendulum-MARL-Direct", batch=3, **settings):
        given = {"task": task, "asset_root": assets, "assets": "substitute", "reward": "shared", **settings}
        made.append(IsaacLab(_typed(IsaacLabSettings, given), batch))
        return made[-1]

    yield build
    for env in made:
        env.close()


def _typed(cls, given):
    from quorate_isaaclab import settings as kinds

    enums = {"assets": kinds.Assets, "reward": kinds.RewardRule, "solver": kinds.Solver}
    return cls(**{key: enums[key](value) if key in enums else value for key, value in given.items()})
