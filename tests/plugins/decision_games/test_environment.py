import math

import pytest
import torch

from quorate_decision_games.environment import DecisionGame

ACTIONS = torch.linspace(-1.2, 1.2, 241)


def start_reward(a: float, nu: float, c0: float, alpha: float, beta: float) -> float:
    bump = sum(math.exp(-alpha * (a - sign * beta) ** 2) for sign in (1, -1))
    return -nu * a * a + c0 * bump


def play(environment, actions: torch.Tensor, later: float = 0.0):
    """One decision, then one more step: both steps."""
    environment.reset(3)
    first = environment.step(actions)
    return first, environment.step(torch.full_like(actions, later))


PAPER = (10, 2.7, 250, 0.5)


PAPER = (10, 2.7, 250, 0.5)
CONSTANTS = [("single", PAPER), ("multi", PAPER), ("learnable", (4, 2.69, 60, 0.65))]


@pytest.mark.parametrize(("name", "constants"), CONSTANTS)
def test_the_decision_pays_what_the_formula_says(game, name: str, constants: tuple[float, ...]) -> None:
    environment = game(name, len(ACTIONS))
    agents = environment.spec.agent_count
    chosen = torch.stack([ACTIONS.roll(17 * agent) for agent in range(agents)], -1)
    step, _ = play(environment, chosen[..., None])
    used = chosen.clamp(-1, 1) if name == "learnable" else chosen
    expected = [sum(start_reward(a, *constants) for a in row) for row in used.tolist()]
    assert step.reward.tolist() == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("name", "peak", "alpha", "beta"), [("multi", 0.005, 250, 0.5), ("learnable", 0.2, 60, 0.65)])
@pytest.mark.parametrize("distance", [0.0, 0.04, -0.08])
def test_flags_rise_as_often_as_the_formula_says(game, name, peak, alpha, beta, distance) -> None:
    batch = 200_000
    step, _ = play(game(name, batch), torch.full((batch, 2, 1), distance - beta))
    chance = peak * math.exp(-alpha * distance**2)
    found = step.final_state[:, 1:].mean(0)
    assert found.tolist() == pytest.approx([chance] * 2, abs=4.5 * math.sqrt(chance / batch))
    joint = float(step.final_state[:, 1:].prod(-1).mean())
    assert joint == pytest.approx(chance**2, abs=4.5 * chance / math.sqrt(batch) + 2 / batch)


def test_actions_outside_of_the_window_raise_no_flag(game) -> None:
    outside, inside = -0.5 - 0.2501, -0.5 + 0.2499
    single, free = game("single", 4), game("single", 4, "success_window=null")
    chance = single.payoff.success(torch.tensor([outside, inside]))
    assert float(chance[0]) == 0
    assert 0 < float(chance[1]) == pytest.approx(0.005 * math.exp(-250 * 0.2499**2))
    assert float(free.payoff.success(torch.tensor([outside]))[0]) > 0


@pytest.mark.parametrize(
    ("name", "flags", "later", "reward"),
    [
        ("single", [1], 0.7, 20000),
        ("multi", [1, 0], 0.7, 20000),
        ("multi", [1, 1], 0.0, 40000),
        ("multi", [1, 1], 0.7, 30000 + 10000 * math.exp(-0.98)),
        ("learnable", [0, 1], 0.7, 5),
        ("learnable", [1, 1], 0.7, 10 + 5 * math.exp(-0.98)),
    ],
)
def test_flags_pay_once_and_the_episode_ends(game, name, flags, later, reward) -> None:
    environment = game(name, 2)
    environment.reset(0)
    state = environment.state_dict()
    raised = torch.tensor([flags, [0] * len(flags)])
    state["world"] |= {"deciding": torch.tensor([False, True]), "flags": raised.float()}
    environment.load_state_dict(state)
    step = environment.step(torch.full((2, len(flags), 1), later))
    assert float(step.reward[0]) == pytest.approx(reward, rel=1e-6)
    assert bool(step.terminated[0])
    assert not step.truncated.any()
    assert step.final_state[0].tolist() == [0.0] * (1 + len(flags))
    assert step.state[0].tolist() == [1.0] + [0.0] * len(flags)


def test_a_decision_without_a_flag_ends_the_episode_and_another_begins(game) -> None:
    environment = game("single", 4000)
    first, second = play(environment, torch.full((4000, 1, 1), -0.5))
    raised = first.final_state[:, 1] > 0
    assert 0 < int(raised.sum()) < 60
    assert torch.equal(first.terminated, ~raised)
    assert torch.equal(first.state[:, 0] > 0, ~raised)
    assert torch.equal(first.observation, first.state[:, None])
    assert second.reward[raised].unique().tolist() == [20000.0]
    assert float(second.reward[~raised].abs().max()) < 1e-9  # another decision, of action 0


@pytest.mark.parametrize(("name", "optimum"), [("single", 10.2), ("multi", 20.4), ("learnable", 3.98)])
def test_the_best_return_is_that_of_the_paper(game, name: str, optimum: float) -> None:
    payoff = game(name, 1).payoff
    best = torch.full((payoff.agents,), -payoff.settings.bump_offset, dtype=torch.float64)
    ones = torch.ones_like(best)
    value = float(payoff.expected_return(payoff.start_reward(best), payoff.success(best), ones))
    assert value == pytest.approx(optimum, abs=0.005)
    assert value <= payoff.optimum() <= value + 0.07  # the bumps lean towards 0 a little


@pytest.mark.parametrize("overrides", [[], ["agents=3", "flag_reward=7"]])
def test_expected_returns_agree_with_playing(game, overrides) -> None:
    """Frequent flags, so that the Monte-Carlo error is small."""
    batch, deviation = 400_000, 0.15
    environment = game("learnable", batch, "bounded=false", "success_peak=0.8", *overrides)
    payoff = environment.payoff
    agents, randomness = payoff.agents, torch.Generator().manual_seed(1)
    draw = torch.randn(2, batch, agents, 1, generator=randomness) * deviation
    environment.reset(5)
    first = environment.step(draw[0] - 0.6)
    second = environment.step(draw[1])
    returns = first.reward + payoff.discount * second.reward * ~first.terminated
    z = torch.linspace(-7, 7, 2001, dtype=torch.float64)
    weights = torch.softmax(-z.square() / 2, 0)
    decision, later = z * deviation - 0.6, z * deviation
    parts = [payoff.start_reward(decision), payoff.success(decision), torch.exp(-later.square())]
    expected = payoff.expected_return(*((weights * part).sum().expand(agents) for part in parts))
    error = float(returns.std()) / math.sqrt(batch)
    assert float(returns.mean()) == pytest.approx(float(expected), abs=4 * error)
    assert error < 0.02


def test_episodes_survive_a_stop(game) -> None:
    one, other = game("learnable", 50), game("learnable", 50)
    one.reset(1)
    actions = torch.full((50, 2, 1), -0.65)
    one.step(actions)
    other.load_state_dict(one.state_dict())
    for _ in range(4):
        expected, found = one.step(actions), other.step(actions)
        assert torch.equal(expected.state, found.state)
        assert torch.equal(expected.reward, found.reward)


def test_actions_must_have_the_documented_shape(game) -> None:
    environment = game("multi", 4)
    with pytest.raises(RuntimeError, match="before reset"):
        environment.step(torch.zeros(4, 2, 1))
    environment.reset(0)
    with pytest.raises(ValueError, match=r"expected shape \(4, 2, 1\)"):
        environment.step(torch.zeros(4, 2))


def test_the_outcome_is_whether_all_flags_were_raised(game) -> None:
    environment = game("learnable", 400)
    before = environment.reset(0)
    met: set[float] = set()
    for _ in range(4):
        step = environment.step(torch.full((400, 2, 1), -0.65))
        reached = before.state[:, 1:].all(-1)
        assert environment.spec.outcomes == ("goal",)
        assert torch.equal(step.outcomes[step.terminated, 0], reached[step.terminated].float())
        assert step.outcomes[~step.terminated].isnan().all()
        met |= {*step.outcomes[step.terminated, 0].tolist()}
        before = step
    assert met == {0.0, 1.0}


def test_games_that_begin_anew_in_some_rows_equal_games_drawn_anew(game, monkeypatch) -> None:
    actions = torch.rand(60, 16, 2, 1, generator=torch.Generator().manual_seed(0)) * 2 - 1

    def fields() -> list[dict[str, object]]:
        environment = game("multi", 16, "success_peak=1.0", "bump_sharpness=2.0", "success_window=null")
        steps = [environment.reset(3), *map(environment.step, actions)]
        return [
            {name: None if value is None else value.tolist() for name, value in vars(step).items() if name != "info"}
            for step in steps
        ]

    short = fields()
    for name in ("begin_in", "draws_views"):
        monkeypatch.delattr(DecisionGame, name)
    assert repr(short) == repr(fields())
    ended = sum(sum(step["terminated"]) for step in short)
    assert 100 < ended < 960 - 100
