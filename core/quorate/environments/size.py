"""Whether a batch of environments fits this machine."""

from quorate.machine import size_text, total


def check_size(what: str, planned: int) -> None:
    """For environments whose libraries end the process where they are asked for too much.

    Args:
        what: takes the memory, such as ``4 battles``.
        planned: bytes that it takes at least.

    Raises:
        MemoryError: there is less memory in this machine.
    """
    if planned > total():
        raise MemoryError(f"{what} take {size_text(planned)}, and this machine has {size_text(total())}")
