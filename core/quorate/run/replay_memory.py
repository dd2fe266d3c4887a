"""How much memory the replay of a run will take, found by a process that builds its algorithm.

It is asked ``{"origin": ..., "run": ...}``, and answers ``{"bytes": ...}`` or ``{"problem": ..., ...}``.
"""

from typing import Any

from quorate.config.compose import compose_data
from quorate.config.resolved import ResolvedRun
from quorate.documents import Places
from quorate.errors import ConfigError, QuorateError
from quorate.learning.off_policy_settings import ReplaySettings
from quorate.machine import size_text
from quorate.processes.child import ChildError, ChildProcess, answer, inherited
from quorate.registry import Registry
from quorate.registry.registry import registry_from

_TIMEOUT = 300.0
"""Seconds to import torch and build the environments."""


def replay_memory(run: ResolvedRun, registry: Registry) -> str | None:
    """What a run's replay memory takes, in words; None where its algorithm has none.

    Raises:
        ConfigError: it can not fit this machine.
    """
    settings = run.settings.algorithm.settings
    if not isinstance(settings, ReplaySettings):
        return None
    found = _ask(run, registry)
    if found.get("where") == "algorithm.replay":
        where = run.where("algorithm", "replay")
        raise ConfigError(found["problem"], where=where, fix=found["fix"])
    transitions = f"{settings.replay:,} transitions"
    if "bytes" in found:
        return f"the replay memory of {transitions} takes {size_text(found['bytes'])} when it is full"
    return f"what the replay memory of {transitions} takes is not known: {found['problem']}"


def _ask(run: ResolvedRun, registry: Registry) -> dict[str, Any]:
    with ChildProcess("quorate.run.replay_memory") as child:
        child.ask({"origin": dict(registry.origin), "run": run.to_dict()})
        try:
            found: dict[str, Any] = child.answer(_TIMEOUT)
        except ChildError as error:
            return {"problem": child.end(error)}
        return found


def main() -> None:
    """Build what is asked for."""
    channel = inherited()
    asked, _ = channel.receive()
    try:
        answer(channel, {"bytes": _build(asked)})
    except QuorateError as error:
        answer(channel, {"problem": error.problem, "where": error.where, "fix": error.fix})


def _build(asked: dict[str, Any]) -> int:
    from quorate.learning.replay_learner import ReplayLearner
    from quorate.run.device import prepare_device
    from quorate.run.loading import built_algorithm
    from quorate.run.progress import make_display

    registry = registry_from(asked["origin"])
    run = compose_data(asked["run"], Places("the run", ConfigError), registry)
    device = prepare_device(run.settings.device, run.settings.threads)
    with built_algorithm(run, registry, device, make_display(True)) as algorithm:
        if not isinstance(algorithm, ReplayLearner):
            raise QuorateError("this algorithm does not say")
        return algorithm.replay_bytes()


if __name__ == "__main__":
    main()
