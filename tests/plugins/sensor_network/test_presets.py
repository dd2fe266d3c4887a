import pytest

from quorate.errors import QuorateError
from quorate.interfaces import HistoryLayout
from quorate.registry import load_registry
from quorate.settings import load_target

ROWS = [row for row in load_registry([], plugins=False).rows("environment") if row.name.startswith("sensor-network/")]


def test_the_catalogue_has_presets():
    assert {"sensor-network/2x2-v1", "sensor-network/5x5-v1"} <= {row.name for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_presets_are_what_their_tags_say(row):
    settings = load_target(row.settings)(**row.defaults)
    environment = load_target(row.target)(settings, batch=2, device="cpu")
    spec, tags = environment.spec, row.tags
    assert spec.observability == tags["observability"]
    assert spec.agent_count == tags["agents"]
    assert spec.binary_state == (tags["state"] == "binary")
    assert environment.reset(0).action_mask is not None
    layout = HistoryLayout.of(spec, 1)
    if tags["posterior"]:
        assert environment.posterior(layout).states.shape[1] == spec.state_size
    else:
        with pytest.raises(QuorateError, match="actions"):
            environment.posterior(layout)
