"""A memory of transitions."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.learning.endings import Endings, taken
from quorate.learning.transitions import Situation, Transition, Transitions

SITUATION = "inputs", "state", "begins", "action_mask", "agent_mask"
FINAL = "inputs", "state", "action_mask", "agent_mask"
DONE = "actions", "reward", "terminated", "truncated", "agent_reward"


class Replay:
    """The latest transitions of B environments, in tensors that are written in a circle.

    Rows of one step lie side by side, so the step after row r is row ``(r + B) % rows``, and what was seen after a
    step lies where the next one has what was seen before it: there is one step more than transitions. Only what
    followed the last actions of episodes lies beside (`Endings`).

    Args:
        capacity: transitions to keep at most; rounded down to a multiple of B when the first are added.
        device: of the tensors.
        outcomes: k, how many an episode ends with.

    Attributes:
        batch: B; 0 before the first step.
        capacity: transitions that it can hold.
        rows: of the tensors, B more than `capacity`.
        steps: added so far.
    """

    def __init__(self, capacity: int, device: torch.device | str, outcomes: int = 0) -> None:
        self._limit, self._device, self._outcomes = capacity, device, outcomes
        self._data: dict[str, Tensor] = {}
        self._endings = Endings(0, device)
        self._now: Situation | None = None
        self._age = torch.zeros(0, dtype=torch.int32, device=device)
        self._ended: int | None = None  # the latest step with which an episode ended
        self.batch = self.capacity = self.rows = self.steps = 0

    def __len__(self) -> int:
        return min(self.steps * self.batch, self.capacity)

    @property
    def bytes(self) -> int:
        """Of all tensors, those of endings as far as they have grown."""
        return sum(value.nbytes for value in self._data.values()) + self._endings.bytes

    def add(self, step: Transition) -> None:
        """Remember a step; its masks and agent rewards are there in all steps or in none."""
        if not self._data:
            self._allocate(step)
        here, after = self._block(self.steps), self._block(self.steps + 1)
        if step.before is not self._now:  # nothing came before, or other episodes did
            self._write(here, step.before, SITUATION)
        self._write(here, step, DONE)
        self._age = self._age.masked_fill(step.before.begins, 0) + 1
        if (self.steps + 1) * self.batch >= self.rows:  # else nothing lies there yet
            self._endings.forget(after)
        self._write(after, step.after, SITUATION)
        if step.final is not None and bool(step.ended.any()):  # some environments always say what was last
            self._end(here, step.ended, step.final, step.outcomes)
            self._ended = self.steps
        self._now = step.after
        self.steps += 1

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """Rows of transitions, drawn uniformly with replacement: int64 [count]."""
        drawn = torch.randint(len(self), (count,), generator=generator, device=self._device)
        if self.steps * self.batch <= self.capacity:
            return drawn
        # The circle has a step more than transitions; which of them a number means shall not depend on that.
        newest, blocks = self.steps - 1, self.capacity // self.batch
        step = newest - (newest - drawn // self.batch) % blocks
        return step % (blocks + 1) * self.batch + drawn % self.batch

    def left(self, index: Tensor) -> Tensor:
        """How many steps were added after that of a row, int64."""
        blocks = self.rows // self.batch
        return (self.steps - 1 - index // self.batch) % blocks

    @property
    def names(self) -> frozenset[str]:
        """Of the tensors that are kept."""
        return frozenset(self._data)

    @property
    def has_episodes(self) -> bool:
        """Whether an episode has ended whose last step is remembered, so that `episodes` can be drawn."""
        return self._ended is not None and (self.steps - self._ended) * self.batch <= self.capacity

    def newest(self) -> slice:
        """The rows of the latest step."""
        return self._block(self.steps - 1)

    def truncate(self, rows: Tensor) -> None:
        """Episodes have been cut after the latest step, in some of its rows, bool [B]: no return runs on from there."""
        if not self.steps:
            return
        newest, now = self.newest(), self._block(self.steps)
        terminated, truncated = self._data["terminated"][newest], self._data["truncated"][newest]
        cut = rows & ~terminated & ~truncated
        if not bool(cut.any()):
            return
        seen = {name: self._data[name][now] for name in SITUATION if name in self._data}
        self._end(newest, cut, Situation(**seen), None)
        self._data["truncated"][newest] = truncated | cut
        self._ended = self.steps - 1

    def column(self, name: str) -> Tensor:
        """The tensor [rows, ...] of one name: of situations, what was there before the action."""
        return self._data[name]

    def get(self, name: str, index: Tensor) -> Tensor:
        """A tensor of rows, int64 [...]."""
        return taken(self._data[name], index)

    def following(self, name: str, index: Tensor) -> Tensor:
        """What followed the actions of rows, int64 [...], in their own episodes, of a field of a situation."""
        return self._endings.put(name, index, self.get(name, (index + self.batch) % self.rows))

    def outcomes(self, index: Tensor) -> Tensor | None:
        """What episodes came to that ended with rows, int64 [...]: [..., k], NaN in others; None where k is 0."""
        if not self._outcomes:
            return None
        nothing = torch.full((*index.shape, self._outcomes), torch.nan, device=self._device)
        return self._endings.put("outcomes", index, nothing)

    def episodes(self, count: int, length: int, generator: torch.Generator) -> Transitions:
        """Episodes that have ended, drawn uniformly with replacement, or parts of longer ones.

        A part begins anywhere. Of an episode whose first steps are forgotten, there is what is left.

        Args:
            count: R.
            length: L, the most steps of each.
            generator: on the device of the memory.

        Returns:
            L steps of R rows, of which those count that are `valid`, and what followed the last of them.

        Raises:
            ValueError: there is none, see `has_episodes`.
        """
        if not self.has_episodes:
            raise ValueError("no episode has ended whose last step is remembered")
        place = self._endings.draw(count, generator)
        last, whole = (self._endings.column(name)[place].long() for name in ("row", "length"))
        there = torch.minimum(whole, len(self) // self.batch - self.left(last))
        share = torch.rand(count, generator=generator, device=self._device)
        skipped = (share * ((there - length).clamp(min=0) + 1)).long()
        kept = there.clamp(max=length)
        ahead = torch.arange(length, device=self._device)[:, None]
        steps = skipped + torch.minimum(ahead, kept - 1)
        rows = (last - (there - 1 - steps) * self.batch) % self.rows
        return self._sequences(rows, ahead < kept)

    def _sequences(self, rows: Tensor, valid: Tensor) -> Transitions:
        """Steps [L, R] of the circle, each row within an episode."""
        seen: dict[str, Any] = {
            name: torch.cat([self.get(name, rows[:1]), self.following(name, rows)])
            for name in FINAL
            if name in self._data
        }
        done: dict[str, Any] = {name: self.get(name, rows) for name in DONE if name in self._data}
        begins = torch.cat([self.get("begins", rows[:1]), torch.zeros_like(valid)])
        ends = {name: done.pop(name) & valid for name in ("terminated", "truncated")}
        return Transitions(**seen, **done, **ends, begins=begins, valid=valid)

    def state_dict(self) -> dict[str, Any]:
        """The rows that are filled, and where to go on."""
        data = {name: value[: self._filled(name)].clone() for name, value in self._data.items()}
        counts = {"steps": self.steps, "batch": self.batch, "age": self._age}
        return {"data": data, "endings": self._endings.state_dict(), **counts}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore what `state_dict` returned.

        Raises:
            QuorateError: it is that of version 0.1.
        """
        if "endings" not in state:
            problem = "This run's replay memory is stored in another form since version 0.2."
            raise QuorateError(problem, fix="Begin a new run with its weights: `quorate run FILE --from RUN`.")
        self._data, self._now = {}, None
        self.batch = self.capacity = self.rows = 0
        self.steps, self._age, self._ended = state["steps"], state["age"].to(self._device), None
        if state["batch"]:
            self._make(state["batch"], {name: value[: state["batch"]] for name, value in state["data"].items()})
            for name, value in state["data"].items():
                self._data[name][: len(value)] = value.to(self._device)
            self._endings.load_state_dict(state["endings"])
            ends = self._endings.rows()
            self._ended = self.steps - 1 - int(self.left(ends).min()) if len(ends) else None

    def _filled(self, name: str) -> int:
        return min((self.steps + (name in SITUATION)) * self.batch, self.rows)

    def _block(self, step: int) -> slice:
        start = step * self.batch % self.rows
        return slice(start, start + self.batch)

    def _write(self, rows: slice, values: Situation | Transition, names: tuple[str, ...]) -> None:
        for name in names:
            if name in self._data:
                self._data[name][rows] = getattr(values, name)

    def _end(self, rows: slice, ended: Tensor, final: Situation, outcomes: Tensor | None) -> None:
        values = {name: getattr(final, name) for name in FINAL if name in self._data}
        values["row"] = torch.arange(rows.start, rows.stop, device=self._device)
        values["length"] = self._age
        if self._outcomes:
            nothing = torch.full((self.batch, self._outcomes), torch.nan, device=self._device)
            values["outcomes"] = nothing if outcomes is None else outcomes
        self._endings.add(rows, ended, values)

    def _allocate(self, step: Transition) -> None:
        sources = [(step.before, SITUATION), (step, DONE)]
        named = {name: getattr(source, name) for source, names in sources for name in names}
        self._make(len(step.reward), {name: value for name, value in named.items() if value is not None})
        self._age = torch.zeros_like(step.before.begins, dtype=torch.int32)

    def _make(self, batch: int, rows: Mapping[str, Tensor]) -> None:
        self.batch, self.capacity = batch, max(self._limit // batch, 1) * batch
        self.rows = self.capacity + batch
        self._endings = Endings(self.rows, self._device)
        for name, value in rows.items():
            # Pages of a large memory are only taken when they are written.
            self._data[name] = torch.empty((self.rows, *value.shape[1:]), dtype=value.dtype, device=self._device)
