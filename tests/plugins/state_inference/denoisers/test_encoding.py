from dataclasses import replace

import pytest
import torch

from quorate.errors import QuorateError
from quorate.interfaces import HistoryBuffer, HistoryLayout
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_state_inference.denoisers.encoding import GlobalEncoding, LocalEncoding


@pytest.fixture(params=[1, 3])
def world(request: pytest.FixtureRequest) -> tuple[SensorNetwork, HistoryLayout, torch.Tensor, torch.Tensor]:
    environment = SensorNetwork(SensorNetworkSettings(grid=[3, 3], targets=3, miss=[0.3]), 64)
    layout = HistoryLayout.of(environment.spec, request.param)
    buffer = HistoryBuffer(layout, 64, "cpu")
    step = environment.reset(0)
    buffer.push(step.observation)
    step = environment.step(torch.zeros(64, 9, dtype=torch.int64))
    buffer.push(step.observation)
    return environment, layout, buffer.windows, step.state


def test_global_encoding_places_detections_in_the_frame_of_the_state(world) -> None:
    environment, layout, windows, state = world
    encoded = GlobalEncoding(environment.spec, layout)(layout.identify(windows))
    latest = encoded.unflatten(-1, (layout.length, 2, 12))[..., -1, :, :]
    mask, detections = latest[..., 0, :], latest[..., 1, :]
    assert mask[0].sum(-1).tolist() == [2, 3, 2, 3, 4, 3, 2, 3, 2]
    assert bool((detections <= mask).all())
    assert bool((detections <= state[:, None]).all())  # no false alarms: what is detected is there
    assert bool(detections.any())


def test_steps_before_the_episode_are_empty(world) -> None:
    environment, layout, windows, _ = world
    encoded = GlobalEncoding(environment.spec, layout)(layout.identify(windows)).unflatten(-1, (layout.length, 24))
    empty = max(0, layout.length - 2)
    assert bool((encoded[..., :empty, :] == 0).all())
    assert bool((encoded[..., empty:, :12].sum(-1) > 0).all())


@pytest.mark.parametrize("kind", ["global", "local"])
def test_pooling_one_member_is_its_own_encoding_and_none_is_null(world, kind: str) -> None:
    environment, layout, windows, _ = world
    encoding = GlobalEncoding(environment.spec, layout) if kind == "global" else LocalEncoding(layout)
    members = torch.zeros(64, 9)
    assert bool((encoding.pool(windows, members) == 0).all())
    assert bool((encoding(torch.zeros(5, layout.size)) == 0).all())
    members[:, 4] = 1
    torch.testing.assert_close(encoding.pool(windows, members), encoding(layout.identify(windows))[:, 4])


def test_two_reports_on_one_feature_count_as_one(world) -> None:
    environment, layout, windows, _ = world
    slots = environment.spec.observed_features.clone()
    slots[4, 1] = slots[4, 0]
    encoding = GlobalEncoding(replace(environment.spec, observed_features=slots), layout)
    members = torch.zeros(64, 9)
    members[:, 4] = 1
    encoded = encoding(layout.identify(windows))[:, 4]
    torch.testing.assert_close(encoded, encoding.pool(windows, members))
    assert encoded.amax() == 1
    assert not torch.equal(encoded, GlobalEncoding(environment.spec, layout)(layout.identify(windows))[:, 4])


def test_pooled_reports_are_those_of_any_member(world) -> None:
    environment, layout, windows, _ = world
    encoding = GlobalEncoding(environment.spec, layout)
    members = (torch.rand(64, 9, generator=torch.Generator().manual_seed(1)) < 0.5).float()
    each = encoding(layout.identify(windows)) * members[..., None]
    torch.testing.assert_close(encoding.pool(windows, members), each.amax(1))


def test_observations_that_report_on_no_state_feature_need_the_local_encoding(world) -> None:
    environment, layout, _, _ = world
    import dataclasses

    spec = dataclasses.replace(environment.spec, observed_features=None)
    with pytest.raises(QuorateError, match="does not say") as caught:
        GlobalEncoding(spec, layout)
    assert "encoding: local" in str(caught.value)
