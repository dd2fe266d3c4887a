import math
import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from quorate.environments import build_environment
from quorate.interfaces import Actor, Algorithm, RunContext, Step
from quorate.seeding import generator
from quorate.settings import NoSettings
from quorate_toy.settings import NetSettings, RegressionSettings


def make_net(settings: NetSettings) -> nn.Module:
    layers = nn.Linear(2, settings.width), nn.Dropout(settings.dropout), nn.Tanh(), nn.Linear(settings.width, 2)
    return nn.Sequential(*layers)


class Regression(Algorithm):
    """Its dropout and its initial weights use torch's global generator, as a careless third party's would."""

    def __init__(self, settings: RegressionSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        self._environment = build_environment(context.environment, settings.batch, context.device)
        self._net = settings.net.build().to(context.device)
        rate = settings.optimiser.rate
        self._adam = torch.optim.Adam(self._net.parameters(), lr=rate, betas=settings.optimiser.betas)
        self._generator = generator(context.seed, "noise", device=context.device)
        self._steps = 0
        context.report("collecting", 1, 1)

    def train_step(self) -> Mapping[str, Tensor | float]:
        self._steps += 1
        time.sleep(self._settings.pause)
        seed = int(torch.randint(2**31, (), generator=self._generator))
        state = self._environment.reset(seed).state
        noisy = state + torch.randn(state.shape, generator=self._generator, device=state.device)
        loss = (self._net(noisy) - state).square().mean()
        self._adam.zero_grad()
        loss.backward()
        self._adam.step()
        value = loss.detach() * math.nan if self._steps == self._settings.diverge_at else loss.detach()
        metrics = {"loss": value, "learning_rate": self._settings.optimiser.rate}
        if self._settings.steep_at:
            metrics["net/gradient_norm"] = math.inf if self._steps == self._settings.steep_at else 1.0
        bad = 0 < self._settings.bad_reward_at <= self._steps
        return metrics | {"nonfinite/observation": 0.0, "nonfinite/reward": float(bad), "nonfinite/target": float(bad)}

    @torch.no_grad()
    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        seeds = [1] if factor is None else range(2, 2 + factor)
        state = torch.cat([self._environment.reset(seed).state for seed in seeds])
        self._net.eval()
        error = float((self._net(state) - state).square().mean())
        self._net.train()
        self._context.report("evaluating", 1, 1)
        gain = math.inf if self._settings.infinite else -error
        return {"net/error": error, "net/gain": gain, "nothing/error": float(state.square().mean())}

    def state_dict(self) -> dict[str, Any]:
        return {
            "net": self._net.state_dict(),
            "adam": self._adam.state_dict(),
            "generator": self._generator.get_state(),
            "steps": self._steps,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._net.load_state_dict(state["net"])
        self._adam.load_state_dict(state["adam"])
        self._generator.set_state(state["generator"])
        self._steps = state["steps"]

    def acting_state(self) -> dict[str, Any]:
        return dict(self._net.state_dict())

    def load_acting_state(self, state: dict[str, Any]) -> None:
        self._net.load_state_dict(state)

    def conventions(self) -> Mapping[str, Any]:
        return {"consumes": "state"}

    def close(self) -> None:
        self._environment.close()


class Constant(Actor):
    """Always takes the same actions."""

    def __init__(self, batch: int, action: int) -> None:
        self._actions = torch.tensor([action % 2, action % 4]).expand(batch, 2)

    def reset(self, step: Step) -> None:
        pass

    def act(self, generator: torch.Generator) -> Tensor:
        return self._actions

    def observe(self, step: Step) -> None:
        pass


class Counting(Algorithm):
    """All that an author must write of one that plays: it takes the actions of the number of training steps."""

    def __init__(self, settings: NoSettings, context: RunContext) -> None:
        self._steps = 0

    def train_step(self) -> Mapping[str, Tensor | float]:
        self._steps += 1
        return {}

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        return Constant(batch, self._steps)

    def state_dict(self) -> dict[str, Any]:
        return {"steps": self._steps}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._steps = state["steps"]

    def conventions(self) -> Mapping[str, Any]:
        return {"policy_sees": "nothing"}

    def close(self) -> None:
        pass
