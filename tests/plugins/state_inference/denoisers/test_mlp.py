import pytest
import torch
from torch.nn import functional

from quorate.errors import QuorateError
from quorate.interfaces import HistoryLayout, Linearisable, LogitDenoiser, PoolingDenoiser
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_state_inference.denoisers.mlp import MLPDenoiser
from quorate_state_inference.settings import Activation, Encoding, MLPSettings, Output


def network(**settings: object) -> tuple[MLPDenoiser, torch.Tensor, torch.Tensor]:
    """A denoiser with weights large enough that nothing is nearly linear, histories [32, 4, h] and noise [32, 4, s]."""
    torch.manual_seed(0)
    environment = SensorNetwork(SensorNetworkSettings(), 32)
    layout = HistoryLayout.of(environment.spec, 1)
    denoiser = MLPDenoiser(MLPSettings(**{"width": 24, **settings}), environment, layout)
    for parameter in denoiser.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    observation = environment.reset(0).observation
    windows = torch.cat([torch.ones(32, 4, 1), observation], dim=-1)
    return denoiser, layout.identify(windows), torch.randn(32, 4, 4)


@pytest.mark.parametrize("activation", list(Activation))
def test_the_split_first_layer_is_one_layer_over_both_inputs(activation: Activation) -> None:
    denoiser, histories, noisy = network(depth=3, activation=activation)
    function = {Activation.SILU: functional.silu, Activation.HARDSWISH: functional.hardswish}[activation]
    hidden = function(denoiser.first(torch.cat([denoiser.encoding(histories), noisy], dim=-1)))
    for layer in denoiser.hidden:
        hidden = function(layer(hidden))
    expected = torch.sigmoid(denoiser.last(hidden) + denoiser.gain * noisy)
    torch.testing.assert_close(denoiser(histories, noisy), expected)


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize("depth", [1, 3])
@pytest.mark.parametrize("activation", list(Activation))
@torch.no_grad()
def test_the_linearisation_is_the_jacobian(output: Output, depth: int, activation: Activation) -> None:
    denoiser, histories, noisy = network(output=output, depth=depth, activation=activation)
    features, flat = denoiser.encode(histories).flatten(0, 1), noisy.flatten(0, 1)
    direction = torch.randn_like(flat)
    expected, tangent = torch.func.jvp(lambda point: denoiser.denoise(features, point), (flat,), (direction,))
    value, apply = denoiser.linearise(features, flat)
    torch.testing.assert_close(value, expected)
    torch.testing.assert_close(apply(direction), tangent)


@pytest.mark.parametrize("output", list(Output))
@pytest.mark.parametrize(("depth", "conditioned"), [(1, False), (3, True)])
@pytest.mark.parametrize("activation", list(Activation))
def test_its_own_gradient_is_autograds_bit_for_bit(
    output: Output, depth: int, conditioned: bool, activation: Activation
) -> None:
    denoiser, histories, noisy = network(
        output=output, depth=depth, condition_on_sigma=conditioned, activation=activation
    )
    prepared, noisy = denoiser.prepare(histories.flatten(0, 1)), noisy.flatten(0, 1)
    states, sigma = torch.rand(noisy.shape).round(), torch.rand(len(noisy)) + 0.1
    for _ in range(2):  # the second time, in place of the first gradient
        estimate = denoiser.denoise(denoiser.project(prepared), noisy, sigma)
        loss = functional.mse_loss(estimate, states, reduction="sum") / len(states)
        expected = torch.autograd.grad(loss, list(denoiser.parameters()))
        assert torch.equal(denoiser.backward(prepared, states, noisy, sigma), loss.detach())
        for parameter, gradient in zip(denoiser.parameters(), expected, strict=True):
            assert torch.equal(parameter.grad, gradient)


def test_bounded_estimates_stay_between_0_and_1_and_plain_ones_need_not() -> None:
    bounded, histories, noisy = network()
    estimate = bounded(histories, 10 * noisy)
    assert bool(((estimate >= 0) & (estimate <= 1)).all())
    plain, histories, noisy = network(output=Output.PLAIN)
    assert bool((plain(histories, 10 * noisy).abs() > 1).any())


def test_a_plain_output_has_no_logits() -> None:
    denoiser, histories, noisy = network(output=Output.PLAIN)
    with pytest.raises(QuorateError, match="log odds"):
        denoiser.logits(denoiser.encode(histories[:, 0]), noisy[:, 0])


def test_a_conditioned_denoiser_reads_sigma_and_a_blind_one_does_not() -> None:
    sigma = torch.full((32, 4), 0.5)
    conditioned, histories, noisy = network(condition_on_sigma=True)
    assert not torch.equal(conditioned(histories, noisy, sigma), conditioned(histories, noisy, 2 * sigma))
    with pytest.raises(ValueError, match="sigma"):
        conditioned(histories, noisy)
    blind, histories, noisy = network()
    assert torch.equal(blind(histories, noisy, sigma), blind(histories, noisy))


def test_what_it_offers_beyond_the_interface() -> None:
    denoiser, _, _ = network(encoding=Encoding.LOCAL)
    assert isinstance(denoiser, PoolingDenoiser)
    assert isinstance(denoiser, Linearisable)
    assert isinstance(denoiser, LogitDenoiser)
