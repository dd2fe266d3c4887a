import pytest

import quorate

ONE = {"observation_delay": [[0, 1], [1, 0]], "action_delay": [[1, 1], [1, 1]]}


def plan(tmp_path, structure, **environment):
    run = quorate.train(
        {
            "environment": {"name": "tabular/dec-tiger-v1", "horizon": 3, **environment},
            "algorithm": {"name": "common-information-planner", "structure": structure},
            "budget": {"train_steps": 1},
            "directory": str(tmp_path),
        }
    )
    return run.result["evaluation"]


@pytest.mark.parametrize(
    ("structure", "value"), [("full", 13.015488), ("one-step", 8.815), (1, 8.815), (ONE, 8.815), ("none", 5.1908125)]
)
def test_a_run_finds_the_known_values(tmp_path, structure, value):
    found = plan(tmp_path, structure)
    assert found["value/lower"] == pytest.approx(value)
    assert found["value/upper"] == pytest.approx(value)
    assert found["value/unshared"] == pytest.approx(5.1908125)


def test_an_unknown_structure_is_told(tmp_path):
    with pytest.raises(quorate.QuorateError, match=r"no information structure 'ful'") as error:
        plan(tmp_path, "ful")
    assert "algorithm.structure" in str(error.value)
