import pytest
import torch

from quorate.config import compose_component
from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.interfaces import HistoryLayout
from quorate.learning.initialisation import seeded_initialisation
from quorate.learning.settings import gru, mlp
from quorate.registry import load_registry
from quorate_state_inference.denoisers.recurrent import RecurrentDenoiser
from quorate_state_inference.settings import Encoding, RecurrentSettings

LENGTH = 4


def made(length=LENGTH, encoding=Encoding.GLOBAL, network=None):
    environment = build_environment(compose_component("environment", "sensor-network/2x2-v1", load_registry()), 1)
    layout = HistoryLayout.of(environment.spec, length)
    settings = RecurrentSettings(encoding, network=network or gru(hidden=[], memory=6, head=[8]))
    with seeded_initialisation(0, "denoiser"):
        return RecurrentDenoiser(settings, environment, layout), layout


def histories(layout, rows=5):
    windows = torch.ones(rows, layout.agents, layout.length, layout.step_size)
    windows[..., 1:] = torch.rand(windows[..., 1:].shape).round()
    return layout.identify(windows.flatten(2))


@pytest.mark.parametrize("encoding", list(Encoding))
def test_steps_before_the_episode_are_not_read(encoding):
    (long, layout), (short, young) = made(LENGTH, encoding), made(2, encoding)
    given = histories(young)
    identity, window = given.tensor_split((layout.agents,), -1)
    padded = torch.cat([identity, torch.zeros(*window.shape[:-1], 2 * layout.step_size), window], -1)
    torch.testing.assert_close(long.encode(padded), short.encode(given))
    old = padded.clone()
    old[..., layout.agents : layout.agents + 2 * layout.step_size] = histories(young)[..., layout.agents :]
    assert not torch.isclose(long.encode(old), long.encode(padded)).all()


@pytest.mark.parametrize("encoding", list(Encoding))
def test_the_order_of_what_was_seen_counts(encoding):
    denoiser, layout = made(encoding=encoding)
    given = histories(layout)
    identity, window = given.tensor_split((layout.agents,), -1)
    back = window.unflatten(-1, (LENGTH, -1)).flip(-2).flatten(-2)
    assert not torch.isclose(denoiser.encode(given), denoiser.encode(torch.cat([identity, back], -1))).all()


@pytest.mark.parametrize("encoding", list(Encoding))
def test_where_the_newest_steps_are_hidden_the_old_ones_are_remembered(encoding):
    denoiser, layout = made(encoding=encoding)
    given = histories(layout)
    steps = layout.steps(given).clone()
    steps[..., 2:, :] = 0
    hidden = torch.cat([layout.identity(given), steps.flatten(-2)], -1)
    nothing = torch.cat([layout.identity(given), 0 * steps.flatten(-2)], -1)
    assert not torch.isclose(denoiser.encode(hidden), denoiser.encode(nothing)).all()


def test_a_network_that_remembers_nothing_is_refused():
    with pytest.raises(QuorateError, match="the network mlp remembers nothing") as caught:
        made(network=mlp(hidden=[8]))
    assert caught.value.where == "algorithm.denoiser.network"
    assert caught.value.choices == ("gru",)
