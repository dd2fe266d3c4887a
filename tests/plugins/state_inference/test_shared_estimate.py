"""Estimates under information structures: both ends of the scale, what is common, whose own is added, and when."""

from pathlib import Path

import pytest
import torch

from quorate.errors import QuorateError, RunError
from quorate.information import information_structure
from quorate.interfaces import Denoiser, HistoryBuffer, HistoryLayout, InputContext
from quorate.registry import load_registry
from quorate.run.loading import saved_runs
from quorate.settings import Component
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_state_inference.inputs import EstimateInput
from quorate_state_inference.schemes.composite import Composite
from quorate_state_inference.schemes.individual import Individual
from quorate_state_inference.schemes.product_of_experts import ProductOfExperts
from quorate_state_inference.settings import (
    CompositeSettings,
    EstimateSettings,
    FlowSettings,
    IndividualSettings,
    ProductOfExpertsSettings,
    SharedEstimateSettings,
)
from quorate_state_inference.shared_estimate import CommonThenOwn, SharedEstimateInput

from .test_inputs import AGENTS, BATCH, MAIN, SLOTS, Silence, follow, network, stand_still, state_part

COMPOSITE = CompositeSettings(steps=9, initial_noise=0.0, initial_mean=1 / 6, checks=False)
NOISE = CompositeSettings(steps=9, checks=False)
EXPERTS = ProductOfExpertsSettings(rounds=1, initial_mean=1 / 6, checks=False)
NAMES = {CompositeSettings: "composite", ProductOfExpertsSettings: "product-of-experts"}
TARGETS = {
    "composite": "composite:Composite",
    "product-of-experts": "product_of_experts:ProductOfExperts",
    "individual": "individual:Individual",
    "regression": "regression:Regression",
}


def context(environment: SensorNetwork | None = None) -> InputContext:
    return InputContext(environment or network(), 0, torch.device("cpu"), Silence(), saved_runs(load_registry()))


def chosen(settings, name: str | None = None) -> Component:
    name = name or NAMES[type(settings)]
    return Component("inference", name, settings, f"quorate_state_inference.schemes.{TARGETS[name]}")


def shared(run: Path, delay, settings=COMPOSITE, name: str | None = None, **more) -> SharedEstimateInput:
    part = chosen(settings, name)
    return SharedEstimateInput(SharedEstimateSettings(run=str(run), inference=part, delay=delay, **more), context())


def estimated(run: Path, settings, name: str | None = None) -> EstimateInput:
    return EstimateInput(EstimateSettings(run=str(run), inference=chosen(settings, name)), context())


def seen(policy_input, steps: int = 25) -> torch.Tensor:
    """All inputs of a batch of episodes, which end after 20 steps."""
    return torch.stack([inputs for inputs, _ in follow(policy_input, steps)])


@pytest.fixture(scope="module")
def late_run(finished) -> Path:
    """A denoiser that has learned a little, also to do without the newest observations."""
    overrides = ["algorithm.history_length=3", "algorithm.denoiser.width=64", "algorithm.hidden_steps=2"]
    return finished("late", "sensor-network/control-3x3-v1", *overrides, steps=700)


@pytest.mark.parametrize("settings", [COMPOSITE, NOISE, EXPERTS], ids=["mean", "noise", "experts"])
@pytest.mark.parametrize("delay", [0, "full"])
def test_without_a_delay_it_is_the_estimate(late_run: Path, settings, delay) -> None:
    assert torch.equal(seen(shared(late_run, delay, settings)), seen(estimated(late_run, settings)))


@pytest.mark.parametrize("mean", [{"initial_noise": 0.0, "initial_mean": 1 / 6}, {}], ids=["mean", "noise"])
@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("delay", ["none", 3, 7])
def test_where_nothing_is_common_it_is_the_individual_scheme(late_run: Path, mean, steps, delay) -> None:
    alone = IndividualSettings(steps=steps, checks=False, **mean)
    together = CompositeSettings(steps=9, checks=False, **mean)
    found = seen(shared(late_run, delay, together, own_steps=steps))
    assert torch.equal(found, seen(estimated(late_run, alone, "individual")))


@pytest.mark.parametrize("delay", [1, 2])
def test_the_scheme_has_what_is_common_and_each_agent_goes_on_with_its_own(late_run: Path, delay: int) -> None:
    """Written out: what is common of the histories ends `delay` steps ago."""
    policy_input = shared(late_run, delay)
    denoiser, layout = policy_input.denoiser, policy_input.layout
    buffer = HistoryBuffer(layout, BATCH, "cpu")
    for time, (inputs, step) in enumerate(follow(policy_input, 6)):
        buffer.push(step.observation)
        old = buffer.windows.unflatten(-1, (3, -1))
        old[..., 3 - delay :, :] = 0
        start = Composite(COMPOSITE).infer(denoiser, layout.identify(old.flatten(2)), torch.Generator()).states
        if time < delay:  # nothing is common yet
            start = torch.full_like(start, 1 / 6)
        assert torch.equal(state_part(inputs), denoiser(buffer.histories, start.expand(-1, AGENTS, -1)))


def test_who_hides_nothing_adds_nothing(late_run: Path) -> None:
    inputs = state_part(seen(shared(late_run, "one-directional(3)"), 6)[-1])
    start = state_part(seen(shared(late_run, "one-directional(3)", own_steps=2), 6)[-1])
    assert torch.equal(inputs[:, 2], start[:, 2])
    others = [agent for agent in range(AGENTS) if agent != 2]
    assert (inputs[:, others] != start[:, others]).any((0, 2)).all()


def test_who_is_never_heard_takes_no_part(late_run: Path) -> None:
    """Of agents whose observations are never common, the others' estimate does not depend on their past."""
    delays = [[0.0 if i == j else (None if j == 4 else 1) for j in range(AGENTS)] for i in range(AGENTS)]
    policy_input = shared(late_run, {"observation_delay": delays})
    histories = torch.rand(BATCH, AGENTS, policy_input.layout.size).round()
    histories[..., :AGENTS] = torch.eye(AGENTS)
    policy_input.layout.steps(histories)[..., 0] = 1
    other = histories.clone()
    other[:, 4, AGENTS:] = 1 - other[:, 4, AGENTS:]
    one, two = (policy_input.estimate(given, torch.Generator()) for given in (histories, other))
    others = [agent for agent in range(AGENTS) if agent != 4]
    assert torch.equal(one[:, others], two[:, others])
    assert not torch.equal(one[:, 4], two[:, 4])


def error(policy_input) -> float:
    """Mean squared error of all agents' estimates."""
    found = follow(policy_input, 19)
    return float(torch.stack([(state_part(x) - step.state[:, None]).square().mean() for x, step in found]).mean())


def test_the_sooner_it_is_told_the_better_is_the_estimate(late_run: Path) -> None:
    errors = [error(shared(late_run, delay)) for delay in (0, 1, 2, "none")]
    assert errors[:3] == sorted(errors[:3])
    assert errors[0] < 0.6 * errors[3]
    assert errors[1] < 0.95 * errors[3]


def test_a_denoiser_that_has_not_learned_to_wait_is_refused_and_would_be_worse(
    denoiser_run: Path, late_run: Path
) -> None:
    with pytest.raises(QuorateError, match=r"2 newest .*`hidden_steps: 0`") as caught:
        shared(denoiser_run, 2)
    assert caught.value.fix == "train it with `algorithm.hidden_steps=2`"
    assert shared(denoiser_run, 0).size == shared(denoiser_run, "none").size
    waiting = shared(late_run, 2)
    learned = error(waiting)
    waiting.load_state_dict(estimated(denoiser_run, COMPOSITE).state_dict())
    assert error(waiting) > 1.05 * learned


def test_where_episodes_end_the_old_one_follows_and_the_new_one_is_seen(late_run: Path) -> None:
    policy_input = shared(late_run, 1)
    environment = network(horizon=3)
    tracker = policy_input.tracker(BATCH, 0)
    tracker.reset(environment.reset(0))
    for _ in range(2):
        tracker.observe(stand_still(environment))
    step = stand_still(environment)
    now, following = tracker.observe(step)
    assert step.ended.all()
    assert torch.equal(now, policy_input.tracker(BATCH, 0).reset(step))
    assert torch.equal(following[..., :SLOTS], step.final_observation)
    assert not torch.allclose(state_part(following), state_part(now), atol=0.1)


@pytest.mark.parametrize("settings", [COMPOSITE, NOISE], ids=["mean", "noise"])
def test_trackers_go_on_from_what_they_stored(late_run: Path, settings) -> None:
    policy_input, environment = shared(late_run, 1, settings), network()
    one, other = policy_input.tracker(BATCH, 1), policy_input.tracker(BATCH, 2)
    one.reset(environment.reset(0))
    one.observe(stand_still(environment))
    stored, step = one.state_dict(), stand_still(environment)
    expected = one.observe(step)[0]
    other.reset(environment.reset(9))
    other.load_state_dict(stored)
    assert torch.equal(other.observe(step)[0], expected)


class Averaging(Denoiser):
    """Of any agent alike: half of the estimate, and the mean of what the history says."""

    state_size, condition_on_sigma, feature_size = 2, False, 1

    def __init__(self, layout: HistoryLayout) -> None:
        super().__init__()
        self.read: list[torch.Tensor] = []
        self.layout = layout

    def encode(self, history: torch.Tensor) -> torch.Tensor:
        self.read.append(history)
        return self.layout.steps(history).mean((-1, -2))[..., None]

    def denoise(self, features, noisy, sigma=None):
        return noisy / 2 + features


LAYOUT = HistoryLayout(3, 2, 3)


def common_then_own(delay, scheme=None) -> CommonThenOwn:
    structure = information_structure(delay, 3)
    scheme = scheme or ProductOfExperts(EXPERTS)
    return CommonThenOwn(scheme, FlowSettings(initial_noise=0.0), LAYOUT, structure, 1, torch.device("cpu"))


def windows(observations) -> torch.Tensor:
    buffer = HistoryBuffer(LAYOUT, len(observations[0]), "cpu")
    for observation in observations:
        buffer.push(observation)
    return buffer.histories


@pytest.mark.parametrize("delay", [0, 1, 2, "none"])
def test_agents_that_are_numbered_on_estimate_the_same(delay) -> None:
    observations = [torch.rand(4, 3, 2) for _ in range(4)]
    turned = [observation.roll(1, dims=1) for observation in observations]
    denoiser, parts = Averaging(LAYOUT), common_then_own(delay)
    one, other = (
        parts(denoiser, windows(each), torch.Generator()).expand(-1, 3, -1) for each in (observations, turned)
    )
    assert torch.allclose(other, one.roll(1, dims=1), atol=1e-6)
    assert delay == 0 or not torch.allclose(other, one, atol=1e-3)


def test_what_a_dead_agent_saw_last_is_told_late_and_then_nothing_but_zeros() -> None:
    """The environment gives zeros for who is gone; the others still hear of what was seen before, in its order."""
    alive = [torch.rand(1, 3, 2) + 0.1 for _ in range(2)]
    dead = [torch.rand(1, 3, 2) + 0.1 for _ in range(2)]
    for observation in dead:
        observation[:, 1] = 0
    denoiser, parts = Averaging(LAYOUT), common_then_own(1)
    parts(denoiser, windows([*alive, dead[0]]), torch.Generator())
    parts(denoiser, windows([*alive, *dead]), torch.Generator())
    told = [LAYOUT.steps(read) for read in denoiser.read if read.dim() == 3 and LAYOUT.valid(read)[0, 0, -1] == 0]
    for steps, last in zip(told, ([*alive], [alive[1], dead[0]]), strict=True):
        assert torch.equal(steps[0, :, :2, 1:], torch.stack([each[0] for each in last], 1))
        assert not steps[0, :, 2].any()


def test_agents_that_decide_alone_and_what_is_no_flow_are_refused(late_run: Path) -> None:
    with pytest.raises(QuorateError, match="do not infer together") as caught:
        shared(late_run, 1, IndividualSettings(checks=False), "individual")
    assert "composite" in caught.value.choices
    with pytest.raises(QuorateError, match="no information structure 'ful'") as caught:
        shared(late_run, "ful")
    assert caught.value.where == "algorithm.input.delay"
    settings = SharedEstimateSettings(run=str(late_run), inference=chosen(COMPOSITE))
    larger = context(SensorNetwork(SensorNetworkSettings(**{**MAIN, "grid": [4, 4]})))
    with pytest.raises(RunError, match="does not fit"):
        SharedEstimateInput(settings, larger)


def test_the_description_says_what_is_common(late_run: Path) -> None:
    assert shared(late_run, 2).description.endswith("as common under delayed(2), and then of one's own")


def test_the_individual_scheme_of_other_steps_is_another(late_run: Path) -> None:
    """A control of the equality above."""
    alone = IndividualSettings(steps=2, initial_noise=0.0, initial_mean=1 / 6, checks=False)
    assert isinstance(estimated(late_run, alone, "individual").scheme, Individual)
    assert not torch.equal(seen(shared(late_run, "none"), 2), seen(estimated(late_run, alone, "individual"), 2))
