import pytest

import quorate

ONE = {"observation_delay": [[0, 1], [1, 0]], "action_delay": [[1, 1], [1, 1]]}


def train(tmp_path, structure, settings=(), **environment):
    return quorate.train(
        {
            "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3, **environment},
            "algorithm": {"name": "common-information-planner", "structure": structure, **dict(settings)},
            "budget": {"train_steps": 1},
            "directory": str(tmp_path),
        }
    )


def plan(tmp_path, structure, settings=(), **environment):
    return train(tmp_path, structure, settings, **environment).result["evaluation"]


@pytest.mark.parametrize(
    ("structure", "value"), [("full", 13.015488), ("one-step", 8.815), (1, 8.815), (ONE, 8.815), ("none", 5.1908125)]
)
def test_a_run_finds_the_known_values(tmp_path, structure, value):
    found = plan(tmp_path, structure)
    assert found["value/lower"] == pytest.approx(value)
    assert found["value/upper"] == pytest.approx(value)
    assert found["value/policy"] == pytest.approx(value)


def test_an_unknown_structure_is_told(tmp_path):
    with pytest.raises(quorate.QuorateError, match=r"no information structure 'ful'") as error:
        plan(tmp_path, "ful")
    assert "algorithm.structure" in str(error.value)


@pytest.mark.parametrize(
    ("structure", "value"),
    [("full", 13.015488), ("one-directional(2)", 11.7475), ("delayed(2)", 5.1908125), ("none", 5.19)],
)
def test_what_was_planned_is_played(tmp_path, structure, value):
    """The mean of many episodes is within four standard errors of the exact value."""
    run = train(tmp_path, structure)
    played = quorate.play(run.path, episodes=2000)
    assert played["return/mean"] == pytest.approx(value, abs=4 * played["return/std"] / 2000**0.5)


def test_a_plan_is_not_played_longer_than_it_is(tmp_path):
    run = train(tmp_path, "one-step")
    assert quorate.play(run, "environment.horizon=2", episodes=40)["length/mean"] == 2
    with pytest.raises(quorate.QuorateError, match="for episodes of 3 steps, and this one goes on"):
        quorate.play(run, "environment.horizon=4", episodes=40)


def test_opponents_have_a_value_and_no_gain(tmp_path):
    opponents = {"name": "tabular/individual-tiger-v1", "hearing": [0.85, 0.6]}
    found = plan(tmp_path, "one-step", **opponents)
    assert found["value/lower"] == pytest.approx(found["value/upper"], abs=1e-9)
    assert found["value/agent_0"] == pytest.approx(4.73, abs=1e-9)
    assert found["value/agent_1"] == pytest.approx(-4.73, abs=1e-9)
    assert found["gap"] < 1e-9
    with pytest.raises(quorate.QuorateError, match="depends on their policies") as error:
        plan(tmp_path, "delayed(2)", **opponents)
    assert error.value.choices == ("full", "one-directional", "one-step")
    with pytest.raises(quorate.QuorateError, match="no optimum of a team") as error:
        plan(tmp_path, "one-step", {"solution": "team"}, **opponents)
    assert error.value.choices[0] == "zero-sum"


def test_what_does_not_fit_is_refused_or_bounded(tmp_path):
    small = {"effort": {"beliefs": 5, "block": 3, "reveal": 2}}
    with pytest.raises(quorate.QuorateError, match="more than 5 beliefs") as error:
        plan(tmp_path, "one-step", small, horizon=6)
    assert "at most 3" in error.value.fix
    assert "algorithm.bounds=true" in error.value.fix
    found = plan(tmp_path, "one-step", {**small, "bounds": True}, horizon=6)
    assert found["value/lower"] <= 19.124571 <= found["value/upper"]
    assert found["value/policy"] == pytest.approx(found["value/lower"])


def test_a_planned_policy_collects_data(tmp_path):
    behaviour = train(tmp_path / "plan", "delayed(2)")
    run = quorate.train(
        {
            "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3},
            "algorithm": {
                "name": "state-inference",
                "history_length": 3,
                "behaviour_run": str(behaviour.path),
                "samples": 64,
                "environments": 16,
                "posterior_histories": 0,
                "denoiser": {"name": "mlp", "encoding": "local"},
            },
            "budget": {"train_steps": 1},
            "directory": str(tmp_path / "inference"),
        }
    )
    assert run.result is not None


def test_a_policy_that_was_not_planned_yet_does_not_play(tmp_path):
    run = quorate.train(
        {
            "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3},
            "algorithm": "common-information-planner",
            "budget": {"train_steps": 1},
            "directory": str(tmp_path),
        }
    )
    algorithm = run.algorithm
    algorithm.load_state_dict({"values": {}, "policy": None})
    with pytest.raises(quorate.QuorateError, match="Nothing is planned yet"):
        algorithm.actor(1, 0)


def test_finite_memory_tells_both_values_and_its_errors(tmp_path):
    found = plan(tmp_path, "one-step", {"memory": 1}, horizon=4)
    assert found["value/model"] == pytest.approx(10.592825)
    assert found["value/policy"] == pytest.approx(found["value/lower"])
    assert found["value/lower"] <= 11.015487 <= found["value/upper"]
    assert found["error/common"] > 0.1
    with pytest.raises(quorate.QuorateError, match="depends on their policies"):
        plan(tmp_path, "delayed(2)", {"memory": 1}, horizon=4)
