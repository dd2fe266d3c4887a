"""Settings, which need neither MuJoCo nor torch."""

import pytest

from quorate.registry import load_registry
from quorate.settings import UnfitError
from quorate_mamujoco.settings import MaMuJoCoSettings


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"partition": "4x3"}, "partition: ant has no partition '4x3'; it has 2x4, 2x4d, 4x2, 8x1"),
        ({"joints": [["hip_9"]]}, "joints: there is no joint 'hip_9' with a motor; nearest: hip_4, hip_3, hip_2"),
        ({"joints": [["hip_1"], []]}, "joints: agent 1 has none"),
        ({"joints": [["hip_1", "hip_1"]]}, "joints: each joint has one agent, and hip_1 is named more"),
        (
            {"joints": [["hip_1", "hip_2"], ["hip_2", "hip_1"]]},
            "joints: each joint has one agent, and hip_1, hip_2 are",
        ),
        ({"joints": [["hip_1", "hip_2"]]}, "joints: nobody moves hip_4, ankle_4, ankle_1"),
        ({"robot": "many-segment-ant", "partition": "9|8"}, "partition: expected AxS"),
        ({"robot": "many-segment-ant", "partition": "1x1"}, "partition: expected AxS"),
    ],
)
def test_what_does_not_fit_is_told_by_key(settings, words):
    with pytest.raises(ValueError) as told:
        MaMuJoCoSettings(**settings)
    assert str(told.value).startswith(words)


def test_joints_that_nobody_moves_are_in_the_fix():
    with pytest.raises(UnfitError) as told:
        MaMuJoCoSettings(joints=[["hip_1", "hip_2", "hip_3", "ankle_1", "ankle_2"], ["ankle_3", "ankle_4"]])
    assert told.value.fix == "Add hip_4 to the list of an agent in environment.joints."


def test_presets_say_how_many_agents_there_are_and_what_they_see():
    rows = [row for row in load_registry([]).rows("environment") if row.name.startswith("mamujoco/")]
    assert len(rows) == 19
    for row in rows:
        made = MaMuJoCoSettings(**row.defaults)
        assert {key: row.tags[key] for key in made.tags} == made.tags
