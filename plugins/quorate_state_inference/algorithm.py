"""The algorithm `state-inference`: trains a denoiser, and evaluates inference schemes with it."""

import copy
import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from typing_extensions import override

from quorate.environments import build_environment
from quorate.errors import QuorateError
from quorate.global_generators import (
    global_generators_state,
    kept_global_generators,
    restore_global_generators,
)
from quorate.interfaces import (
    Actor,
    Algorithm,
    Denoiser,
    Estimate,
    ExactPosterior,
    Fittable,
    HistoryLayout,
    InferenceScheme,
    PoolingDenoiser,
    RunContext,
)
from quorate.learning.optimiser import Adam
from quorate.learning.settings import EvaluationActions
from quorate.learning.stacks import clip_together, soft_update
from quorate.seeding import derive_seed, generator
from quorate_state_inference.behaviour import behaviour
from quorate_state_inference.dataset import Dataset, choose, collect, split
from quorate_state_inference.losses import Losses
from quorate_state_inference.metrics import posterior_distance, summarise
from quorate_state_inference.oracle import exact_posterior
from quorate_state_inference.regressor import build_denoiser
from quorate_state_inference.samples import Samples, told_late
from quorate_state_inference.schemes.chosen import label_schemes, try_schemes
from quorate_state_inference.settings import Holdout, StateInferenceSettings

ROWS_AT_ONCE = 1024
"""Joint histories whose exact posterior is held at once, to bound memory."""


class StateInference(Algorithm):
    """Minimises E |s - f(tau, s + sigma z)|^2 (2410.13953, Eq. 1) over histories collected once.

    Attributes:
        environment: what the histories come from.
        layout: of the histories.
        denoiser: what is trained, or the average of it.
        schemes: the inference schemes by label.
        posterior: the oracle, or None where the environment offers none.
    """

    def __init__(self, settings: StateInferenceSettings, context: RunContext) -> None:
        self._settings, self._context = settings, context
        device, workers = context.device, context.workers
        self.environment = build_environment(context.environment, settings.environments, device, workers=workers)
        spec = self.environment.spec
        self.layout = HistoryLayout.of(spec, settings.history_length, actions=settings.history_actions)
        self.denoiser = self._build_denoiser()
        self.schemes = label_schemes(settings.inference)
        try_schemes(settings, self.schemes, self.denoiser, self.layout, device)
        self.posterior = self._find_posterior()
        self._ambient = global_generators_state()
        if isinstance(self.denoiser, Fittable):
            self._fit(self.denoiser)
        self._trained = self.denoiser
        if settings.average is not None:
            self._trained = copy.deepcopy(self.denoiser)
            self.denoiser.requires_grad_(False)
        randomness = generator(context.seed, "training", device=context.device)
        self._samples = Samples(settings, self.layout, settings.noise.build(), self._trained, randomness)
        self._losses = Losses(self._trained, self._samples.encode)
        self._optimiser: Adam | None = None
        if self._losses.parameters:
            rate, decay = settings.learning_rate, settings.weight_decay
            self._optimiser = Adam(self._losses.parameters, rate, weight_decay=decay)
        self._step = 0

    def train_step(self) -> Mapping[str, Tensor | float]:
        """One update of the denoiser; a denoiser without parameters, which may have been fitted, is only measured.

        Returns:
            loss: squared error summed over the state's features, mean over the batch.
            regression_loss: see `Regressor.loss`, where there is a regressor.
        """
        sample = self._samples.next(self.training)
        if self._optimiser is None:
            with torch.no_grad():
                return self._losses(sample)
        rate = self._learning_rate()
        for group in self._optimiser.param_groups:
            group["lr"] = rate
        losses = self._losses.backward(sample)
        norm = clip_together(self._losses.clipped, self._settings.clip_norm)
        self._optimiser.step()
        self._step += 1
        if self._settings.average is not None:
            share = min(self._settings.average, self._step / (self._step + 9))
            soft_update(self.denoiser, self._trained, 1 - share)
        return {**losses, "gradient_norm": norm, "learning_rate": rate}

    def measure(self, factor: int | None = None) -> Mapping[str, float]:
        """Every scheme on every split: metrics named ``split/scheme/metric``; noises are the same each time.

        Where there is an exact posterior, its mean given all histories is measured too, as the best there is. For the
        absolute metric `factor` times as many joint histories are collected anew.
        """
        if factor is None:
            return self._measure(self.splits)
        with self._behaviour() as actor:
            rows = self._gather(actor, factor * self._settings.evaluation_samples, "absolute")
        return self._measure({"test": rows})

    @override
    def acting_state(self) -> dict[str, Any]:
        """What the denoiser learned.

        Raises:
            QuorateError: rows are held out of the data; there are no further ones to measure on.
        """
        if self._settings.holdout is not Holdout.NONE:
            problem = "there are no joint histories left to measure the best denoiser on, where some are held out"
            fix = "set `evaluation.absolute: 0`, or `algorithm.holdout: none`"
            raise QuorateError(problem, where="evaluation.absolute", fix=fix)
        return self.denoiser.state_dict()

    @override
    def load_acting_state(self, state: dict[str, Any]) -> None:
        self.denoiser.load_state_dict(state)

    @property
    def training(self) -> Dataset:
        """The rows that are trained on."""
        return self._data[0]

    @property
    def splits(self) -> Mapping[str, Dataset]:
        """The rows that are evaluated, by name: `test`, or `train` and `held-out`."""
        return self._data[1]

    @cached_property
    def _data(self) -> tuple[Dataset, dict[str, Dataset]]:
        """Collected when it is first asked for, and always the same; who only infers needs none."""
        with kept_global_generators():
            restore_global_generators(self._ambient)
            return self._collect()

    def posterior_mean(self, rows: Dataset) -> Estimate:
        """E[s | all histories] for rows, from the exact posterior."""
        posterior = self.posterior
        assert posterior is not None
        chunks = self.histories(rows).split(ROWS_AT_ONCE)
        means = [posterior.log_probability(part).exp() @ posterior.states for part in chunks]
        return Estimate(torch.cat(means)[:, None])

    def state_dict(self) -> dict[str, Any]:
        """Network, optimiser, step and generator; the data are collected again from the seed."""
        trained = {} if self._settings.average is None else {"trained": self._trained.state_dict()}
        return {
            "denoiser": self.denoiser.state_dict(),
            **trained,
            "optimiser": None if self._optimiser is None else self._optimiser.state_dict(),
            "step": self._step,
            "randomness": self._samples.state(),
        }

    @override
    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.denoiser.load_state_dict(state["denoiser"])
        if self._settings.average is not None:
            self._trained.load_state_dict(state["trained"])
        if self._optimiser is not None:
            self._optimiser.load_state_dict(copy.deepcopy(state["optimiser"]))  # it would keep the given tensors
        self._step = state["step"]
        self._samples.set_state(state["randomness"])

    def weights(self) -> Sequence[tuple[str, ...]]:
        """See `Transferable.weights`: the denoiser, and what is trained where that is another."""
        return [("denoiser",)] if self._settings.average is None else [("denoiser",), ("trained",)]

    @override
    def conventions(self) -> Mapping[str, Any]:
        agents, actions = self.environment.spec.agent_count, " with actions" if self.layout.action_size else ""
        average, most = self._settings.average, self._settings.hidden_steps
        hidden = f", the newest 0 to {most} hidden in training" if most else ""
        averaged = {} if average is None else {"denoiser": f"a moving average of the trained weights, {average:g}"}
        return {
            "step": "one update of the denoiser",
            **averaged,
            "behaviour": str(run.folder) if (run := self._settings.behaviour_run) else self._settings.behaviour.name,
            "denoiser_sees": f"history of {self.layout.length} observation(s){actions}{hidden}, noisy state",
            "psnr": "dB of the mean squared error over rows, estimates and features; peak 1",
            "evaluation": {name: f"{len(rows)} joint histories" for name, rows in self.splits.items()},
            "evaluation_actions": EvaluationActions.EXACT.value,
            "budget_schedules": "the learning rate, a cosine",
            "denoiser_calls": {label: scheme.calls(agents) for label, scheme in self.schemes.items()},
        }

    @override
    def close(self) -> None:
        self.environment.close()

    def histories(self, rows: Dataset) -> Tensor:
        """[B, n, h] of a split."""
        return self.layout.identify(rows.windows)

    def _build_denoiser(self) -> Denoiser:
        with torch.random.fork_rng(devices=[]):  # torch initialises layers from its global generator
            torch.manual_seed(derive_seed(self._context.seed, "initialisation"))
            denoiser = build_denoiser(self._settings, self.environment, self.layout)
        if self._settings.pool_histories and not isinstance(denoiser, PoolingDenoiser):
            raise QuorateError(
                f"the denoiser {self._settings.denoiser.name} can not read pooled histories",
                where="algorithm.pool_histories",
                fix="set `pool_histories: false`, or choose the denoiser `mlp`",
            )
        return denoiser.to(self._context.device)

    def _fit(self, denoiser: Fittable) -> None:
        rows, hidden = self.training, self._settings.hidden_steps
        windows, states = rows.windows, rows.states.repeat_interleave(self.layout.agents, dim=0)
        if hidden:
            randomness = generator(self._context.seed, "hidden", device=self._context.device)
            late = torch.randint(hidden + 1, (len(rows),), generator=randomness, device=randomness.device)
            windows = windows * told_late(self.layout, hidden).to(windows.device)[late][:, None]
        denoiser.fit(self.layout.identify(windows).flatten(0, 1), states)

    def _find_posterior(self) -> ExactPosterior | None:
        try:
            return exact_posterior(self.environment, self.layout)
        except QuorateError:
            if self._settings.posterior_histories:
                raise
            return None

    def _collect(self) -> tuple[Dataset, dict[str, Dataset]]:
        settings, seed = self._settings, self._context.seed
        with self._behaviour() as actor:
            data = self._gather(actor, settings.samples, "collection")
            if settings.holdout is Holdout.NONE:
                return data, {"test": self._gather(actor, settings.evaluation_samples, "evaluation")}
        randomness = generator(seed, "holdout", device=self._context.device)
        training, held_out = split(data, settings.holdout, settings.holdout_fraction, randomness)
        count = settings.evaluation_samples
        return training, {"train": choose(training, count, randomness), "held-out": choose(held_out, count, randomness)}

    def _behaviour(self) -> AbstractContextManager[Actor]:
        return behaviour(self._settings, self.environment, self._context)

    def _gather(self, actor: Actor, samples: int, purpose: str) -> Dataset:
        source, steps = derive_seed(self._context.seed, purpose), self._settings.steps_per_episode
        return collect(self.environment, actor, self.layout, samples, steps, source, self._context.report)

    def _learning_rate(self) -> float:
        settings, total = self._settings, max(1, self._context.train_steps)
        if self._step < settings.warmup_steps:
            return settings.learning_rate * (self._step + 1) / settings.warmup_steps
        done = (self._step - settings.warmup_steps) / max(1, total - settings.warmup_steps)
        return settings.learning_rate * (1 + math.cos(math.pi * min(1.0, done))) / 2

    def _measure(self, splits: Mapping[str, Dataset]) -> dict[str, float]:
        """Every scheme on every split."""
        results: dict[str, float] = {}
        done, total = 0, len(splits) * len(self.schemes)
        for split_name, rows in splits.items():
            for label, scheme in self.schemes.items():
                self._context.report("evaluating inference schemes", done, total)
                metrics = self._measure_scheme(scheme, rows)
                results |= {f"{split_name}/{label}/{name}": value for name, value in metrics.items()}
                done += 1
            if self.posterior is not None:
                best = summarise(self.posterior_mean(rows), rows.states, self.environment.spec.binary_state)
                results |= {f"{split_name}/exact posterior mean/{name}": value for name, value in best.items()}
        self._context.report("evaluating inference schemes", done, total)
        return results

    def _measure_scheme(self, scheme: InferenceScheme, rows: Dataset) -> dict[str, float]:
        randomness = generator(self._context.seed, "inference", device=self._context.device)
        histories, spec = self.histories(rows), self.environment.spec
        metrics = summarise(scheme.infer(self.denoiser, histories, randomness), rows.states, spec.binary_state)
        count = self._settings.posterior_histories
        if count and self.posterior is not None:
            draws = self._settings.posterior_draws
            metrics |= posterior_distance(scheme, self.denoiser, self.posterior, histories[:count], draws, randomness)
        return metrics
