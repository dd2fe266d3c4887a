"""What the methods can and can not say of small games, by the tables that they learn from uniformly random play.

Additive values can come as near as least squares allow, monotonic ones as near as pooling neighbours does.
"""

import pytest
import torch

from quorate_value_decomposition.tables import value_tables

CHEAP = {
    "environments": 16,
    "warmup_steps": 64,
    "batch_size": 64,
    "network": {"hidden": [32]},
    "learning_rate": 0.005,
    "target_interval": 40,
    "epsilon_end": 1.0,
}


@pytest.fixture
def learned(build):
    """learned(algorithm, game, steps): the tables [tables, rows, columns, v] that were learned, and the return."""

    def learn(name, game, steps):
        algorithm = build(name, f"matrix-game/{game}-v1", **CHEAP)
        for _ in range(steps):
            algorithm.train_step()
        world = algorithm.environment
        state = torch.eye(len(world.tables))
        inputs = torch.cat([state[:, None].expand(-1, 2, -1), torch.eye(2).expand(len(state), 2, 2)], -1)
        actor, total = algorithm.actor(world.batch, 0), 0.0
        step = world.reset(0)
        actor.reset(step)
        for _ in range(1 + (len(state) > 1)):
            step = world.step(actor.act(torch.Generator()))
            actor.observe(step)
            total += float(step.reward.mean())
        return value_tables(algorithm.trained, inputs, state), total

    return learn


def near(found, wanted, tolerance):
    torch.testing.assert_close(found, torch.tensor(wanted), atol=tolerance, rtol=0)


def test_additive_values_do_not_see_the_better_half_of_the_two_step_game(learned):
    tables, total = learned("vdn", "two-step", 400)
    first, second, third = tables[..., 0]
    assert total == 7
    near(second, [[7.0, 7.0], [7.0, 7.0]], 0.5)
    near(third, [[-1.5, 2.5], [2.5, 6.5]], 0.7)
    assert float(first[0].min()) > float(first[1].max())
    near(first, [[6.93, 6.93], [6.43, 6.43]], 0.5)  # of 0.99 times the best that it sees in what follows


def test_monotonic_values_do(learned):
    tables, total = learned("qmix", "two-step", 400)
    assert total == 8
    near(tables[..., 0], [[[6.93, 6.93], [7.92, 7.92]], [[7.0, 7.0], [7.0, 7.0]], [[0.0, 1.0], [1.0, 8.0]]], 0.1)


@pytest.mark.parametrize(
    ("name", "wanted", "tolerance"),
    [
        ("vdn", [[-1.5, 2.5], [2.5, 6.5]], 0.7),
        ("qmix", [[0.0, 1.0], [1.0, 8.0]], 0.1),
    ],
)
def test_of_a_monotonic_game_only_qmix_learns_the_payoff(learned, name, wanted, tolerance):
    tables, total = learned(name, "monotonic", 200)
    near(tables[0, ..., 0], wanted, tolerance)
    assert total == 8


def test_an_independent_learner_learns_what_its_action_is_worth_in_the_mean(learned):
    tables, _ = learned("iql", "monotonic", 200)
    near(tables[0, :, 0, 0], [0.5, 4.5], 0.7)
    near(tables[0, 0, :, 1], [0.5, 4.5], 0.7)


@pytest.mark.parametrize(
    ("name", "best", "rest"),
    [("vdn", -6.2, -3.6), ("qmix", -8.0, 0.0)],
)
def test_a_non_monotonic_game_is_beyond_both(learned, name, best, rest):
    """The best joint action looks the worst: -56/9 in least squares, and the mean of what must not fall below it."""
    tables, total = learned(name, "non-monotonic", 250)
    payoff = tables[0, ..., 0]
    assert total == 0
    assert float(payoff[0, 0]) == pytest.approx(best, abs=2.5)
    near(payoff[1:, 1:], [[rest] * 2] * 2, 1.2)
