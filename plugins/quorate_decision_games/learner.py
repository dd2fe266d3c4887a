"""Decentralised softmax policy gradient on a game of one decision, for S independent runs at once."""

from typing import Any

import torch
from torch import Tensor

from quorate.interfaces import Environment, Resumable
from quorate.seeding import derive_seed
from quorate_decision_games.action_values import ActionValues, Epoch, KernelValues, OracleValues
from quorate_decision_games.classes.all_policies import AllPolicies
from quorate_decision_games.classes.base import DecisionPolicies
from quorate_decision_games.classes.gaussian import GaussianPolicies
from quorate_decision_games.classes.trained import TrainedPolicies
from quorate_decision_games.grid import Grid, normal_nodes
from quorate_decision_games.payoff import HasPayoff
from quorate_decision_games.settings import DecSPGSettings, Estimator, Projection


class Learner:
    """Algorithm 1 of 2605.07101 with its three steps: play, estimate Q, update the policies.

    Policies are learned at the decision. After it, actions matter only where all flags are raised (c3), which is rarely
    seen; there the agents act by their initial policy.

    Args:
        settings: of the algorithm.
        environment: S times B copies of a game that `HasPayoff`; run after run.
        runs: S.
        seed: of everything random.

    Attributes:
        policies: of the agents.
        grid: of actions.
        epoch: epochs made.
        first: int64 [S, n], the epoch in which an agent's flag was first raised, counted from 1; 0: not yet.
    """

    def __init__(self, settings: DecSPGSettings, environment: Environment, runs: int, seed: int) -> None:
        assert isinstance(environment, HasPayoff)
        assert environment.batch == runs * settings.batch_size
        self._settings, self._environment, self.payoff = settings, environment, environment.payoff
        device = environment.device
        self._weight = settings.step_size / (1 - self.payoff.discount)
        self.grid = Grid.of(settings, self.payoff, device)
        self._like = torch.zeros(runs, self.payoff.agents, dtype=torch.float64, device=device)
        self._generator = torch.Generator(device=device).manual_seed(derive_seed(seed, "dec-spg"))
        self.policies = self._make_policies(seed)
        self._values = self._make_values()
        self._closeness = self._initial_closeness()
        self.epoch = 0
        self.first = torch.zeros_like(self._like, dtype=torch.int64)
        self._goal_met = torch.zeros(runs, 1, dtype=torch.bool, device=device)
        environment.reset(derive_seed(seed, "dec-spg", "environment"))

    @torch.no_grad()
    def step(self) -> None:
        """One epoch."""
        self.epoch += 1
        actions, returns = self._play()
        value = self.payoff.flag_value(self._success(), self._closeness, self.first > 0, self._goal_met)
        self._values.observe(Epoch(actions, returns, value))
        self.policies.project(lambda points: self._weight * self._values(points), self._generator)

    @torch.no_grad()
    def measure(self) -> dict[str, Tensor]:
        """The policies as they are, by quadrature: tensors [S] (`expected_return`) and [S, n]."""
        nodes = self.policies.nodes()
        success = nodes.mean(self.payoff.success(nodes.actions))
        mean = nodes.mean(nodes.actions)
        variance = nodes.mean((nodes.actions - mean[..., None]).square())
        reward = nodes.mean(self.payoff.start_reward(nodes.actions))
        expected = self.payoff.expected_return(reward, success, self._closeness)
        return {"expected_return": expected, "success": success, "mean": mean, "deviation": variance.sqrt()}

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next epoch depends on."""
        assert isinstance(self._environment, Resumable)
        return {
            "epoch": self.epoch,
            "first": self.first.clone(),
            "goal_met": self._goal_met.clone(),
            "policies": self.policies.state_dict(),
            "values": self._values.state_dict(),
            "environment": self._environment.state_dict(),
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue bit for bit from what `state_dict` returned."""
        assert isinstance(self._environment, Resumable)
        device = self._like.device
        self.epoch = state["epoch"]
        self.first, self._goal_met = (state[name].to(device, copy=True) for name in ("first", "goal_met"))
        self.policies.load_state_dict(state["policies"])
        self._values.load_state_dict(state["values"])
        self._environment.load_state_dict(state["environment"])
        self._generator.set_state(state["generator"].cpu())

    def _play(self) -> tuple[Tensor, Tensor]:
        """B episodes of each run: the actions of the decision [S, n, B] and the discounted returns [S, B]."""
        runs, agents = self._like.shape
        actions = self.policies.sample(self._settings.batch_size, self._generator)
        self._environment.reset()
        decided = self._environment.step(_for_environment(actions))
        follows = ~decided.terminated
        flags = decided.state[:, 1:].bool() & follows[:, None]
        later = torch.randn(
            runs, agents, self._settings.batch_size, generator=self._generator, dtype=torch.float64,
            device=self._like.device,
        )  # fmt: skip
        after = self._environment.step(_for_environment(later * self._settings.initial_variance**0.5))
        rewards = decided.reward.double() + self.payoff.discount * after.reward.double() * follows
        self._remember(flags.view(runs, -1, agents))
        return actions, rewards.view(runs, -1)

    def _remember(self, flags: Tensor) -> None:
        """Note which flags were raised, bool [S, B, n]."""
        raised = flags.any(1)
        self.first = torch.where(raised & (self.first == 0), self.epoch, self.first)
        self._goal_met = self._goal_met | flags.all(-1).any(-1, keepdim=True)

    def _success(self) -> Tensor:
        nodes = self.policies.nodes()
        return nodes.mean(self.payoff.success(nodes.actions))

    def _initial_closeness(self) -> Tensor:
        """E exp(-a^2) of each agent's initial policy, [S, n]."""
        variance = torch.full_like(self._like, self._settings.initial_variance)
        nodes = normal_nodes(self._like, variance, self.grid.low, self.grid.high)
        return nodes.mean(torch.exp(-nodes.actions.square()))

    def _make_policies(self, seed: int) -> DecisionPolicies:
        settings, (runs, agents) = self._settings, self._like.shape
        if settings.projection is Projection.DDPM:
            return TrainedPolicies(
                settings.policy,
                settings.refit,
                runs=runs,
                agents=agents,
                grid=self.grid,
                variance=settings.initial_variance,
                bounded=self.payoff.settings.bounded,
                seed=seed,
                generator=self._generator,
            )
        if settings.projection is Projection.GAUSSIAN:
            return GaussianPolicies(runs, agents, self.grid, settings.initial_variance, settings.iterations)
        return AllPolicies(runs, agents, self.grid, settings.initial_variance)

    def _make_values(self) -> ActionValues:
        settings = self._settings
        if settings.estimator is Estimator.ORACLE:
            return OracleValues(self.payoff, self._like)
        return KernelValues(self.payoff, self.grid, self._like, settings.bandwidth, settings.prior_weight)


def _for_environment(actions: Tensor) -> Tensor:
    """[S, n, B] -> float32 [S * B, n, 1]."""
    return actions.transpose(1, 2).reshape(-1, actions.shape[1], 1).float()
