"""Commands in messages, such that they can be copied into a shell as they stand."""

import shlex


def command_line(*words: object, options: str = "") -> str:
    """A command of Quorate, each word quoted where a shell needs it.

    Args:
        words: the name of the command, then the paths that it is given.
        options: further options, quoted already, each after a space.
    """
    command, *paths = words
    return shlex.join(["quorate", str(command), *map(no_option, paths)]) + options


def no_option(path: object) -> str:
    """A path that no command takes for an option."""
    text = str(path)
    return f"./{text}" if text.startswith("-") else text
