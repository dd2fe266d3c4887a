import dataclasses
from collections.abc import Callable

import pytest
import torch

from quorate_state_inference.algorithm import StateInference
from quorate_state_inference.paper_figures import Subject, fixed_points, posterior_frequencies

from .conftest import TINY


def test_the_exact_denoiser_has_the_consistent_states_as_fixed_points(exact: Subject) -> None:
    report = fixed_points(exact)
    assert (report.missing, report.spurious, report.unsettled) == (0, 0.0, 0.0)
    assert report.max_deviation is not None
    assert report.max_deviation < 0.01
    assert report.max_eigenvalue is not None
    assert report.max_eigenvalue < 0.1
    assert int(report.represented.sum()) == 16  # 4 agents: two sure histories and one with two states


def test_theorem_3_the_only_shared_fixed_point_is_the_true_state(exact: Subject) -> None:
    report = fixed_points(exact)
    assert len(report.sharing.joint) == 4
    assert (report.shared_is_truth, report.shared_is_consistent) == (1.0, 1.0)


def test_theorem_4_where_nobody_sees_the_target_both_states_are_shared(exact_noisy: Subject) -> None:
    report = fixed_points(exact_noisy)
    assert report.shared_is_consistent == 1.0
    ambiguous = [shared for shared in report.sharing.joint if len(shared.consistent) > 1]
    assert [shared.matched for shared in ambiguous] == [[0, 1]]
    assert report.mean_total_variation < 0.04


@pytest.mark.parametrize("environment", ["sensor-network/2x2-v1", "sensor-network/2x2-noisy-v1"])
def test_control_too_much_noise_merges_attractors(make: Callable[..., StateInference], environment: str) -> None:
    overrides = ["algorithm.denoiser=exact", "algorithm.denoiser.noise=fixed", "algorithm.denoiser.noise.sigma=1.0"]
    report = fixed_points(Subject.of(make(environment, *overrides), effort=TINY))
    assert report.missing >= 8
    assert report.spurious > 0.3
    assert report.shared_is_consistent == 0.0


def test_control_an_untrained_network_ends_nowhere(make: Callable[..., StateInference]) -> None:
    report = fixed_points(Subject.of(make("sensor-network/2x2-v1", "algorithm.denoiser.width=32"), effort=TINY))
    assert report.spurious > 0.9
    assert report.mean_total_variation > 0.9
    assert report.missing == 16
    assert report.max_deviation is None


def test_a_trained_network_is_as_the_theory_says(trained: Subject) -> None:
    report = fixed_points(trained)
    assert report.missing == 0
    assert report.spurious < 0.005
    assert report.shared_is_truth == 1.0
    assert report.mean_total_variation < 0.06


def test_a_large_network_is_sampled(make: Callable[..., StateInference]) -> None:
    subject = Subject.of(make("sensor-network/5x5-v1", "algorithm.denoiser.width=16"), effort=TINY)
    report = fixed_points(subject)
    assert len(report.histories) == TINY.histories
    assert report.noises == TINY.fewer_noises
    assert int(report.checked.sum(-1).max()) <= TINY.states
    assert len(report.sharing.joint) == TINY.joint_histories


def test_the_same_seed_finds_the_same(exact: Subject) -> None:
    first, second = fixed_points(exact), fixed_points(dataclasses.replace(exact))
    assert first.summary() == second.summary()
    other = fixed_points(dataclasses.replace(exact, seed=1))
    assert not torch.equal(first.found, other.found)


def test_ends_elsewhere_count_in_full(make: Callable[..., StateInference]) -> None:
    subject = Subject.of(make("sensor-network/2x2-v1", "algorithm.denoiser.width=32"), effort=TINY)
    report = posterior_frequencies(subject, fixed_points(subject))
    torch.testing.assert_close(report.variation, torch.ones(12))
    torch.testing.assert_close(report.elsewhere, torch.ones(12))
    assert report.floor < 0.05
