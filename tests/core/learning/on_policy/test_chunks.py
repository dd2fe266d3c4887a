import pytest
import torch
from torch import Tensor

from quorate.learning.on_policy.chunks import Chunks, Cutter, features_of


class Sum:
    """Remembers the sum of what an episode has shown; features are that sum."""

    memory_size = 1

    def __init__(self) -> None:
        self.factor = torch.ones(1, requires_grad=True)

    def encode(self, inputs: Tensor, memory: Tensor, begins: Tensor) -> tuple[Tensor, Tensor]:
        if inputs.dim() == 3:
            memory = memory.masked_fill(begins[:, None, None], 0.0) + self.factor * inputs
            return memory, memory
        found = []
        for now, begin in zip(inputs, begins, strict=True):
            _, memory = self.encode(now, memory, begin)
            found.append(memory)
        return torch.stack(found) if found else inputs, memory


def example() -> tuple[Tensor, Tensor, Tensor]:
    """12 steps of 3 environments and 2 agents, what is remembered after each, and where episodes begin."""
    inputs = torch.randn(12, 3, 2, 1, generator=torch.Generator().manual_seed(0))
    begins = torch.zeros(12, 3, dtype=torch.bool)
    begins[0, :2] = begins[5, 1] = begins[8, 2] = True
    memory, memories = torch.full((3, 2, 1), 7.0), []
    with torch.no_grad():
        for now, begin in zip(inputs, begins, strict=True):
            memories.append(memory)
            _, memory = Sum().encode(now, memory, begin)
    return inputs, torch.stack([*memories, memory]), begins


def test_rows_are_chunks() -> None:
    times = torch.arange(12)[:, None].expand(12, 3) * 10 + torch.arange(3)
    rows = Cutter(12, 4, 0).rows(times)
    assert rows.shape == (9, 4)
    assert rows[0].tolist() == [0, 10, 20, 30]
    assert rows[4].tolist() == [41, 51, 61, 71]
    assert Cutter(12, None, 0).rows(times).shape == (3, 12)


@pytest.mark.parametrize(("length", "burn_in"), [(None, 0), (4, 0), (4, 2), (4, 4), (1, 1)])
def test_with_the_parameters_of_the_rollout_chunks_are_what_it_remembered(length: int | None, burn_in: int) -> None:
    inputs, memories, begins = example()
    cutter = Cutter(12, length, burn_in)
    chunks = cutter.chunks(inputs, begins, memories[:-1])
    torch.testing.assert_close(chunks.features(Sum()), cutter.rows(memories[1:]))
    some = torch.tensor([2, 0])
    torch.testing.assert_close(chunks[some].features(Sum()), cutter.rows(memories[1:])[some])
    torch.testing.assert_close(chunks.agent(1).features(Sum()), cutter.rows(memories[1:])[:, :, 1:])


def test_burning_in_uses_present_parameters_and_teaches_nothing() -> None:
    inputs, memories, begins = example()
    stored, burnt = (Cutter(12, 4, before).chunks(inputs, begins, memories[:-1]) for before in (0, 4))
    gradients = []
    for chunks in (stored, burnt):
        now = Sum()
        with torch.no_grad():
            now.factor.fill_(2.0)
        features = chunks.features(now)
        features.sum().backward()
        gradients.append(float(now.factor.grad))
        # environment 0 in steps 4 to 7: what it had seen in steps 0 to 3 counts twice where it is burnt in
        before = 2 * inputs[:4, 0].sum(0) if chunks is burnt else memories[4, 0]
        torch.testing.assert_close(features[3, -1], before + 2 * inputs[4:8, 0].sum(0))
    assert gradients[0] == pytest.approx(gradients[1], rel=1e-5)  # only through the steps of chunks


def test_who_remembers_nothing_is_shown_inputs() -> None:
    inputs, memories, begins = example()
    assert features_of(inputs, Sum()) is inputs
    chunks = Cutter(12, 3, 0).chunks(inputs, begins, memories[:-1])
    assert isinstance(chunks, Chunks)
    assert features_of(chunks, Sum()).shape == (12, 3, 2, 1)
    assert len(chunks) == 12
