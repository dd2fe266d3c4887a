"""An environment in the interpreter that it lives in, and the commands that reach it."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import Tensor

from quorate.environments.isolated import cuda, states
from quorate.environments.isolated.describe import compose_component
from quorate.environments.isolated.specs import spec_to_data
from quorate.environments.isolated.tensors import (
    Filler,
    Table,
    check_dense,
    expected,
    table_from_data,
    table_to_data,
    tensors_of,
    views,
)
from quorate.environments.isolated.transport import HostMemory, Transport, answered, transport_to
from quorate.interfaces import Environment, Filmable, PartlyResumable, Resumable, Step

_Answer = tuple[dict[str, Any], bytes]


class Session:
    """One environment.

    Args:
        environment: it.

    Attributes:
        name: of the environment.
    """

    def __init__(self, environment: Environment) -> None:
        self._environment = environment
        self.name, self._device = environment.spec.name, environment.device
        self._transport: Transport = HostMemory()
        self._actions: Callable[[], Tensor] | None = None
        self._table: Table = {}
        self._filler = Filler({})
        self._waiting: dict[str, Tensor] | None = None

    def built(self) -> dict[str, Any]:
        """What the other end must know of the environment."""
        environment = self._environment
        return {
            "spec": spec_to_data(environment.spec),
            "batch": environment.batch,
            "resumable": isinstance(environment, Resumable),
            "render_mode": environment.render_mode if isinstance(environment, Filmable) else None,
            "resumption": environment.resumption if isinstance(environment, PartlyResumable) else None,
            "gpu": cuda.uuid_of(environment.device),
        }

    def obey(self, command: str, message: dict[str, Any], payload: bytearray) -> _Answer:
        """Do what a command says."""
        if command == "step":
            assert self._actions is not None
            # A copy, for an environment may keep its actions, and the slot is overwritten.
            return self._show(self._environment.step(self._actions())), b""
        if command == "reset":
            return self._show(self._environment.reset(message["seed"])), b""
        if command == "actions":
            slot = self._attached(message)["actions"]
            self._actions = slot.clone if slot.device == self._device else partial(slot.to, self._device)
            return {}, b""
        if command == "slots":
            self._filler, found, self._waiting = Filler(self._attached(message)), self._waiting, None
            assert found is not None
            if not self._filler.fill(found):  # else what lay there before would be taken for this step
                raise RuntimeError(f"what environment {self.name} returned does not fit into the memory for it")
            self._transport.wait()
            return {"present": list(found)}, b""
        if command == "try":
            self._try(message["where"])
            return {}, b""
        if command == "render":
            assert isinstance(self._environment, Filmable)
            frame = self._environment.render(final=message["final"])
            return {"shape": frame.shape}, frame.tobytes()
        assert isinstance(self._environment, Resumable)
        if command == "state":
            return states.pack(self._environment.state_dict())
        restarts = self._environment.load_state_dict(states.unpack(message, payload))
        if restarts is None:
            return {}, b""
        return {"restarted": restarts.rows.tolist(), **self._show(restarts.step)}, b""

    def close(self) -> None:
        """Close the environment, and give back what was attached."""
        self._actions, self._filler, self._waiting = None, Filler({}), None
        self._environment.close()

    def _attached(self, message: dict[str, Any]) -> dict[str, Tensor]:
        """The tensors of a table in the block that the other side has made."""
        self._transport = transport_to(message["where"], self._device)
        return views(table_from_data(message["table"]), self._transport.attach(message["where"]))

    def _try(self, where: dict[str, Any]) -> None:
        transport = transport_to(where, self._device)
        block = transport.attach(where)
        block.copy_(answered(block))
        transport.wait()

    def _show(self, step: Step) -> dict[str, Any]:
        """Fill the slots, or ask for others where the step does not fit into them."""
        found = tensors_of(step, self.name)
        if not self._filler.fill(found):
            check_dense(found, self.name)
            self._table = {**self._table, **expected(found)}
            self._waiting = found
            return {"table": table_to_data(self._table)}
        self._transport.wait()
        return {"present": list(found)}


def build(message: dict[str, Any]) -> Session:
    """Make an environment.

    Args:
        message: the command ``build``: what to compose, and batch, device, workers, threads and seed.

    Raises:
        QuorateError: it can not be made.
    """
    from quorate.environments.build import build_environment
    from quorate.global_generators import seed_global_generators

    torch.set_num_threads(message["threads"])
    seed_global_generators(message["seed"])
    component, _ = compose_component(message)
    more = {"workers": message["workers"], "render": message["render"]}
    return Session(build_environment(component, message["batch"], message["device"], **more))
