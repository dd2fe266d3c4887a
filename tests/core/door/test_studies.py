import sys

import pytest

import quorate


@pytest.fixture(scope="module")
def study(tmp_path_factory, warm_commands):
    source = {
        "base": {
            "environment": "sensor-network/2x2-v1",
            "algorithm": {"name": "mappo", "environments": 2, "rollout": 2},
            "evaluation": {"episodes": 2},
            "budget": {"train_steps": 1},
        },
        "variants": {"one": {}, "two": {"algorithm": {"epochs": 1}}},
        "seeds": 1,
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "executable", str(warm_commands / "python"))
        return quorate.compare(source, f"directory={tmp_path_factory.mktemp('studies')}", "name=tiny")


def test_variants_are_compared(study):
    assert study.path.name == "tiny"
    assert study.page.is_file()
    assert {row["variant"] for row in study.scores} == {"one", "two"}
    assert study.failed == {}
    assert "sensor-network/2x2-v1  one  mean" in repr(study)


def test_reports_are_made_of_any_folder(study, tmp_path):
    found = quorate.report(study.path, tmp_path / "out", metric="length/mean", bootstrap=10)
    assert found.report["metric"]["name"] == "length/mean"
    with pytest.raises(quorate.QuorateError, match="'larger' is no goal") as told:
        quorate.report(study.path, goal="larger")
    assert told.value.choices == ("maximise", "minimise")


def test_what_the_guard_refuses_is_refused():
    source = {"base": {"environment": "sensor-network/2x2-v1", "algorithm": "mappo", "budget": {"train_steps": 1}}}
    with pytest.raises(quorate.QuorateError, match="do not differ in their patches alone: budget"):
        quorate.compare({**source, "variants": {"one": {}, "two": {"budget": {"train_steps": 2}}}})
