"""How estimates evolve while agents take turns, for orders and subsets of agents (2410.13953, Fig. 4)."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from quorate_state_inference.metrics import PSNR_CAP
from quorate_state_inference.paper_figures.field import pick_features
from quorate_state_inference.paper_figures.subject import Subject, consistent
from quorate_state_inference.schemes.composite import Composite, PartialComposite
from quorate_state_inference.schemes.individual import Individual
from quorate_state_inference.settings import CompositeSettings, IndividualSettings, Order, PartialCompositeSettings

NOISES = 150
SHOWN = 6
"""Iterations drawn one by one."""
CYCLES = 4
QUARTILES = (0.25, 0.75)


@dataclass(frozen=True)
class Evolution:
    """Estimates from many noises while some agents take turns on them.

    Attributes:
        label: which agents, and in which order.
        agents: in their order.
        path: [T + 1, N, 2], from noise on, in the two features shown.
        allowed: [C, 2], the states consistent with what these agents observed; empty where that is not known.
    """

    label: str
    agents: list[int]
    path: Tensor
    allowed: Tensor


@dataclass(frozen=True)
class Curve:
    """Error against iteration, in dB: `psnr` [T + 1] of the mean squared error, and the rows' quartiles [T + 1]."""

    label: str
    psnr: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Evolutions:
    """The true state [s], the two features shown, two orders and two subsets, and the error curves."""

    state: Tensor
    features: tuple[int, int]
    orders: list[Evolution]
    subsets: list[Evolution]
    curves: list[Curve]

    def summary(self) -> dict[str, float]:
        """PSNR in dB at the last iteration of each curve."""
        return {f"psnr {curve.label}": float(curve.psnr[-1]) for curve in self.curves}


@torch.no_grad()
def evolutions(subject: Subject) -> Evolutions:
    """Follow composites from many noises at one joint history, and from one noise at many."""
    randomness = subject.randomness("evolution")
    row = int(torch.randint(len(subject.evaluation), (1,), generator=randomness, device=randomness.device))
    histories = subject.identified(subject.evaluation.windows[row])
    state, count = subject.evaluation.states[row], len(histories)
    features = pick_features(subject, histories, state)
    orders = [torch.randperm(count, generator=randomness, device=randomness.device).tolist() for _ in range(2)]
    parts = [("order 1", orders[0]), ("order 2", orders[1]), *pick_subsets(subject, histories, orders[0])]
    shown = [_follow(subject, label, agents, histories, features, randomness) for label, agents in parts]
    return Evolutions(state, features, shown[:2], shown[2:], error_curves(subject, orders, randomness))


def pick_subsets(subject: Subject, histories: Tensor, order: list[int]) -> list[tuple[str, list[int]]]:
    """The better and the worse informed half of the agents, by the states that each holds possible.

    They take turns in the given order; without a posterior they are the first and the last half of it.
    """
    half = max(1, len(order) // 2)
    if subject.posterior is None:
        return [(f"{half} of {len(order)} agents", order[:half]), (f"{half} other agents", order[-half:])]
    open_states = consistent(subject.posterior, histories[:, None]).sum(-1).tolist()
    ranked = sorted(order, key=lambda agent: open_states[agent])
    chosen = {"best": set(ranked[:half]), "least": set(ranked[-half:])}
    return [(f"{half} {word} informed", [agent for agent in order if agent in who]) for word, who in chosen.items()]


def error_curves(subject: Subject, orders: list[list[int]], randomness: torch.Generator) -> list[Curve]:
    """Error against iteration for the given orders, a random order each cycle, random subsets, and single agents."""
    rows, agents = subject.evaluation, subject.layout.agents
    histories = subject.identified(rows.windows[: subject.effort.rows])
    truth, steps = rows.states[: subject.effort.rows], CYCLES * agents
    shared: dict[str, Any] = {"steps": steps, "checks": False}
    schemes: list[tuple[str, Composite | PartialComposite | Individual, Tensor]] = [
        (f"order {number}", Composite(CompositeSettings(**shared)), histories[:, order])
        for number, order in enumerate(orders, 1)
    ]
    each = CompositeSettings(**shared, order=Order.RANDOM_EACH_CYCLE)
    schemes.append(("random order each cycle", Composite(each), histories))
    for size in sorted({max(1, agents * share // 4) for share in (1, 2, 3)} - {1, agents}, reverse=True):
        partial = PartialComposite(PartialCompositeSettings(**shared, count=size))
        schemes.append((f"{size} of {agents} agents", partial, histories))
    schemes.append(("one agent alone", Individual(IndividualSettings(**shared)), histories))
    curves = []
    for label, scheme, own in schemes:
        trajectory = scheme.infer(subject.denoiser, own, randomness, trajectory=True).trajectory
        assert trajectory is not None
        curves.append(make_curve(label, trajectory, truth))
    return curves


def make_curve(label: str, trajectory: Tensor, truth: Tensor) -> Curve:
    """From estimates [T + 1, B, e, s] of states [B, s]."""
    square = ((trajectory - truth[:, None]) ** 2).mean(-1).flatten(1)  # [T + 1, B * e]
    low, high = torch.quantile(square, torch.tensor(QUARTILES, device=square.device), dim=1)
    return Curve(label, _decibel(square.mean(1)), _decibel(high), _decibel(low))


def _decibel(square: Tensor) -> Tensor:
    return (-10 * square.clamp(min=1e-30).log10()).clamp(max=PSNR_CAP)


def _follow(
    subject: Subject,
    label: str,
    agents: list[int],
    histories: Tensor,
    features: tuple[int, int],
    randomness: torch.Generator,
) -> Evolution:
    settings = CompositeSettings(steps=2 * max(SHOWN, len(agents)), checks=False)
    rows = histories[agents].expand(NOISES, -1, -1)
    trajectory = Composite(settings).infer(subject.denoiser, rows, randomness, trajectory=True).trajectory
    assert trajectory is not None
    shown = list(features)
    allowed = torch.zeros(0, 2)
    if subject.posterior is not None:
        states = subject.posterior.states[consistent(subject.posterior, histories[agents][None])[0]]
        allowed = torch.unique(states[:, shown], dim=0)
    return Evolution(label, agents, trajectory[:, :, 0, shown], allowed)
