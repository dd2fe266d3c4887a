"""Composite diffusion: the agents' denoisers in turn (2410.13953, Definition 6), all of them or some."""

import torch
from torch import Tensor
from typing_extensions import override

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, Estimate, InferenceScheme
from quorate_state_inference.schemes.flow import Flow, encode_agents
from quorate_state_inference.settings import CompositeSettings, Order, PartialCompositeSettings


class Composite(InferenceScheme):
    """y <- f(tau_i, y) for i = i_1, i_2, ..., i_n, i_1, ...: one estimate for all agents."""

    def __init__(self, settings: CompositeSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Calls in sequence."""
        return self._settings.steps

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        return take_turns(self._settings, denoiser, histories, generator, trajectory)


class PartialComposite(InferenceScheme):
    """The composite of k < n agents (2410.13953, section 5.2): given ones, or k random ones drawn for each row."""

    def __init__(self, settings: PartialCompositeSettings) -> None:
        self._settings = settings

    def calls(self, agents: int) -> int:
        """Calls in sequence."""
        return self._settings.steps

    @torch.no_grad()
    @override
    def infer(
        self, denoiser: Denoiser, histories: Tensor, generator: torch.Generator, *, trajectory: bool = False
    ) -> Estimate:
        return take_turns(self._settings, denoiser, self._participants(histories, generator), generator, trajectory)

    def _participants(self, histories: Tensor, generator: torch.Generator) -> Tensor:
        agents, chosen, count = histories.shape[1], self._settings.agents, self._settings.count
        if max([count, *(index + 1 for index in chosen)]) > agents:
            raise QuorateError(
                f"a partial composite asks for more than the {agents} agents there are",
                where="the settings `agents` and `count` of the inference scheme partial-composite",
                fix=f"use indices from 0 to {agents - 1}, or a count of at most {agents}",
            )
        if chosen:
            return histories[:, chosen]
        index = random_orders(len(histories), agents, generator)[:, :count].sort(dim=1).values
        return histories.take_along_dim(index[..., None], 1)


def random_orders(rows: int, agents: int, generator: torch.Generator) -> Tensor:
    """A uniform random permutation of the agents for each row, int64 [rows, n]."""
    return torch.rand(rows, agents, generator=generator, device=generator.device).argsort(dim=1)


def take_turns(
    settings: CompositeSettings,
    denoiser: Denoiser,
    histories: Tensor,
    generator: torch.Generator,
    trajectory: bool,
    shares: Tensor | None = None,
) -> Estimate:
    """The composite flow of the agents whose histories [B, m, h] are given.

    Shares [m, N, s], N draw by draw, say how far each agent may move each feature towards its estimate; None: all the
    way.
    """
    batch, agents = histories.shape[:2]
    if settings.steps < agents:
        raise QuorateError(
            f"in {settings.steps} steps not all of the {agents} agents would have their turn",
            where="the inference scheme's setting `steps`",
            fix=f"set `steps` to {agents} at least, better to several times that",
        )
    encoded = encode_agents(denoiser, histories, settings.draws)
    flow = Flow(settings, denoiser, settings.steps, generator)
    noisy = flow.start(encoded.shape[1])
    turns = Turns(settings.order, encoded.shape[:2], generator)
    points = [noisy]
    for step in range(settings.steps):
        turn = turns.index(step)
        estimate = flow.call(encoded[turn], noisy, step, last_cycle=step >= settings.steps - agents)
        moved = flow.update(noisy, estimate, step)
        noisy = moved if shares is None else torch.lerp(noisy, moved, shares[turn])
        points.append(noisy)
        if not trajectory:
            del points[0]
    return flow.conclude(encoded, points, (settings.draws, batch, 1))


class Turns:
    """Whose turn it is at each step of a flow.

    Args:
        order: of the agents.
        shape: m agents, N rows.
        generator: of random orders, which differ from row to row.
    """

    def __init__(self, order: Order, shape: torch.Size, generator: torch.Generator) -> None:
        self._order, self._generator = order, generator
        self._agents, rows = shape
        self._rows = torch.arange(rows, device=generator.device)
        self._permutation: Tensor | None = None

    def index(self, step: int) -> int | tuple[Tensor, Tensor]:
        """Of what agents have, [m, N, ...], what those have whose turn it is, [N, ...]."""
        place = step % self._agents
        if self._order is Order.GIVEN:
            return place
        if self._permutation is None or (place == 0 and self._order is Order.RANDOM_EACH_CYCLE):
            self._permutation = random_orders(len(self._rows), self._agents, self._generator).T
        return self._permutation[place], self._rows
