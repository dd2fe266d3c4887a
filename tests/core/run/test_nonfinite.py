import pytest

from quorate.run.nonfinite import first_bad, remedy


@pytest.mark.parametrize(
    ("name", "advice"),
    [("reward", "Repair the environment"), ("final_state", "Repair the environment"), ("critic_loss", "learning rate")],
)
def test_the_advice_depends_on_who_made_the_tensor(name, advice):
    problem = first_bad({"critic_loss": float("nan"), f"nonfinite/{name}": 1.0})
    assert problem is not None
    assert f"'{name}'" in problem
    assert advice in remedy(problem)
