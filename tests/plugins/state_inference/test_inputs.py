"""Estimates as policy inputs: their content, their start, what is stored, and what is refused."""

from pathlib import Path

import pytest
import torch

from quorate.errors import QuorateError, RunError
from quorate.interfaces import HistoryBuffer, HistoryLayout, InputContext, Step
from quorate.interfaces.algorithm import Report
from quorate.learning.acting import TrackedActor
from quorate.learning.action_features import ActionFeatures
from quorate.learning.inputs import Assembly
from quorate.registry import load_registry
from quorate.run.loading import saved_runs
from quorate.settings import Component
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_state_inference.inputs import EstimateInput, EstimateTracker, ExactPosteriorInput
from quorate_state_inference.schemes.composite import Composite
from quorate_state_inference.settings import (
    CompositeSettings,
    EstimateSettings,
    ExactPosteriorSettings,
    IndividualSettings,
    ProductOfExpertsSettings,
)

BATCH, AGENTS, AREAS, SLOTS = 40, 9, 12, 4
MAIN = {"grid": [3, 3], "targets": 2, "miss": [0.5], "move": 0.3, "horizon": 20}
COMPOSITE = CompositeSettings(steps=9, initial_noise=0.0, initial_mean=1 / 6)


class Silence(Report):
    def __call__(self, what: str, done: int, total: int) -> None:
        pass


def network(**changes) -> SensorNetwork:
    return SensorNetwork(SensorNetworkSettings(**{**MAIN, **changes}), batch=BATCH)


def context(environment: SensorNetwork | None = None) -> InputContext:
    return InputContext(environment or network(), 0, torch.device("cpu"), Silence(), saved_runs(load_registry()))


def scheme(settings, name: str = "composite", target: str = "composite:Composite") -> Component:
    return Component("inference", name, settings, f"quorate_state_inference.schemes.{target}")


def estimates(run: Path, settings=COMPOSITE, *, shuffle: bool = False, **names: str) -> EstimateInput:
    return EstimateInput(
        EstimateSettings(run=str(run), inference=scheme(settings, **names), shuffle=shuffle), context()
    )


def stand_still(environment: SensorNetwork) -> Step:
    return environment.step(torch.zeros(BATCH, AGENTS, dtype=torch.int64))


def state_part(inputs: torch.Tensor) -> torch.Tensor:
    """[B, n, s] of inputs [B, n, o + n + s + o]."""
    return inputs[..., SLOTS + AGENTS : SLOTS + AGENTS + AREAS]


def follow(policy_input, steps: int, seed: int = 0):
    """Inputs and steps of one batch of episodes in which nobody scans."""
    environment = network()
    tracker, step = policy_input.tracker(BATCH, 1), environment.reset(seed)
    found = [(tracker.reset(step), step)]
    for _ in range(steps):
        step = stand_still(environment)
        found.append((tracker.observe(step)[0], step))
    return found


def test_the_estimate_is_what_the_scheme_infers_from_the_histories(denoiser_run: Path) -> None:
    policy_input = estimates(denoiser_run)
    layout = HistoryLayout.of(network().spec, 3)
    assert policy_input.layout == layout
    buffer = HistoryBuffer(layout, BATCH, "cpu")
    own = network().spec.observed_features
    plain = Composite(CompositeSettings(**{**vars(COMPOSITE), "checks": False}))
    for inputs, step in follow(policy_input, 5):
        assert inputs.shape == (BATCH, AGENTS, policy_input.size)
        buffer.push(step.observation)
        states = plain.infer(policy_input.denoiser, buffer.histories, torch.Generator()).states
        assert torch.equal(state_part(inputs), states.expand(-1, AGENTS, -1))
        assert torch.equal(inputs[..., :SLOTS], step.observation)
        copied = states[:, 0][:, own.clamp(min=0)] * (own >= 0)
        assert torch.equal(inputs[..., -SLOTS:], copied)
        assert not inputs.requires_grad


def error(policy_input, steps: int = 30) -> float:
    """Mean squared error of the estimates (episodes end on the way)."""
    found = follow(policy_input, steps)
    return float(torch.stack([(state_part(x)[:, 0] - step.state).square().mean() for x, step in found]).mean())


def test_estimates_carry_information_and_shuffled_ones_none(denoiser_run: Path) -> None:
    """Nothing known: 1/6 * 5/6; the exact filter is the floor."""
    prior = 5 / 36
    floor = error(ExactPosteriorInput(ExactPosteriorSettings(), context()))
    known = error(estimates(denoiser_run))
    assert floor < known < 0.6 * prior
    assert error(estimates(denoiser_run, shuffle=True)) > prior
    assert error(ExactPosteriorInput(ExactPosteriorSettings(shuffle=True), context())) > prior


def test_a_start_from_the_mean_beats_one_from_noise(denoiser_run: Path) -> None:
    assert error(estimates(denoiser_run)) < 0.9 * error(estimates(denoiser_run, CompositeSettings(steps=9)))


def test_agents_that_infer_alone_differ(denoiser_run: Path) -> None:
    settings = IndividualSettings(steps=3, initial_noise=0.0, initial_mean=1 / 6)
    alone = estimates(denoiser_run, settings, name="individual", target="individual:Individual")
    inputs = follow(alone, 2)[-1][0]
    assert not torch.allclose(state_part(inputs)[:, 0], state_part(inputs)[:, 4], atol=1e-3)
    pooled = ProductOfExpertsSettings(rounds=1, initial_mean=1 / 6)
    experts = estimates(denoiser_run, pooled, name="product-of-experts", target="product_of_experts:ProductOfExperts")
    assert error(experts) < error(alone)


def test_where_episodes_end_the_old_one_follows_and_the_new_one_is_seen(denoiser_run: Path) -> None:
    for policy_input in (
        estimates(denoiser_run),
        ExactPosteriorInput(ExactPosteriorSettings(), context()),
        ExactPosteriorInput(ExactPosteriorSettings(history_length=2), context()),
    ):
        environment = network(horizon=3)
        tracker = policy_input.tracker(BATCH, 0)
        tracker.reset(environment.reset(0))
        for _ in range(2):
            tracker.observe(stand_still(environment))
        step = stand_still(environment)
        now, following = tracker.observe(step)
        assert step.ended.all()
        assert torch.allclose(now, policy_input.tracker(BATCH, 0).reset(step))
        assert torch.equal(following[..., :SLOTS], step.final_observation)
        assert not torch.allclose(state_part(following), state_part(now), atol=0.1)


def test_the_filter_knows_what_whole_histories_know() -> None:
    whole = ExactPosteriorInput(ExactPosteriorSettings(history_length=20), context())
    for (filtered, _), (direct, _) in zip(
        follow(ExactPosteriorInput(ExactPosteriorSettings(), context()), 25), follow(whole, 25), strict=True
    ):
        assert torch.allclose(filtered, direct, atol=1e-4)


@pytest.mark.parametrize("length", [None, 2])
def test_actors_tell_their_estimates_also_where_an_episode_ends(length: int | None) -> None:
    environment = network(horizon=2)
    tracker = ExactPosteriorInput(ExactPosteriorSettings(history_length=length), context(environment)).tracker(BATCH, 0)
    seen = []
    actor = TrackedActor(tracker, lambda now, _: seen.append(now.inputs) or torch.zeros(BATCH, AGENTS))
    actor.reset(environment.reset(0))
    for _ in range(2):
        actor.act(torch.Generator())
        assert torch.equal(actor.estimate(), state_part(seen[-1]))
        actor.observe(stand_still(environment))
    assert actor.estimate().shape == (BATCH, AGENTS, AREAS)
    assert not torch.allclose(actor.estimate(final=True), actor.estimate())
    assert torch.allclose(actor.estimate(final=True).sum(-1), torch.tensor(2.0))


def test_shorter_histories_know_less() -> None:
    one = error(ExactPosteriorInput(ExactPosteriorSettings(history_length=1), context()))
    assert error(ExactPosteriorInput(ExactPosteriorSettings(), context())) < 0.8 * one


@pytest.mark.parametrize("settings", [CompositeSettings(steps=9), COMPOSITE], ids=["noise", "mean"])
@pytest.mark.parametrize("shuffle", [False, True])
def test_trackers_go_on_from_what_they_stored(denoiser_run: Path, settings, shuffle: bool) -> None:
    policy_input = estimates(denoiser_run, settings, shuffle=shuffle)
    _goes_on(policy_input)


@pytest.mark.parametrize("settings", [ExactPosteriorSettings(shuffle=True), ExactPosteriorSettings(history_length=2)])
def test_exact_trackers_go_on_too(settings) -> None:
    _goes_on(ExactPosteriorInput(settings, context()))


def _goes_on(policy_input) -> None:
    environment = network()
    one, other = policy_input.tracker(BATCH, 1), policy_input.tracker(BATCH, 2)
    one.reset(environment.reset(0))
    one.observe(stand_still(environment))
    stored, step = one.state_dict(), stand_still(environment)
    expected = one.observe(step)[0]
    other.reset(environment.reset(9))
    other.load_state_dict(stored)
    assert torch.equal(other.observe(step)[0], expected)


def test_a_checkpoint_brings_its_own_denoiser(denoiser_run: Path, finished) -> None:
    small = ["algorithm.history_length=3", "algorithm.denoiser.width=64", "seed=5"]
    other = estimates(finished("other", "sensor-network/control-3x3-v1", *small))
    first = estimates(denoiser_run)
    assert error(other) > error(first)
    other.load_state_dict(first.state_dict())
    assert error(other) == error(first)


def test_denoisers_are_for_any_environment_of_the_same_sizes(denoiser_run: Path) -> None:
    settings = EstimateSettings(run=str(denoiser_run), inference=scheme(COMPOSITE))
    assert EstimateInput(settings, context(network(respawn=True))).size == SLOTS + AGENTS + AREAS + SLOTS
    with pytest.raises(RunError, match="does not fit"):
        EstimateInput(settings, context(network(grid=[4, 4])))


def test_the_newest_run_of_a_folder_is_taken_and_none_is_refused(denoiser_run: Path, tmp_path: Path) -> None:
    assert estimates(denoiser_run.parent).size == estimates(denoiser_run).size
    with pytest.raises(RunError, match="no such folder"):
        estimates(tmp_path / "nothing")


def test_a_scheme_that_does_not_fit_is_named(denoiser_run: Path) -> None:
    with pytest.raises(QuorateError, match="5 steps") as caught:
        estimates(denoiser_run, CompositeSettings(steps=5))
    assert "composite" in str(caught.value.where)


def test_without_a_posterior_or_with_one_that_heeds_actions_it_is_refused() -> None:
    with pytest.raises(QuorateError, match="actions"):
        ExactPosteriorInput(ExactPosteriorSettings(), context(network(respawn=True)))


def test_estimates_are_of_histories_with_actions_where_the_denoiser_reads_those() -> None:
    environment, read = network(), []
    layout, features = HistoryLayout.of(environment.spec, 2, actions=True), ActionFeatures(environment.spec, "cpu")
    assembly = Assembly(environment.spec, SLOTS, torch.device("cpu"), identity=True, state=True)

    def infer(histories: torch.Tensor, randomness: object) -> torch.Tensor:
        read.append(histories)
        return torch.zeros(BATCH, 1, AREAS)

    tracker = EstimateTracker(assembly, infer, layout, BATCH, None, features)
    tracker.reset(environment.reset(0))
    actions = torch.ones(BATCH, AGENTS, dtype=torch.int64)
    tracker.told(actions)
    tracker.observe(environment.step(actions))
    assert not layout.actions(read[0]).any()
    assert torch.equal(layout.actions(read[1])[..., 1, :], features(actions))
