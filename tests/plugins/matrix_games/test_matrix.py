import pytest
import torch

from quorate import QuorateError, make
from quorate_matrix_games.exploitability import exploitability
from quorate_matrix_games.matrix import MatrixGame
from quorate_matrix_games.settings import MatrixGameSettings

EVERY = torch.cartesian_prod(torch.arange(3), torch.arange(3))


def play(environment, *actions):
    environment.reset(0)
    return [environment.step(torch.tensor([pair]).expand(environment.batch, 2)) for pair in actions]


@pytest.mark.parametrize(
    ("first", "second", "reward", "optimal"),
    [
        ((0, 1), (0, 1), 7, 0),
        ((0, 0), (1, 1), 7, 0),
        ((1, 0), (0, 0), 0, 0),
        ((1, 1), (0, 1), 1, 0),
        ((1, 0), (1, 1), 8, 1),
    ],
)
def test_the_first_agent_chooses_which_game_is_played(first, second, reward, optimal):
    one, two = play(make("matrix-game/two-step-v1", batch=3), first, second)
    assert one.reward.tolist() == [0] * 3
    assert not one.ended.any()
    assert one.state.tolist() == [[0, 1, 0] if first[0] == 0 else [0, 0, 1]] * 3
    assert torch.equal(one.observation, one.state[:, None].expand(-1, 2, -1))
    assert two.reward.tolist() == [reward] * 3
    assert two.terminated.all()
    assert two.outcomes.tolist() == [[optimal]] * 3
    assert two.final_state.tolist() == [[0, 0, 0]] * 3
    assert two.state.tolist() == [[1, 0, 0]] * 3


def test_a_team_is_paid_what_its_table_says():
    environment = make("matrix-game/non-monotonic-v1", batch=9)
    environment.reset(0)
    step = environment.step(EVERY)
    assert step.reward.tolist() == [8, -12, -12, -12, 0, 0, -12, 0, 0]
    assert step.outcomes[:, 0].tolist() == [1] + [0] * 8
    assert step.agent_reward is None


@pytest.mark.parametrize(
    ("name", "best", "random"), [("two-step", 8, 4.75), ("monotonic", 8, 2.5), ("non-monotonic", 8, -40 / 9)]
)
def test_what_can_be_returned_is_known(name, best, random):
    environment = make(f"matrix-game/{name}-v1", batch=20_000)
    assert environment.best_return == best
    assert environment.random_return == pytest.approx(random)
    environment.reset(0)
    total = sum(
        float(environment.step(torch.randint(len(environment.tables[0]), (20_000, 2))).reward.mean())
        for _ in range(1 + (name == "two-step"))
    )
    assert total == pytest.approx(random, abs=0.25)


def test_opponents_are_paid_by_tables_of_their_own():
    environment = make("matrix-game/rock-paper-scissors-v1", batch=9)
    environment.reset(0)
    step = environment.step(EVERY)
    own, other = step.agent_reward.T
    assert torch.equal(own, -other)
    assert not step.reward.any()
    assert own.tolist() == [0, -1, 1, 1, 0, -1, -1, 1, 0]
    assert step.outcomes is None


@pytest.mark.parametrize(
    ("name", "equilibrium", "value"),
    [
        ("matching-pennies", [1 / 2] * 2, 0),
        ("biased-pennies", [1 / 3, 2 / 3], 1 / 3),
        ("rock-paper-scissors", [1 / 3] * 3, 0),
    ],
)
def test_equilibria_can_not_be_exploited_and_anything_else_can(name, equilibrium, value):
    settings = make(f"matrix-game/{name}-v1").settings
    tables = torch.tensor(settings.payoff), torch.tensor(settings.column_payoff)
    row = torch.tensor(equilibrium)
    assert float(row @ tables[0] @ row) == pytest.approx(value, abs=1e-6)
    assert float(exploitability(*tables, row, row)) == pytest.approx(0, abs=1e-6)
    others = torch.rand(200, 2, len(row), generator=torch.Generator().manual_seed(0)).softmax(-1)
    found = exploitability(*tables, *others.unbind(1))
    assert found.shape == (200,)
    assert float(found.min()) > 0


def test_pure_play_of_pennies_loses_one():
    table = torch.tensor([[1.0, -1.0], [-1.0, 1.0]])
    pure = torch.tensor([1.0, 0.0])
    assert float(exploitability(table, -table, pure, pure)) == 1


def test_any_table_can_be_given():
    environment = make("matrix-game/table-v1", payoff=[[1, 2, 3]], batch=2)
    assert [space.n for space in environment.spec.action_spaces] == [1, 3]
    (step,) = play(environment, (0, 2))
    assert step.reward.tolist() == [3, 3]
    assert step.outcomes.all()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"payoff": [[1, 2], [3]]}, "payoff: expected rows of the same length"),
        ({"payoff": []}, "payoff: expected rows of the same length"),
        ({"payoff": [[1, 2], [3, 4]], "column_payoff": [[1, 2]]}, "column_payoff: expected 2 rows of 2 numbers"),
        ({"payoff": [[1, 2], [3, 4]], "second_step": [[[1, 2], [3, 4]]]}, "a table for each of the 2 rows"),
        ({"payoff": [[1, 2]], "second_step": [[[1]]]}, "second_step.0: expected 1 rows of 2 numbers"),
        ({"payoff": [[1]], "second_step": [[[1]]], "column_payoff": [[2]]}, "only a team plays two steps"),
    ],
)
def test_tables_must_fit_each_other(settings, message):
    with pytest.raises(QuorateError, match=message):
        make("matrix-game/table-v1", **settings)


def test_the_choice_is_framed_in_the_table_that_is_played():
    from matplotlib.figure import Figure

    environment = MatrixGame(
        MatrixGameSettings(payoff=[[0, 0], [0, 0]], second_step=[[[7, 7], [7, 7]], [[0, 1], [1, 8]]])
    )
    axes = Figure().subplots()
    environment.draw(axes, torch.tensor([0.0, 0, 1]), torch.tensor([0.0, 0.25, 0.75]), torch.tensor([1, 0]))
    assert [text.get_text() for text in axes.texts] == ["0", "1", "1", "8"]
    assert axes.lines[0].get_xydata().tolist() == [[0, 1]]
    assert "0.00, 0.25, 0.75" in axes.get_xlabel()
