"""An environment that lives in another Python interpreter."""

from collections.abc import Callable
from functools import partial
from typing import Any, final

import numpy as np
import torch
from torch import Tensor

from quorate.config.resolved import plain, protected
from quorate.environments.batched import BatchedEnvironment
from quorate.environments.isolated import states
from quorate.environments.isolated.specs import spec_from_data
from quorate.environments.isolated.tensors import (
    Receiver,
    Slot,
    Table,
    table_from_data,
    table_to_data,
    total,
    views,
)
from quorate.environments.isolated.transport import choose
from quorate.environments.replica import Replica, reduced
from quorate.errors import QuorateError
from quorate.interfaces import Environment, Restarts, Step
from quorate.interpreters import Interpreter, user_settings
from quorate.interpreters.process import Worker
from quorate.settings import Component


class IsolatedEnvironment(BatchedEnvironment):
    """A batch of an environment in a process of another interpreter; the same bits as in this one.

    Each command is a short message, and tensors go through shared memory: actions one way, everything of a `Step` the
    other way. Which tensors there are is agreed on after the first reset, and anew whenever their shapes or names
    change. What an environment can do besides (`Enumerable`, `Renderable`) stays there, but for its simulator's own
    pictures (`Filmable`); `ResumableEnvironment` is for those that can be stored.

    Args:
        worker: has built the environment.
        answer: what it said of it.
        device: of the tensors of a `Step`.
        again: builds another like it, for copies.

    Attributes:
        transport: what tensors cross in, and why in nothing better.

    Raises:
        RunError: they can not cross as the user's settings say.
    """

    def __init__(
        self, worker: Worker, answer: dict[str, Any], device: torch.device, again: Callable[[], Environment]
    ) -> None:
        self._again = again
        super().__init__(spec_from_data(answer["spec"], device), int(answer["batch"]), device)
        self._worker = worker
        self._transport, self.transport = choose(worker, answer["gpu"], device)
        self.render_mode: str | None = answer["render_mode"]
        self._receiver = Receiver({}, device)
        self._actions: Tensor | None = None

    def reset(self, seed: int | None = None) -> Step:
        """Start B new episodes; None goes on with the generator."""
        return self._shown(self._ask("reset", seed=seed))

    def step(self, actions: Tensor) -> Step:
        """Take one joint action per environment."""
        slot = self._actions
        if slot is None or slot.shape != actions.shape or slot.dtype != actions.dtype:
            slot = self._actions = self._share("actions", {"actions": Slot.of(actions)})[0]["actions"]
        slot.copy_(actions.detach() if actions.requires_grad else actions)
        self._transport.wait()
        return self._shown(self._ask("step", meanwhile=self._receiver.make_room))

    def render(self, *, final: bool = False) -> Any:
        """See `Filmable`."""
        self._check_open()
        answer, payload = self._worker.ask("render", final=final)
        return np.frombuffer(payload, np.uint8).reshape(answer["shape"]).copy()

    def close(self) -> None:
        """End the process. Calling it twice does no harm."""
        self._worker.close()

    def __reduce__(self) -> Replica:
        return reduced(self, self._again)

    def _ask(self, command: str, **values: Any) -> dict[str, Any]:
        self._check_open()
        answer: dict[str, Any] = self._worker.ask(command, **values)[0]
        return answer

    def _check_open(self) -> None:
        if not self._worker.running:
            raise QuorateError("the environment is closed, or has failed", where=self._spec.name, fix="build it again")

    def _shown(self, answer: dict[str, Any]) -> Step:
        if "table" in answer:
            slots, answer = self._share("slots", table_from_data(answer["table"]))
            self._receiver = Receiver(slots, self._device)
        step = self._receiver.step(answer["present"])
        self._transport.wait()
        return step

    def _share(self, command: str, table: Table) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """New memory for a table, which has no name any more when this returns."""
        with self._transport.share(total(table)) as (block, where):
            answer = self._ask(command, table=table_to_data(table), where=where)
        return views(table, block), answer


class ResumableEnvironment(IsolatedEnvironment):
    """An environment in another interpreter that is `Resumable` there."""

    def state_dict(self) -> dict[str, Any]:
        """Everything that later steps depend on."""
        self._check_open()
        return states.unpack(*self._worker.ask("state"))

    def load_state_dict(self, state: dict[str, Any]) -> Restarts | None:
        """Go on bit for bit from what `state_dict` returned; see `Resumable.load_state_dict`."""
        self._check_open()
        message, payload = states.pack(state)
        answer, _ = self._worker.ask("load", payload, **message)
        if "restarted" not in answer:
            return None
        return Restarts(torch.tensor(answer["restarted"], device=self._device), self._shown(answer))


@final
class PartlyResumableEnvironment(ResumableEnvironment):
    """An environment in another interpreter that is `PartlyResumable` there."""

    def __init__(
        self, worker: Worker, answer: dict[str, Any], device: torch.device, again: Callable[[], Environment]
    ) -> None:
        super().__init__(worker, answer, device, again)
        self._resumption = str(answer["resumption"])

    @property
    def resumption(self) -> str:
        """What `quorate resume` does with the episodes, in words."""
        return self._resumption


def build_isolated(
    component: Component,
    interpreter: Interpreter,
    batch: int,
    device: torch.device,
    *,
    workers: int = 0,
    render: bool = False,
) -> IsolatedEnvironment:
    """Build a batch of an environment in the interpreter that it lives in.

    Args:
        component: of the kind environment, composed there.
        interpreter: where.
        batch: B.
        device: of the tensors, here and there.
        workers: as of `quorate.environments.build_environment`, there.
        render: likewise.

    Raises:
        QuorateError: as of `build_environment` there; or the interpreter can not be used.
    """
    worker = Worker(interpreter.name, interpreter.path)
    try:
        if spin := user_settings().interpreter_spin:
            worker.spin(spin)
        answer, _ = worker.ask(
            "build",
            timeout=worker.timeout_of(interpreter.row),
            origin=dict(interpreter.origin),
            given={},
            value={"name": component.name, **protected(plain(component.settings))},
            path=["environment"],
            file="the resolved configuration",
            known=[],
            batch=batch,
            device=str(device),
            workers=workers,
            render=render,
            threads=torch.get_num_threads(),
            seed=torch.initial_seed(),
        )
        cls = ResumableEnvironment if answer["resumable"] else IsolatedEnvironment
        if answer["resumption"] is not None:
            cls = PartlyResumableEnvironment
        more: dict[str, Any] = {"workers": workers, "render": render}
        return cls(worker, answer, device, partial(build_isolated, component, interpreter, batch, device, **more))
    except BaseException:
        worker.close()
        raise
