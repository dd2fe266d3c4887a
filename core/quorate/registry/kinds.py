"""The kinds of component: what each is, and what the target of a manifest's row is called with."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of component.

    Attributes:
        name: as in a manifest.
        plural: the heading of lists.
        summary: one sentence.
        called_with: the arguments that a target gets; the first is an instance of its settings dataclass.
        interface: ``module:attribute`` of the abstract class that the result implements, or None.
    """

    name: str
    plural: str
    summary: str
    called_with: str
    interface: str | None = None


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "environment",
            "environments",
            "A batch of copies of one Dec-POMDP.",
            "(settings, batch=int, device=torch.device)",
            "quorate.interfaces:Environment",
        ),
        Kind(
            "denoiser",
            "denoisers",
            "From a history and a noisy state to an estimate of the clean state.",
            "(settings, environment, layout)",
            "quorate.interfaces:Denoiser",
        ),
        Kind(
            "noise",
            "noise distributions",
            "The distribution of the noise level that a denoiser is trained under.",
            "(settings)",
            "quorate.interfaces:NoiseDistribution",
        ),
        Kind(
            "inference",
            "inference schemes",
            "From the agents' histories to estimates of the state.",
            "(settings)",
            "quorate.interfaces:InferenceScheme",
        ),
        Kind(
            "policy",
            "policies",
            "Decentralised choices of all agents at once.",
            "(settings, policy_spec)",
            "quorate.interfaces:Policy",
        ),
        Kind(
            "input",
            "policy inputs",
            "What a policy sees: the observation, a history, the state, or an estimate of it.",
            "(settings, context)",
            "quorate.interfaces:PolicyInput",
        ),
        Kind(
            "algorithm",
            "algorithms",
            "What learns from an environment.",
            "(settings, context)",
            "quorate.interfaces:Algorithm",
        ),
        Kind(
            "logger",
            "loggers",
            "Implements hooks of a run (see `quorate.hookspecs`); registered for that run only.",
            "(settings)",
        ),
        Kind(
            "launcher",
            "launchers",
            "Runs the parts of a comparison, here or elsewhere.",
            "(settings)",
            "quorate.interfaces:Launcher",
        ),
    )
}
"""Every kind by its name, in the order of lists."""
