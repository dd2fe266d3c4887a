"""The kinds of component: this is the one place that lists those that are built in; a manifest may declare others."""

from collections.abc import Mapping
from dataclasses import dataclass

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
    raise RegistryError(f"There is no kind {name!r}.", choices=nearest(name, kinds) or tuple(kinds), fix=fix)


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "environment",
            "environments",
            "A batch of copies of one Dec-POMDP.",
            "(settings, batch=int, device=torch.device)",
            "quorate.interfaces:Environment",
            accepts=("pettingzoo:ParallelEnv",),
            checks="quorate.testing.environment:CHECKS",
            blueprints=(
                "quorate.scaffold:templates/environment_pettingzoo",
                "quorate.scaffold:templates/environment_native",
            ),
            versioned=True,
        ),
        Kind(
            "denoiser",
            "denoisers",
            "From a history and a noisy state to an estimate of the clean state.",
            "(settings, environment, layout)",
            "quorate.interfaces:Denoiser",
            checks="quorate.testing.denoiser:CHECKS",
            blueprints=("quorate.scaffold:templates/denoiser",),
        ),
        Kind(
            "noise",
            "noise distributions",
            "The distribution of the noise level that a denoiser is trained under.",
            "(settings)",
            "quorate.interfaces:NoiseDistribution",
            checks="quorate.testing.noise:CHECKS",
            blueprints=("quorate.scaffold:templates/noise",),
        ),
        Kind(
            "inference",
            "inference schemes",
            "From the agents' histories to estimates of the state.",
            "(settings)",
            "quorate.interfaces:InferenceScheme",
            checks="quorate.testing.inference:CHECKS",
            blueprints=("quorate.scaffold:templates/inference",),
        ),
        Kind(
            "policy",
            "policies",
            "Decentralised choices of all agents at once.",
            "(settings, policy_spec)",
            "quorate.interfaces:Policy",
            checks="quorate.testing.policy:CHECKS",
            blueprints=("quorate.scaffold:templates/policy",),
        ),
        Kind(
            "input",
            "policy inputs",
            "What a policy sees: the observation, a history, the state, or an estimate of it.",
            "(settings, context)",
            "quorate.interfaces:PolicyInput",
            checks="quorate.testing.input:CHECKS",
            blueprints=("quorate.scaffold:templates/input",),
        ),
        Kind(
            "algorithm",
            "algorithms",
            "What learns from an environment.",
            "(settings, context)",
            "quorate.interfaces:Algorithm",
            checks="quorate.testing.algorithm:CHECKS",
            blueprints=("quorate.scaffold:templates/algorithm",),
        ),
        Kind(
            "logger",
            "loggers",
            "Implements hooks of a run (see `quorate.hookspecs`); registered for that run only.",
            checks="quorate.testing.logger:CHECKS",
            blueprints=("quorate.scaffold:templates/logger",),
        ),
        Kind(
            "launcher",
            "launchers",
            "Runs the parts of a comparison, here or elsewhere.",
            interface="quorate.interfaces:Launcher",
            checks="quorate.testing.launcher:CHECKS",
            blueprints=("quorate.scaffold:templates/launcher",),
        ),
    )
}
"""Every kind that is built in by its name, in the order of lists; `Registry.kinds` has those of plugins too."""
