"""What is generated for each kind of component."""

from dataclasses import dataclass, field

from quorate.errors import QuorateError


@dataclass(frozen=True)
class Blueprint:
    """One kind's component.

    Attributes:
        kind: a key of `quorate.registry.kinds.KINDS`.
        component: what it is called where its author gives no name.
        suffix: what the name of its class ends with.
        summary: of the manifest's row.
        tags: of the manifest's row, as YAML, or empty.
        requires: what the generated modules import, besides Quorate.
        reserved: names of classes that the generated module imports and that the component can not have.
        compare: whether there is something to compare it with.
        templates: the folder of the templates.
    """

    kind: str
    component: str
    suffix: str
    summary: str
    templates: str
    tags: str = ""
    requires: tuple[str, ...] = ("torch",)
    reserved: frozenset[str] = field(default_factory=frozenset)
    compare: bool = True


_FORAGING = "Agents on a line look for food that they see only from nearby; they eat where all meet."
_FORAGING_TAGS = "observability: partial, actions: discrete, state: continuous, agents: 2"

STYLES = ("pettingzoo", "native")
"""How an environment is written: as a ParallelEnv that Quorate batches, or batched by itself."""

_ALL = (
    Blueprint(
        "environment",
        "foraging",
        "",
        _FORAGING,
        "environment_pettingzoo",
        tags=f"{_FORAGING_TAGS}, reward: shared",
        requires=("gymnasium", "numpy", "pettingzoo"),
        reserved=frozenset({"Any", "Box", "Discrete", "ParallelEnv"}),
    ),
    Blueprint(
        "environment",
        "foraging",
        "",
        _FORAGING,
        "environment_native",
        tags=_FORAGING_TAGS,
        requires=("gymnasium", "torch"),
        reserved=frozenset({"Any", "Discrete", "Environment", "EnvironmentSpec", "Observability", "Step", "Tensor"}),
    ),
    Blueprint(
        "denoiser",
        "mlp",
        "Denoiser",
        "A small fully connected network with bounded output, for binary states.",
        "denoiser",
        reserved=frozenset({"Denoiser"}),
    ),
    Blueprint(
        "noise",
        "uniform",
        "Noise",
        "Noise levels uniform between two bounds.",
        "noise",
        reserved=frozenset({"Noise"}),
    ),
    Blueprint(
        "inference",
        "average",
        "Inference",
        "All agents denoise one common estimate at once; the next one is the average of their answers.",
        "inference",
        tags="estimates: joint",
        reserved=frozenset({"Inference"}),
    ),
    Blueprint(
        "policy",
        "normal",
        "Policy",
        "A normal distribution around a bounded mean, with one learned deviation for each action feature.",
        "policy",
        tags="requires: {actions: [continuous]}",
        reserved=frozenset({"Policy"}),
    ),
    Blueprint(
        "input",
        "last-two",
        "Input",
        "Each agent's present observation and the one before it.",
        "input",
        reserved=frozenset({"Input", "PolicyInput"}),
    ),
    Blueprint(
        "algorithm",
        "cross-entropy",
        "",
        "Draws linear policies, plays an episode with each, and moves to the best of them (the cross-entropy method).",
        "algorithm",
        reserved=frozenset(
            {"ActionScaling", "Actor", "Algorithm", "Any", "Evaluator", "Mapping", "Situation", "Tensor"}
        ),
    ),
    Blueprint(
        "logger",
        "csv",
        "Logger",
        "Writes the metrics of a run as rows of one CSV file.",
        "logger",
        requires=(),
        reserved=frozenset({"Logger"}),
        compare=False,
    ),
)

KINDS: tuple[str, ...] = tuple(dict.fromkeys(blueprint.kind for blueprint in _ALL))
"""The kinds that can be generated."""


def find_blueprint(kind: str, style: str | None = None) -> Blueprint:
    """The blueprint of a kind.

    Args:
        kind: of component.
        style: of an environment, one of `STYLES`; None: the first.

    Raises:
        QuorateError: there is no such kind, or it has no styles.
    """
    found = [blueprint for blueprint in _ALL if blueprint.kind == kind]
    if not found:
        raise QuorateError(f"The kind {kind!r} can not be generated.", choices=KINDS, fix="Choose one of these.")
    if style is None:
        return found[0]
    if len(found) == 1:
        problem = f"A component of the kind {kind} has no style {style!r}."
        raise QuorateError(problem, fix="Leave out --style; it is for environments.")
    return found[STYLES.index(style)]
