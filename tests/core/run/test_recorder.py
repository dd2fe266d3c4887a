import torch

from quorate.interfaces import Actor, Step
from quorate.run.film import Recorder


class Camera:
    """Keeps what it is given."""

    def __init__(self):
        self.taken = []

    def __call__(self, state, caption, estimate, actions, *, final):
        told = None if actions is None else actions.tolist()
        self.taken.append((state.item(), caption[0], caption[1], estimate.item(), told, final))
        return state.numpy()


class Guesser(Actor):
    """Two agents, who take the state for 1 and 2, and in the end for 3 and 4."""

    def reset(self, step): ...

    def act(self, generator): ...

    def observe(self, step): ...

    def estimate(self, *, final=False):
        return torch.tensor([[[3.0], [4.0]]] if final else [[[1.0], [2.0]]])


def step(state, reward=0.0, final=None):
    ends = torch.tensor([final is not None])
    last = None if final is None else torch.tensor([[final]])
    nothing = torch.zeros(1, 2, 1)
    return Step(nothing, torch.tensor([[state]]), torch.tensor([reward]), ends, ~ends & False, final_state=last)


def test_each_state_is_shown_with_what_is_done_in_it():
    camera, actions = Camera(), torch.tensor([[0, 3]])
    recorder = Recorder(camera, Guesser(), 2)
    for one in (step(1.0), step(2.0, -1.5), step(4.0, 1.0, final=3.0)):
        recorder(one, actions)
    recorder(step(6.0, 2.0, final=5.0), None)
    assert camera.taken == [
        (1.0, "step 0", "return 0", 1.5, [0, 3], False),
        (2.0, "step 1", "return \N{MINUS SIGN}1.5", 1.5, [0, 3], False),
        (3.0, "step 2", "return \N{MINUS SIGN}0.5", 3.5, [-1, -1], True),
        (4.0, "step 0", "return 0", 1.5, [0, 3], False),
        (5.0, "step 1", "return 2", 3.5, [-1, -1], True),
    ]
    assert len(recorder.frames) == 5


def test_it_stops_after_the_episodes_that_are_wanted():
    camera = Camera()
    recorder = Recorder(camera, Guesser(), 1)
    for one in (step(1.0), step(4.0, 1.0, final=3.0), step(5.0)):
        recorder(one, torch.tensor([[0.5, 0.0]]))
    assert [taken[0] for taken in camera.taken] == [1.0, 3.0]
    assert all(value != value for value in camera.taken[-1][4])


def test_a_frame_may_stand_for_several_steps():
    camera = Camera()
    recorder = Recorder(camera, Guesser(), 2, every=2)
    for one in (step(1.0), step(2.0), step(3.0), step(5.0, 1.0, final=4.0), step(6.0), step(8.0, 1.0, final=7.0)):
        recorder(one, torch.tensor([[0, 3]]))
    assert [taken[0] for taken in camera.taken] == [1.0, 3.0, 4.0, 5.0, 7.0]
