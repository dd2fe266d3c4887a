"""Errors that a user can mend: what is wrong, where, what would be valid, how to fix it."""

from collections.abc import Sequence


class QuorateError(Exception):
    """A mistake outside Quorate's own code, worded for the person who can mend it.

    The command line prints it without a traceback and exits with code 2.

    Args:
        problem: what is wrong, in one sentence.
        where: the place, such as a key path, a file and line, or a distribution.
        choices: valid choices, nearest first.
        fix: what to do about it.
    """

    def __init__(
        self, problem: str, *, where: str | None = None, choices: Sequence[str] = (), fix: str | None = None
    ) -> None:
        super().__init__(problem)
        self.problem = problem
        self.where = where
        self.choices = tuple(choices)
        self.fix = fix

    def permission(self) -> tuple[str, Sequence[str]] | None:
        """Whom to trust, and the options by which the same command does what was refused; None: nothing was."""
        return None

    def __str__(self) -> str:
        lines = [self.problem]
        if self.where:
            lines.append(f"  where:   {self.where}")
        if self.choices:
            lines.append(f"  choices: {', '.join(self.choices)}")
        if self.fix:
            lines.append(f"  fix:     {self.fix}")
        return "\n".join(lines)


class ManifestError(QuorateError):
    """A manifest, or one row of it, does not have the documented shape."""


class RegistryError(QuorateError):
    """A component is unknown, of the wrong kind, disabled, or can not be imported."""


class ConfigError(QuorateError):
    """A configuration does not fit the settings it is merged into."""


class RunError(QuorateError):
    """A run can not be started, written, resumed or read."""
