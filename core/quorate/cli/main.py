"""The group ``quorate``: which commands there are, and how every error ends."""

import errno
import importlib
import io
import os
import shlex
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import click

from quorate import __version__, paths
from quorate.cli.app import App, example_text, shared_options
from quorate.cli.extra import Offer, plugin_commands
from quorate.cli.interrupts import delivered_again
from quorate.door.session import using
from quorate.errors import QuorateError
from quorate.failures import is_out_of_memory, out_of_memory, place
from quorate.harmless import visible
from quorate.nearest import nearest
from quorate.output import say

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("quorate.cli.list", "List the components that can be used."),
    "show": ("quorate.cli.show", "Show one component: its settings, defaults, limits and paper."),
    "config": ("quorate.cli.config", "Check a file and print its fully resolved configuration."),
    "run": ("quorate.cli.run", "Run what a file describes."),
    "resume": ("quorate.cli.resume", "Continue a run that was stopped."),
    "extend": ("quorate.cli.extend", "Train a run longer, in a new folder."),
    "compare": ("quorate.cli.compare", "Run variants of a configuration and compare them."),
    "reproduce": ("quorate.cli.reproduce", "Run a reference result again, and say whether it comes out."),
    "evaluate": ("quorate.cli.evaluate", "Evaluate the last checkpoint of a run."),
    "export": ("quorate.cli.export", "Write a run's policies as files that need no Quorate."),
    "play": ("quorate.cli.play", "Play episodes with what a run learned, and draw them."),
    "report": ("quorate.cli.report", "Write a report on a comparison, or on any folder of runs."),
    "cite": ("quorate.cli.cite", "Print BibTeX for every component that a file uses."),
    "new": ("quorate.cli.new", "Write a new plugin package to start from."),
    "check": ("quorate.cli.check", "Check that components do what their kind promises."),
    "plugins": ("quorate.cli.plugins", "List plugins, their states, and the errors of broken ones."),
    "interpreter": ("quorate.cli.interpreter", "Make the Python interpreters that simulators live in, and list them."),
    "doctor": ("quorate.cli.doctor", "Check this installation and every component."),
    "completion": ("quorate.cli.completion", "Print the script that completes commands in a shell."),
}
"""Built-in commands: the module whose attribute ``command`` is imported when used, and a line of help."""


class LazyGroup(click.Group):
    """A group whose commands are imported when they are used; plugins add more by the hook ``quorate_commands``."""

    def list_commands(self, context: click.Context) -> list[str]:
        """Built-in commands, then those of plugins."""
        return [*COMMANDS, *_plugin_commands(context)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Import a command; plugins are asked only where no built-in has the name."""
        if name in COMMANDS:
            command: click.Command = importlib.import_module(COMMANDS[name][0]).command
            return command
        offer = _plugin_commands(context).get(name)
        return offer.command if offer else None

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        """As click does, with the nearest names where there is no such command."""
        if args and self.get_command(context, args[0]) is None and not args[0].startswith("-"):
            names = self.list_commands(context)
            close = nearest(args[0], names)
            problem = f"There is no command {args[0]!r}."
            raise QuorateError(problem, choices=close or names, fix="See `quorate --help`; plugins may add commands.")
        return super().resolve_command(context, args)

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of built-in commands comes from the table, so that none is imported."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])
        if extra := _plugin_commands(context):
            with formatter.section("Commands of plugins"):
                formatter.write_dl([(name, offer.help) for name, offer in extra.items()])


def _plugin_commands(context: click.Context) -> dict[str, Offer]:
    """Commands by name; built-in names and names already taken are left out."""
    app = context.ensure_object(App)
    shared = ("manifest", "allow_import", "interpreter", "no_plugins", "debug")
    given = {key: context.params[key] for key in shared if key in context.params}
    with suppress(ValueError):  # no file can be called that, which the command itself will say
        # In the form in which the command adds it too, so that it is added once.
        given["manifest"] = [str(paths.expanded(path)) for path in given.get("manifest", ())]
    app.update(**given)
    return plugin_commands(app.registry, COMMANDS)


_EXAMPLES = [
    "quorate list environment",
    "quorate show sensor-network/5x5-v1",
    "quorate run examples/demo.yaml seed=1",
]


@click.group(cls=LazyGroup, epilog=example_text(_EXAMPLES), context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="quorate %(version)s")
@shared_options
def cli(app: App) -> None:
    """Multi-agent environments and algorithms under partial observability, composed from YAML."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        arguments: the words after ``quorate``; None takes those of the process.

    Returns:
        0: done; 1: found something broken, or a defect of Quorate; 2: a mistake that the user can mend; 130: Ctrl-C.
    """
    words = sys.argv[1:] if arguments is None else arguments
    # Read before click does: --help and unknown commands ask plugins before click has met options further right.
    with delivered_again(), using(App(plugins="--no-plugins" not in words, debug="--debug" in words)) as app:
        try:
            _check_words(words)
            code = cli.main(arguments, prog_name="quorate", standalone_mode=False, obj=app)
            if sys.stdout is not None:  # None where the shell closed it: >&-
                sys.stdout.flush()
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 1
        except SystemExit as exit_:
            return _exit_code(exit_)
        except BaseException as error:
            if app.debug and not isinstance(error, (click.exceptions.Exit, click.Abort)):
                raise_for_debug(error)
            return _report(error, words)
    return code if isinstance(code, int) else 0


def _check_words(words: Sequence[str]) -> None:
    """No shell can pass on a NUL byte, and click looks for paths before anybody can ask what is in them."""
    for word in words:
        if "\0" in word:
            raise QuorateError(f"{word!a} has a NUL byte in it.", where="command line", fix="Remove it.")


def raise_for_debug(error: BaseException) -> None:
    """Print the traceback that ``--debug`` asks for."""
    import traceback

    traceback.print_exception(error, file=sys.stderr)


def _exit_code(exit_: SystemExit) -> int:
    if exit_.code is None or isinstance(exit_.code, int):
        return exit_.code or 0
    say(str(exit_.code), err=True)
    return 1


_REFUSALS = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EACCES, errno.EPERM, errno.EROFS),
    *(errno.EIO, errno.ESTALE, errno.EMFILE, errno.ENFILE, errno.ENAMETOOLONG, errno.ELOOP),
)
"""Errors of the system that are the user's to mend wherever they come from: full, over quota, not permitted, ..."""


def _report(error: BaseException, words: Sequence[str]) -> int:
    if isinstance(error, QuorateError):
        if permission := error.permission():
            trusted, options = permission
            command = shlex.join(["quorate", *_with(words, options)])
            error.fix = f"If you trust {trusted}, allow it, in each call anew: {command}"
        _print_error(str(error))
        return 2
    if isinstance(error, click.NoSuchOption) and error.ctx is not None and _takes_settings(error.ctx.command):
        key = error.option_name.lstrip("-").replace("-", "_")
        fix = f"Settings are written without dashes: {key}={_value_after(error.option_name, words)}"
        _print_error(
            str(QuorateError(f"There is no option {error.option_name}.", choices=error.possibilities or (), fix=fix))
        )
        return 2
    if isinstance(error, click.ClickException):
        click.echo(visible(_shown(error)), err=True, nl=False)
        return 2
    if isinstance(error, (click.Abort, KeyboardInterrupt)):
        click.echo("Stopped.", err=True)
        return 130
    if isinstance(error, OSError) and error.errno in _REFUSALS:
        _print_error(f"The system refused: {error.strerror}.\n  where:   {_refused(error)}")
        return 2
    if is_out_of_memory(error):
        _print_error(str(out_of_memory()))
        return 2
    message = " ".join(str(error).split())
    hint = "This is a defect of Quorate or of a plugin, not of your input; --debug shows where."
    _print_error(f"{type(error).__name__}: {message}\n  {hint}")
    return 1


def _shown(error: click.ClickException) -> str:
    """What click prints of an error, which repeats what was typed."""
    text = io.StringIO()
    error.show(text)
    return text.getvalue()


def _refused(error: OSError) -> str:
    """The file of an error that names one; else the stream that takes no more, or the place in the code.

    Whoever writes a file names it in errors (see `quorate.folders.files.disk_errors`); a third party's code may not.
    """
    if error.filename is not None:
        return str(error.filename)
    for stream, name in ((sys.stdout, "standard output"), (sys.stderr, "standard error")):
        try:
            if stream is not None:  # the shell closed it: >&-
                stream.write("\n")
                stream.flush()
        except OSError:
            return name
    return place(error)


def _with(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The words of a command with options, which come before what ``--`` says are none."""
    end = words.index("--") if "--" in words else len(words)
    return [*words[:end], *options, *words[end:]]


def _takes_settings(command: click.Command) -> bool:
    return any(parameter.name == "overrides" for parameter in command.params)


def _value_after(option: str, words: Sequence[str]) -> str:
    """What was given for an option that does not exist, as far as that can be told."""
    for word, following in zip(words, [*words[1:], "..."], strict=True):
        if word == option:
            return "..." if following.startswith("-") else following
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return "..."


def _print_error(text: str) -> None:
    with suppress(OSError):  # a full disk may be where standard error goes; the exit code tells
        say(text, sign=click.style("Error: ", fg="red", bold=True), err=True)
