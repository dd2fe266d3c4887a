"""Steps that are made of slots which the next step overwrites."""

import pytest
import torch

from quorate.environments.isolated.tensors import Receiver

ALWAYS = ("observation", "state", "reward", "terminated", "truncated")
ENDED = (*ALWAYS, "final_observation", "info.laps")


@pytest.fixture
def slots():
    return {name: torch.zeros(2, 3) for name in ENDED}


@pytest.mark.parametrize("early", [False, True], ids=["room as needed", "room made before"])
def test_a_step_keeps_what_later_ones_overwrite(slots, early):
    receiver, steps = Receiver(slots, torch.device("cpu")), []
    for number in range(3):
        if early:
            receiver.make_room()
        for slot in slots.values():
            slot.fill_(number)
        steps.append(receiver.step(list(ENDED)))
    for number, step in enumerate(steps):
        assert step.final_observation is not None
        for tensor in (step.observation, step.truncated, step.final_observation, step.info["laps"]):
            assert torch.equal(tensor, torch.full((2, 3), float(number)))


def test_room_made_for_other_slots_is_not_used(slots):
    slots["info.laps"] = torch.ones(4, dtype=torch.int64)
    receiver = Receiver(slots, torch.device("cpu"))
    for present in (ALWAYS, ENDED, ALWAYS):
        step = receiver.step(list(present))
        receiver.make_room()
        assert (step.final_observation is None) == (present == ALWAYS)
        assert list(step.info) == ([] if present == ALWAYS else ["laps"])
    assert receiver.step(["info.laps", *ALWAYS]).info["laps"].tolist() == [1, 1, 1, 1]
