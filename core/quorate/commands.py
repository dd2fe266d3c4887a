"""Commands in messages, such that they can be copied into a shell as they stand."""

import shlex


def command_line(*words: object, options: str = "") -> str:
    """A command of Quorate, each word quoted where a shell needs it.

    Args:
        words: the name of the command, then its arguments.
        options: further options, quoted already, each after a space.
    """
    return shlex.join(["quorate", *map(str, words)]) + options
