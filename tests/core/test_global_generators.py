import random

import numpy as np
import torch

from quorate.global_generators import seed_global_generators
from quorate.seeding import derive_seed


def drawn():
    return random.random(), float(np.random.random()), torch.rand(3).tolist()


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    found = []
    for seed in (3, 3, 4):
        seed_global_generators(seed)
        found.append(drawn())
    assert found[0] == found[1] != found[2]


def test_torch_is_seeded_as_by_itself_and_nothing_is_left_for_accelerators_that_there_are_not():
    waiting = len(torch.cuda._queued_calls)
    seed_global_generators(5)
    found = torch.rand(3)
    assert torch.accelerator.is_available() or len(torch.cuda._queued_calls) == waiting
    torch.manual_seed(derive_seed(5, "ambient", "torch"))
    assert torch.equal(found, torch.rand(3))
