"""Refuses settings that ask for more memory than there is, before it is taken."""

import torch

from quorate.errors import QuorateError
from quorate.learning.transitions import Situation
from quorate.machine import size_text, total


def check_room(what: str, planned: int, setting: str, value: int, device: torch.device) -> None:
    """Refuse what can not fit.

    Args:
        what: takes the memory, in words.
        planned: bytes that it takes, or more.
        setting: that decides, such as ``algorithm.replay``.
        value: of the setting.
        device: of the tensors.

    Raises:
        QuorateError: it takes more than there is, of this machine or of the GPU.
    """
    there = torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else total()
    if planned <= there:
        return
    problem = f"{what} takes {size_text(planned)}, and this machine has {size_text(there)}"
    fits, name = int(0.5 * value * there / planned), setting.rpartition(".")[2]
    raise QuorateError(problem, where=setting, fix=f"take less, such as {name}: {fits}")


def row_bytes(now: Situation) -> int:
    """What is seen by all agents of one environment."""
    return sum(value[0].nbytes for value in vars(now).values() if value is not None)
