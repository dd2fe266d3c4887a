import torch
from walk import LastTwo, Walk

from quorate.learning.acting import TrackedActor


def test_an_actor_sees_what_its_tracker_makes_of_each_step():
    world, seen = Walk(batch=2), []

    def choose(situation, generator):
        seen.append(situation.inputs[0, 0].tolist())
        return torch.full((2, 2, 1), 0.5)

    actor = TrackedActor(LastTwo(), choose)
    actor.reset(world.reset(0))
    for _ in range(4):
        actor.observe(world.step(actor.act(torch.Generator())))
    assert seen == [[0, -1], [1, 0], [0, -1], [1, 0]]


def test_what_an_actor_does_its_tracker_is_told():
    world, tracker, told = Walk(batch=2), LastTwo(), []
    tracker.told = told.append
    actor = TrackedActor(tracker, lambda now, _: now.begins[:, None, None].float().expand(2, 2, 1))
    actor.reset(world.reset(0))
    for _ in range(3):
        actor.observe(world.step(actor.act(torch.Generator())))
    assert [actions[:, 0, 0].tolist() for actions in told] == [[1, 1], [0, 0], [1, 0]]


def test_an_actor_that_remembers_chooses_by_its_features():
    class Counter:
        memory_size = 1

        def encode(self, inputs, memory, begins):
            memory = memory.masked_fill(begins[:, None, None], 0.0) + 1
            return torch.cat([inputs, memory], -1), memory

    world, seen = Walk(batch=2), []

    def choose(situation, generator):
        seen.append(situation.inputs[0, 0, -1].item())
        return torch.full((2, 2, 1), 0.5)

    actor = TrackedActor(LastTwo(), choose, remembers=Counter())
    for _ in range(2):
        actor.reset(world.reset(0))
        for _ in range(3):
            actor.observe(world.step(actor.act(torch.Generator())))
    assert seen == [1, 2, 1, 1, 2, 1]
    assert actor.inputs.shape == (2, 2, 2)
