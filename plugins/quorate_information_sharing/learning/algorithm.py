"""The algorithm `common-information-learner`: explores, counts, plans in what it counted, and tries what it planned."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.information import information_structure
from quorate.interfaces import Actor, Algorithm, RunContext
from quorate.seeding import derive_seed
from quorate_information_sharing.learning.actor import WindowActor
from quorate_information_sharing.learning.counts import Counts
from quorate_information_sharing.learning.episodes import mean_return
from quorate_information_sharing.learning.exploration import Explorer, explore
from quorate_information_sharing.learning.knowledge import Knowledge
from quorate_information_sharing.learning.model import Model, learned_model
from quorate_information_sharing.learning.plan import Plan
from quorate_information_sharing.learning.policy import Policy, WindowPolicy, exact_return, from_data, no_policy
from quorate_information_sharing.learning.selection import Candidate, selected
from quorate_information_sharing.learning.settings import LearnerSettings
from quorate_information_sharing.learning.spanner import spanner
from quorate_information_sharing.planning.effort import check_length
from quorate_information_sharing.planning.exact import check_team
from quorate_information_sharing.posg import Tabular

GAMES = ("tabular/dec-tiger-v1", "tabular/recycling-v1", "tabular/box-pushing-v1")


class CommonInformationLearner(Algorithm):
    """Learns what a team shall do under an information structure, of episodes alone.

    A training step is a round: episodes are explored and counted, to all that was counted before; plans of each memory
    up to L are made in the model of these counts, and in that of the latest round alone, and tried beside the one taken
    so far. Models depend on who led the way (2308.08705): what a short memory confuses is confused in another way each
    round, so that a lead that misled all counts does not last. Rules of the game are read by `measure` alone, which
    tells the true value of what was taken.

    Args:
        settings: sample sizes, memory and structure.
        context: of the run.

    Attributes:
        taken: the candidate with the smallest estimated gap.

    Raises:
        QuorateError: the environment is no team's game of tables of two agents, or the structure shares later.
    """

    def __init__(self, settings: LearnerSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        batch = min(settings.environments, settings.episodes, settings.trials)
        self._environment = build_environment(context.environment, batch, context.device)
        if not isinstance(self._environment, Tabular):
            problem = f"{context.environment.name} is no game of tables, whose observations can be counted."
            raise QuorateError(problem, where="environment", choices=GAMES, fix="Choose one that is.")
        self._game = self._environment.game
        check_team(self._game)
        check_length(self._game.horizon)
        self._structure = information_structure(settings.structure, self._game.agents, "algorithm.structure")
        self._knowledge = Knowledge.of(self._game, self._structure)
        windows = self._knowledge.windows(settings.memory)
        windows.check(self._game.horizon)
        self._counts = Counts.none(windows)
        self._prefixes: list[WindowPolicy] = []
        self._rounds = 0
        self.taken = Candidate(no_policy(windows), 0.0)

    def train_step(self) -> Mapping[str, Tensor | float]:
        """Explore, plan and try.

        Returns:
            ``value/planned`` and ``value/estimated`` of the candidate taken, by the model and by episodes that were
            played, ``value/error``, the standard error of the latter, and ``gap/estimated``; its ``memory``;
            ``episodes`` of exploration so far; and ``windows``, how many are known, over all steps.
        """
        latest = self._explore()
        lowest = float((self._counts.reward / self._counts.visits).min())
        models = self._models(self._counts)
        plans = _plans(models, lowest)
        candidates = [Candidate(plan.policy, plan.value) for plan in plans]
        if self._rounds:
            alone = _plans(self._models(latest), lowest)
            candidates += [Candidate(plan.policy, plan.value) for plan in alone]
            candidates.append(self.taken)
        self.taken = selected(candidates, models, lowest, self._try)
        self._prefixes = [*self._prefixes, plans[-1].policy][-self._settings.prefixes :]
        self._rounds += 1
        return {**self._known(), "windows": float(sum(len(step.window) for step in models[-1].steps))}

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """The true value of the candidate taken, computed from the game's rules.

        Returns:
            ``value/true``, and what was known of it without these rules (see `train_step`).
        """
        true = float(exact_return(self._game, self.taken.policy)[0])
        return {"value/true": true, **(self._known() if self._rounds else {})}

    def actor(self, batch: int, seed: int, greedy: bool | None = None) -> Actor:
        """Plays by the candidate taken; see `Acting.actor`."""
        return WindowActor(self.taken.policy, self._knowledge)

    def state_dict(self) -> dict[str, Any]:
        """What was counted, the policies, and what is known of the candidate taken."""
        taken, counts = self.taken, self._counts
        return {
            "rounds": self._rounds,
            "counts": _tensors({"place": counts.place, "visits": counts.visits, "reward": counts.reward}),
            "prefixes": [_tensors(policy.as_data()) for policy in self._prefixes],
            "policy": _tensors(taken.policy.as_data()),
            "known": [taken.planned, taken.estimated, taken.error, taken.gap],
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self._rounds = state["rounds"]
        self._counts = Counts(self._counts.windows, **_arrays(state["counts"]))
        self._prefixes = [from_data(_arrays(policy)) for policy in state["prefixes"]]
        self.taken = Candidate(from_data(_arrays(state["policy"])), *state["known"])

    @override
    def acting_state(self) -> dict[str, Any]:
        return self.state_dict()

    @override
    def conventions(self) -> Mapping[str, Any]:
        settings = self._settings
        return {
            "step": f"{settings.episodes} episodes of exploration, a plan for each memory, and trials of each",
            "structure": self._structure.name,
            "memory": settings.memory,
            "policy_sees": f"what is common of the last {settings.memory + 1} steps, and the own newest observation",
            "evaluation": "the exact value of the policy taken, from the rules of the game, which learning never reads",
            "evaluation_actions": WindowActor.actions.value,
            "return_discount": 1,
        }

    @override
    def close(self) -> None:
        self._environment.close()

    def _explore(self) -> Counts:
        """Count to all before; returns what is new."""
        settings, seed = self._settings, derive_seed(self._context.seed, "exploration", str(self._rounds))
        horizon, windows = self._game.horizon, self._counts.windows
        randomness = np.random.default_rng(seed)
        explorer = Explorer(self._knowledge, self._leads(), settings.settle, randomness)
        counts = explore(
            self._environment,
            self._knowledge,
            windows,
            explorer,
            horizon,
            settings.episodes,
            seed,
            lambda done, total: self._context.report("exploring", done, total),
        )
        self._counts = self._counts.and_also(counts)
        return counts

    def _leads(self) -> list[list[WindowPolicy]]:
        """By the number of steps, what may lead; nothing in the first round."""
        plans = self._prefixes if self._settings.prefixes else []
        if not self._settings.spanner or not self._rounds:
            return [plans for _ in range(self._game.horizon)]
        models, leads = self._models(self._counts), [plans]
        for step in range(1, self._game.horizon):
            self._context.report("looking for leads", step, self._game.horizon)
            leads.append(plans + spanner(models, step))
        return leads

    def _models(self, counts: Counts) -> list[Model]:
        """Of counts, of rising memory."""
        every = [counts.forgetting(memory) for memory in range(self._settings.memory)] + [counts]
        return [learned_model(each, self._knowledge, self._game.horizon, self._settings.least) for each in every]

    def _try(self, policy: Policy) -> tuple[float, float]:
        """Rivals are tried on the same draws, as far as they act alike."""
        seed = derive_seed(self._context.seed, "trials", str(self._rounds))
        episodes = self._settings.trials
        return mean_return(self._environment, self._knowledge, policy, self._game.horizon, episodes, seed)

    def _known(self) -> dict[str, float]:
        taken, batch = self.taken, self._environment.batch
        return {
            "value/planned": taken.planned,
            "value/estimated": taken.estimated,
            "value/error": taken.error,
            "gap/estimated": taken.gap,
            "memory": float(taken.memory),
            "episodes": float(self._rounds * -(-self._settings.episodes // batch) * batch),
        }


def _plans(models: list[Model], lowest: float) -> list[Plan]:
    """Of models of rising memory, each; the shorter ones stand in where a longer one knows nothing."""
    plans: list[Plan] = []
    for model in models:
        plans.append(Plan(model, lowest, plans[-1] if plans else None))
    return plans


def _tensors(data: Any) -> Any:
    """Plain data whose arrays are tensors."""
    return _mapped(data, np.ndarray, torch.from_numpy)


def _arrays(data: Any) -> Any:
    """And back."""
    return _mapped(data, torch.Tensor, lambda tensor: tensor.cpu().numpy().copy())


def _mapped(data: Any, kind: type, change: Any) -> Any:
    if isinstance(data, dict):
        return {key: _mapped(value, kind, change) for key, value in data.items()}
    if isinstance(data, list):
        return [_mapped(value, kind, change) for value in data]
    return change(data) if isinstance(data, kind) else data
