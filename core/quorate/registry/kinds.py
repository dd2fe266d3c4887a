"""The kinds of component: this is the one place that lists those that are built in; a manifest may declare others."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from quorate.errors import RegistryError
from quorate.nearest import nearest


@dataclass(frozen=True)
class Kind:
    """One kind of component. Whatever it names is imported or read where it is used, and not before.

    Attributes:
        name: as in a manifest; of a third party's kind, it begins with the key of its plugin and a slash.
        plural: the heading of lists.
        summary: one sentence.
        called_with: the arguments that a target gets; the first is an instance of its settings dataclass.
        interface: ``module:attribute`` of the abstract class that the result implements, or None.
        accepts: further classes, as `interface`, that a target may implement instead.
        checks: ``module:attribute`` of the tuple of `quorate.testing.Check` that `quorate check` runs.
        blueprints: ``package:folder`` of what `quorate new` generates, for each style; the first is the default.
        versioned: whether names end with a version such as ``-v1``; of built-in kinds only.
        directory: where else its modules may live: that of a manifest given with ``--manifest``.
    """

    name: str
    plural: str
    summary: str
    called_with: str = "(settings)"
    interface: str | None = None
    accepts: tuple[str, ...] = ()
    checks: str | None = None
    blueprints: tuple[str, ...] = ()
    versioned: bool = False
    directory: str | None = None

    @property
    def word(self) -> str:
        """The name without the plugin's key, as a setting or a module would be called."""
        return self.name.rpartition("/")[2].replace("-", "_")


def find_kind(kinds: Mapping[str, Kind], name: str) -> Kind:
    """A kind by its name.

    Raises:
        RegistryError: there is none of that name.
    """
    if name in kinds:
        return kinds[name]
    fix = "Choose one of these kinds."
    if "/" in name:
        fix = f"Install the plugin {name.split('/')[0]}, which would declare it; see `quorate plugins`."
    raise RegistryError(
        f"There is no kind {name!r}.", choices=[*dict.fromkeys((*nearest(name, kinds), *kinds))], fix=fix
    )


def _built_in(
    name: str, plural: str, summary: str, called_with: str = "(settings)", interface: str | None = None, **more: Any
) -> Kind:
    """Its checks and its blueprint are where its name says."""
    more = {"checks": f"quorate.testing.{name}:CHECKS", "blueprints": (f"quorate.scaffold:templates/{name}",), **more}
    return Kind(name, plural, summary, called_with, interface and f"quorate.interfaces:{interface}", **more)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        _built_in(
            "environment",
            "environments",
            "A batch of copies of one Dec-POMDP.",
            "(settings, batch=int, device=torch.device)",
            "Environment",
            accepts=("pettingzoo:ParallelEnv",),
            blueprints=tuple(
                f"quorate.scaffold:templates/environment_{style}" for style in ("pettingzoo", "native", "tabular")
            ),
            versioned=True,
        ),
        _built_in(
            "denoiser",
            "denoisers",
            "From a history and a noisy state to an estimate of the clean state.",
            "(settings, environment, layout)",
            "Denoiser",
        ),
        _built_in(
            "noise",
            "noise distributions",
            "The distribution of the noise level that a denoiser is trained under.",
            interface="NoiseDistribution",
        ),
        _built_in(
            "inference",
            "inference schemes",
            "From the agents' histories to estimates of the state.",
            interface="InferenceScheme",
        ),
        _built_in(
            "network",
            "networks",
            "What policies, critics and denoisers compute with; it may remember.",
            "(settings, network_spec)",
            "Network",
        ),
        _built_in(
            "policy", "policies", "Decentralised choices of all agents at once.", "(settings, policy_spec)", "Policy"
        ),
        _built_in(
            "input",
            "policy inputs",
            "What a policy sees: the observation, a history, the state, or an estimate of it.",
            "(settings, context)",
            "PolicyInput",
        ),
        _built_in("algorithm", "algorithms", "What learns from an environment.", "(settings, context)", "Algorithm"),
        _built_in(
            "logger", "loggers", "Implements hooks of a run (see `quorate.hookspecs`); registered for that run only."
        ),
        _built_in("launcher", "launchers", "Runs the parts of a comparison, here or elsewhere.", interface="Launcher"),
    )
}
"""Every kind that is built in by its name, in the order of lists; `Registry.kinds` has those of plugins too."""
