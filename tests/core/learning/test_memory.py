import pytest
import torch

from quorate.errors import QuorateError
from quorate.learning.memory import Recollection, refuse_memory


class Counter:
    """Remembers how many steps there were, of each agent that sees 1."""

    memory_size = 1

    def encode(self, inputs, memory, begins):
        memory = memory.masked_fill(begins[:, None, None], 0.0) + inputs
        return memory, memory


def begins(*rows):
    return torch.tensor(rows)


def test_it_goes_on_step_by_step_and_forgets_where_episodes_begin():
    recollection, inputs = Recollection(Counter()), torch.ones(2, 3, 1)
    recollection.features(inputs, begins(True, True))
    recollection.features(inputs, begins(False, True))
    assert recollection.features(inputs, begins(False, False))[..., 0].tolist() == [[3, 3, 3], [2, 2, 2]]


def test_its_state_is_what_is_remembered():
    one, two, inputs = Recollection(Counter()), Recollection(Counter()), torch.ones(2, 3, 1)
    two.load_state_dict(one.state_dict(), "cpu")
    assert two.memory is None
    one.features(inputs, begins(True, True))
    two.load_state_dict(one.state_dict(), "cpu")
    expected = one.features(inputs, begins(False, False))
    assert torch.equal(two.features(inputs, begins(False, False)), expected)


def test_what_can_not_be_taught_to_remember_is_refused():
    with pytest.raises(QuorateError, match="remembers what was seen before") as caught:
        refuse_memory(Counter(), "algorithm.critic")
    assert (caught.value.where, caught.value.choices) == ("algorithm.critic", ("mlp",))
