import pytest

from quorate_isaaclab.settings import Assets, IsaacLabSettings, Solver

TASK = "Isaac-Pendulum-MARL-Direct"


@pytest.mark.parametrize("task", ["os:system", "a/b", "", "../x", "Isaac Lab"])
def test_a_task_is_an_id_and_never_a_module(task):
    with pytest.raises(ValueError, match="task: "):
        IsaacLabSettings(task)


@pytest.mark.parametrize("text", ["env.success_duration_s=2", "env.a.b=[1, -2.5]", "x=true", "env.bound=1e-3", "a=b c"])
def test_overrides_are_plain_data(text):
    assert IsaacLabSettings(TASK, overrides=[text]).overrides == [text]


@pytest.mark.parametrize(
    "text",
    [
        "env.events.reset.func=os:system",
        "env.events.reset.func=system",
        "env.x=lambda x: x",
        "env.x=lambda",
        "env.scene.class_type=a.b",
        "env.x=${oc.env:HOME}",
        "env.x={a: b}",
        "+env.x=1",
        "~env.x",
        "env.x",
        "env._target_=a",
        "env.x=a\nb",
        "env.x=$(id)",
    ],
)
def test_overrides_name_no_code(text):
    with pytest.raises(ValueError, match="overrides: "):
        IsaacLabSettings(TASK, overrides=[text])


@pytest.mark.parametrize(("key", "value"), [("device", "gpu"), ("device", "cuda:x"), ("physics", "a=b")])
def test_other_mistakes(key, value):
    with pytest.raises(ValueError, match=f"{key}: "):
        IsaacLabSettings(TASK, **{key: value})


def test_substitutes_and_solvers_make_other_environments():
    tags = [
        IsaacLabSettings(TASK, assets=assets, solver=solver).tags["simulator"] for assets in Assets for solver in Solver
    ]
    assert len(set(tags)) == 4
    assert "substitute assets" in tags[-1]
