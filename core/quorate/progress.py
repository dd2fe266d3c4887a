"""What is being done while a command seems to stand still: a simulator that compiles, for instance.

Told on standard error; in another interpreter's process, told to the one that waits for it, which knows by that that
the process lives, and counts its time anew.
"""

from collections.abc import Callable

_listeners: list[Callable[[str], object]] = []


def tell(text: str) -> None:
    """Say in one line what is being done. Call it where something begins that takes long, and not by the clock."""
    if _listeners:
        _listeners[-1](text)
        return
    from rich.console import Console

    from quorate.terminal import print_line

    print_line(Console(stderr=True), text)


def listen(listener: Callable[[str], object]) -> None:
    """Let a function have what `tell` is given, instead of standard error, as long as this process lives."""
    _listeners.append(listener)
