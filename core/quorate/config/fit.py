"""Refuses an algorithm, policy or input that can not be used with the environment of its run."""

from collections.abc import Mapping
from typing import Any

from quorate.config.resolved import ResolvedRun
from quorate.errors import ConfigError
from quorate.nearest import few
from quorate.registry import Registry, Row, fit
from quorate.settings import Component

POLICY = ("algorithm", "policy")
"""The key path of the policy that an algorithm improves."""


def check_fit(run: ResolvedRun, registry: Registry, facts: Mapping[str, Any] | None = None) -> None:
    """Hold what every component of a run requires against the environment (see `quorate.registry.fit`).

    Args:
        run: the configuration.
        registry: what else there is, for the message.
        facts: of the environment as it was built; None takes its tags, and leaves out what they do not say.

    Raises:
        ConfigError: naming the component, the environment, the requirement, and what would fit.
    """
    environment = run.settings.environment
    known = environment.tags if facts is None else facts
    for path, part in run.placed_components():
        requires = part.tags.get("requires", {})
        if part is not environment and (unmet := fit.misfits(requires, known)):
            wanted = fit.in_words({key: requires[key] for key in unmet})
            found = ", ".join(fit.fact_in_words(key, known[key]) for key in unmet)
            raise ConfigError(
                f"The {part.kind} {part.name!r} requires {wanted}; the environment {environment.name!r} has {found}.",
                where=run.where(*path, "name"),
                choices=_alternatives(part, known, registry, {} if path != POLICY else run.settings.algorithm.tags),
                fix=_fix(part, requires, registry),
            )


def _alternatives(
    part: Component, facts: Mapping[str, Any], registry: Registry, user: Mapping[str, Any]
) -> tuple[str, ...]:
    """Components of the same kind that the environment suits, and that serve who has the tags `user`."""
    rows = _near(part, registry.rows(part.kind), registry)
    suited = (row for row in rows if fit.fits(row.tags.get("requires", {}), facts))
    names = [row.name for row in suited if fit.serves(row.tags, user)]
    return few(names, f"`quorate list {part.kind}`")


def _near(part: Component, rows: list[Row], registry: Registry) -> list[Row]:
    """Those of the component's own distribution first."""
    own = registry.find(part.kind, part.name, installed=False).distribution
    return sorted(rows, key=lambda row: row.distribution != own)


def _fix(part: Component, requires: Mapping[str, Any], registry: Registry) -> str:
    rows = _near(part, registry.rows("environment"), registry)
    names = [row.name for row in rows if fit.fits(requires, row.tags)]
    shown = ", ".join(few(names, "`quorate list environment`"))
    if not names:
        return f"Choose another {part.kind}; no environment here is known to suit {part.name!r}."
    return f"Choose another {part.kind}, or an environment that suits {part.name!r}: {shown}."
