"""What control of a sensor network is worth: exact values and the best players, where targets do not heed scans."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import HistoryLayout, Step
from quorate_sensor_network.environment import SensorNetwork
from quorate_sensor_network.matching import MatchingController
from quorate_sensor_network.network import grid_network
from quorate_sensor_network.settings import SensorNetworkSettings
from quorate_sensor_network.transition import enumerate_states, transition_matrix

Believe = Callable[[Step], Tensor]
"""From a step to probabilities [B, A] that areas are occupied; called once per step, in order."""


@dataclass(frozen=True)
class Value:
    """A mean over episodes.

    Attributes:
        mean: reward of one step.
        error: its standard error.
    """

    mean: float
    error: float


def play(environment: SensorNetwork, believe: Believe, seed: int) -> Value:
    """The best matching on beliefs, over one episode of each of the environment's copies."""
    controller = MatchingController(environment.settings, environment.network, environment.device)
    step, total = environment.reset(seed), torch.zeros(environment.batch, device=environment.device)
    for _ in range(environment.settings.horizon):
        step = environment.step(controller.act(believe(step)))
        total += step.reward
    per_step = total / environment.settings.horizon
    return Value(float(per_step.mean()), float(per_step.std() / environment.batch**0.5))


def true_state(step: Step) -> Tensor:
    """What someone believes who sees the state."""
    return step.state


def pooled(environment: SensorNetwork) -> Believe:
    """What all agents' present observations say together."""
    layout = HistoryLayout.of(environment.spec, 1)
    posterior = environment.posterior(layout)

    def believe(step: Step) -> Tensor:
        valid = torch.ones_like(step.observation[..., :1])
        histories = layout.identify(torch.cat([valid, step.observation], dim=-1))
        return posterior.log_probability(histories).exp() @ posterior.states

    return believe


def filtered(environment: SensorNetwork) -> Believe:
    """What all agents' observations since the episode began say together; for one episode."""
    posterior = environment.posterior(HistoryLayout.of(environment.spec, 1))
    known: Tensor | None = None

    def believe(step: Step) -> Tensor:
        nonlocal known
        known = posterior.filter(known, step.observation)
        return known.exp() @ posterior.states

    return believe


def visits(settings: SensorNetworkSettings) -> tuple[Tensor, Tensor]:
    """The states [K, A] and how often each occurs, float64 [K]: the average over the steps of an episode."""
    network = grid_network(*settings.grid)
    states = enumerate_states(network.areas, settings.targets)
    chance = torch.full((len(states),), 1 / len(states), dtype=torch.float64)
    chain = transition_matrix(network, states, settings.move)
    total = torch.zeros_like(chance)
    for _ in range(settings.horizon):
        total += chance
        chance = chance @ chain
    return states, total / settings.horizon


def random_value(settings: SensorNetworkSettings) -> float:
    """The expected reward of one step of sensors that choose uniformly among their actions."""
    network = grid_network(*settings.grid)
    states, chance = visits(settings)
    occupied = chance @ states.double()
    choices = [len(view) + 1 for view in network.views]
    caught = sum(float(occupied[area]) / (choices[a] * choices[b]) for area, (a, b) in enumerate(network.ends))
    return settings.catch_reward * caught - settings.scan_cost * sum(1 - 1 / count for count in choices)
