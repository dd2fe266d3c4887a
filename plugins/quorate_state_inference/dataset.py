"""Joint histories with the states behind them, collected under a behaviour policy."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Actor, Environment, HistoryBuffer, HistoryLayout
from quorate.interfaces.algorithm import Report
from quorate.learning.action_features import ActionFeatures
from quorate.seeding import derive_seed, generator
from quorate_state_inference.settings import Holdout


@dataclass
class Dataset:
    """N joint histories and states.

    Attributes:
        windows: float32 [N, n, w], histories without identities.
        states: float32 [N, s].
        episodes: int64 [N], which episode each comes from.
    """

    windows: Tensor
    states: Tensor
    episodes: Tensor

    def __len__(self) -> int:
        return len(self.states)

    def rows(self, index: Tensor) -> "Dataset":
        """Those rows, in that order."""
        return Dataset(self.windows[index], self.states[index], self.episodes[index])


def collect(
    environment: Environment,
    actor: Actor,
    layout: HistoryLayout,
    samples: int,
    steps_per_episode: int | None,
    seed: int,
    report: Report,
) -> Dataset:
    """Step the environments under a behaviour until there are enough samples.

    Args:
        environment: B of them, reset here.
        actor: the behaviour, reset here.
        layout: of the histories.
        samples: N.
        steps_per_episode: reset all environments after so many samples of each episode; None: never.
        seed: of everything random here.
        report: told the progress.
    """
    randomness = generator(seed, "behaviour", device=environment.device)
    step = environment.reset(derive_seed(seed, "environment"))
    buffer = HistoryBuffer(layout, environment.batch, environment.device)
    buffer.push(step.observation)
    features = ActionFeatures(environment.spec, environment.device) if layout.action_size else None
    actor.reset(step)
    windows, states, rounds = [buffer.windows], [step.state.clone()], -(-samples // environment.batch)
    episodes = [torch.arange(environment.batch, device=environment.device)]
    for round_ in range(1, rounds):
        if steps_per_episode and round_ % steps_per_episode == 0:
            step = environment.reset(None)
            actor.reset(step)
            done, ended = None, torch.ones_like(episodes[-1], dtype=torch.bool)
        else:
            actions = actor.act(randomness)
            step = environment.step(actions)
            actor.observe(step)
            done, ended = None if features is None else features(actions), step.ended
        buffer.push(step.observation, ended, done)
        windows.append(buffer.windows)
        states.append(step.state.clone())
        episodes.append(episodes[-1] + environment.batch * ended)
        report("collecting histories", min(samples, (round_ + 1) * environment.batch), samples)
    return Dataset(*(torch.cat(parts)[:samples] for parts in (windows, states, episodes)))


def split(data: Dataset, holdout: Holdout, fraction: float, randomness: torch.Generator) -> tuple[Dataset, Dataset]:
    """Training and held-out rows; distinct states (joint histories, episodes) are held out with all their rows.

    Args:
        data: everything collected.
        holdout: states, histories or episodes.
        fraction: the share of the distinct ones to hold out; at least one is, and at least one is not.
        randomness: decides which.

    Raises:
        QuorateError: where there are fewer than two distinct ones.
    """
    keys = {Holdout.STATES: data.states, Holdout.EPISODES: data.episodes}
    distinct, group = torch.unique(keys.get(holdout, data.windows.flatten(1)), dim=0, return_inverse=True)
    if len(distinct) < 2:
        raise QuorateError(
            f"nothing can be held out: all {len(data)} samples have the same {holdout.removesuffix('s')}",
            where="algorithm.holdout",
            fix="collect more samples, choose another environment, or set `holdout: none`",
        )
    count = min(max(1, round(fraction * len(distinct))), len(distinct) - 1)
    chosen = torch.randperm(len(distinct), generator=randomness, device=randomness.device)[:count]
    held = torch.isin(group, chosen)
    return data.rows((~held).nonzero()[:, 0]), data.rows(held.nonzero()[:, 0])


def choose(data: Dataset, count: int, randomness: torch.Generator) -> Dataset:
    """At most `count` random rows."""
    index = torch.randperm(len(data), generator=randomness, device=randomness.device)[:count]
    return data.rows(index)
