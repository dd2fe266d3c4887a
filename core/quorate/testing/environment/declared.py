"""What an environment says of itself: its spec, and the tags of its row."""

from contextlib import suppress

from gymnasium import spaces

from quorate.config import compose_component
from quorate.errors import QuorateError
from quorate.interfaces import EnvironmentSpec, Observability
from quorate.testing.environment.play import is_discrete, opened
from quorate.testing.framework import CheckSkippedError, Subject, expect


def build(subject: Subject) -> None:
    """It is built as ``target(settings, batch=B, device=device)`` with batches of 1 and of 3, and closed again."""
    for batch in (1, 3):
        with opened(subject, batch) as environment:
            wanted = batch if batch == 1 else subject.batch or batch
            expect(environment.batch == wanted, f"a batch of {wanted}", f"environment.batch == {environment.batch}")


def spec(subject: Subject) -> None:
    """An `EnvironmentSpec` whose parts fit each other, the same whenever it is asked for.

    One name, one observation size and one action space for each agent; names that differ; sizes of at least 1; action
    spaces that are all `Discrete` from 0 or all `Box` of one dimension; a horizon of at least 1, or None; a named
    simulator; `observed_features` (where there are any) of the shape [n, o] with -1 where padded; outcomes with
    names of their own, if any.
    """
    with opened(subject, 2) as environment:
        declared, again = environment.spec, environment.spec
    n = declared.agent_count
    expect(n >= 1, "at least one agent", "none")
    expect(len(set(declared.agents)) == n, "agents with names of their own", str(declared.agents))
    for name in ("observation_sizes", "action_spaces"):
        count = len(getattr(declared, name))
        expect(count == n, f"{name} for each of the {n} agents", f"{count} of them")
    sizes = (*declared.observation_sizes, declared.state_size)
    expect(min(sizes) >= 1, "sizes of at least 1", f"observations {declared.observation_sizes}, state {sizes[-1]}")
    good = declared.horizon is None or (isinstance(declared.horizon, int) and declared.horizon >= 1)
    expect(good, "a horizon of at least 1, or None", repr(declared.horizon))
    observability = declared.observability
    expect(isinstance(observability, Observability), "an Observability", repr(observability))
    expect(bool(declared.simulator.strip()), "the name and version of the simulator", repr(declared.simulator))
    names = declared.outcomes
    expect(len({*names, ""}) == len(names) + 1, "outcomes with names of their own", str(names))
    expect(bool(declared.name.strip()), "the name of the environment", repr(declared.name))
    _action_spaces(declared)
    _observed_features(declared)
    same = (declared.agents, declared.observation_sizes) == (again.agents, again.observation_sizes)
    expect(same, "the same spec when asked twice", f"{declared} and then {again}")


def _action_spaces(declared: EnvironmentSpec) -> None:
    kind = spaces.Discrete if is_discrete(declared) else spaces.Box
    for agent, space in zip(declared.agents, declared.action_spaces, strict=True):
        expect(isinstance(space, kind), f"a {kind.__name__} as of the first agent", f"{space} of agent {agent!r}")
        if isinstance(space, spaces.Discrete):
            expect(int(space.start) == 0, "actions that are counted from 0", f"{space} of agent {agent!r}")
        else:
            expect(len(space.shape or ()) == 1, "a Box of one dimension", f"{space} of agent {agent!r}")


def _observed_features(declared: EnvironmentSpec) -> None:
    features = declared.observed_features
    if features is None:
        return
    shape = (declared.agent_count, declared.observation_size)
    expect(tuple(features.shape) == shape, f"observed_features of the shape {shape}", str(tuple(features.shape)))
    low, high = int(features.min()), int(features.max())
    wanted = f"observed_features from -1 to {declared.state_size - 1}"
    expect(low >= -1 and high < declared.state_size, wanted, f"{low} to {high}")
    for agent, size, own in zip(declared.agents, declared.observation_sizes, features, strict=True):
        found = own[size:].tolist()
        expect((own[size:] == -1).all(), "observed_features of -1 where padded", f"{found} of agent {agent!r}")


def tags(subject: Subject) -> None:
    """The tags of the row say of the environment, as it is by default, what its spec says.

    Compared are `observability`, `actions`, `state`, `agents` and `outcomes`, each where the row has it. `quorate list`
    and the check of whether an algorithm suits an environment go by the tags alone.
    """
    component = subject.component
    with suppress(QuorateError):  # settings that were given may rightly differ from what the row says of the defaults
        component = compose_component(component.kind, component.name, subject.registry)
    with opened(Subject(component, subject.registry), 1) as environment:
        declared = environment.spec
    facts = {
        "observability": declared.observability.value,
        "actions": "discrete" if is_discrete(declared) else "continuous",
        "agents": declared.agent_count,
        "outcomes": list(declared.outcomes),
    }
    found = {key: component.tags[key] for key in facts if key in component.tags}
    for key, tag in found.items():
        expect(str(tag) == str(facts[key]), f"the tag {key}: {facts[key]}, as the spec has it", f"{key}: {tag}")
    state = component.tags.get("state")
    if state in ("binary", "continuous"):
        binary = "binary" if declared.binary_state else "not binary"
        expect(declared.binary_state == (state == "binary"), f"a tag for a state that is {binary}", f"state: {state}")
    elif not found:
        raise CheckSkippedError("the row has no tags that say what the spec says")
