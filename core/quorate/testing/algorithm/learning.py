"""That an algorithm learns a tiny known problem."""

import torch

from quorate.interfaces import Algorithm
from quorate.testing.algorithm.support import EPISODES, build, environment_of, evaluated
from quorate.testing.framework import CheckSkippedError, Subject, check_tag, expect
from quorate.testing.support import Z, held_randomness

POINTS = (25, 50, 100, 200, 400, 800)
"""Training steps after which the check `learns` looks at the returns."""
RANDOM = {"tiny/world-v1": 2.0, "tiny/world-continuous-v1": 5 / 3}
"""What uniformly random play returns."""
BEST = 4.0
"""What the best play returns."""
SHARE = 0.6
"""Of the way from random play to the best."""


def check_learns(subject: Subject) -> None:
    """It learns a tiny known problem, within 800 training steps.

    Where an evaluation tells ``return/mean``: 0.6 of the way from random play to the best play must be made, and no
    more than all of it. Random play of 64 episodes has a standard error of 0.08 and would have to be 15 of them better.
    In another environment, which the row's tag ``check: {environment: ...}`` names, the return must rise: where its
    standard deviation ``return/std`` is told, by three quarters of that, which are six standard errors of 64 episodes.
    The tag ``check: {metric: ...}`` names a metric that stands for the return. Where there is no return but a training
    metric ``loss``, the mean of its last 50 values must be six standard errors below that of the first 10; else nobody
    can tell.
    """
    algorithm = build(subject)
    with held_randomness():
        before = evaluated(subject, algorithm)
        metric = check_tag(subject.component).get("metric", "return/mean")
        if metric in before:
            _watch_return(subject, algorithm, metric, before)
        else:
            _watch_loss(algorithm)
    algorithm.close()


def _watch_return(subject: Subject, algorithm: Algorithm, metric: str, told: dict[str, float]) -> None:
    name, before = environment_of(subject).name, float(told[metric])
    wanted, done, after = before, 0, before
    if name in RANDOM:
        wanted = RANDOM[name] + SHARE * (BEST - RANDOM[name])
    elif metric == "return/mean":
        wanted += Z * float(told.get("return/std", 0.0)) / EPISODES**0.5
    for point in POINTS:
        for _ in range(point - done):
            algorithm.train_step()
        done, after = point, float(evaluated(subject, algorithm)[metric])
        if name in RANDOM:
            expect(after <= BEST + 1e-3, f"a return of at most {BEST}, which is the best there is", f"{after:.3f}")
        if after > wanted:
            return
    expect(False, f"{metric} above {wanted:.3f}", f"{before:.3f} at first and {after:.3f} after {done} steps")


def _watch_loss(algorithm: Algorithm) -> None:
    losses = []
    for _ in range(200):
        metrics = algorithm.train_step()
        if "loss" not in metrics:
            problem = "neither `return/mean` of an evaluation nor `loss` of training tells how well it does"
            raise CheckSkippedError(problem)
        losses.append(float(metrics["loss"]))
    values = torch.tensor(losses, dtype=torch.float64)
    first, last = values[:10], values[-50:]
    error = float((first.var() / 10 + last.var() / 50).sqrt())
    found = f"{float(first.mean()):.4f} at first and {float(last.mean()):.4f} at the end"
    if float(values.std()) < 1e-9:
        raise CheckSkippedError("its loss does not change: there is nothing to learn")
    expect(float(first.mean() - last.mean()) > 6 * error, "a loss that falls by six standard errors", found)
