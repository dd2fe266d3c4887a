"""What algorithms return and say."""

import json
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from quorate.interfaces import Acting, SelfEvaluating
from quorate.run.nonfinite import first_bad
from quorate.testing.algorithm.support import SKILLED, build, evaluated, trained
from quorate.testing.framework import Subject, expect


def check_metrics(subject: Subject) -> None:
    """`train_step` returns numbers by name, scalar tensors or floats; an evaluation (`measure`) floats.

    Losses and gradient norms are finite, and counts under ``nonfinite/`` zero.
    """
    algorithm = build(subject)
    for _ in range(SKILLED):
        metrics = algorithm.train_step()
        expect(isinstance(metrics, Mapping), "a mapping from `train_step`", f"a {type(metrics).__name__}")
        _check_scalars("train_step", metrics, tensors=True)
        values = {name: float(value) for name, value in metrics.items()}
        expect(first_bad(values) is None, "finite losses", str(first_bad(values)))
    measured = evaluated(subject, algorithm)
    expect(bool(measured), "some metrics of an evaluation", "none")
    _check_scalars("measure", measured, tensors=False)
    algorithm.close()


def check_conventions(subject: Subject) -> None:
    """`conventions` is plain data that JSON can hold, and says what a ``step`` is.

    Of an algorithm that plays (`Acting`) also ``policy_sees``, what the policy consumes; of one that evaluates itself
    (`SelfEvaluating`) ``evaluation``, how it does.
    """
    algorithm = build(subject)
    stated = dict(algorithm.conventions())
    try:
        json.dumps(stated, allow_nan=False)
    except (TypeError, ValueError) as error:
        expect(False, "conventions of plain data", str(error))
    of_kind = {"policy_sees": Acting, "evaluation": SelfEvaluating}
    needed = ["step", *(key for key, kind in of_kind.items() if isinstance(algorithm, kind))]
    missing = [key for key in needed if not stated.get(key)]
    expect(not missing, f"conventions that say {needed}", f"nothing of {missing}")


def check_closes(subject: Subject) -> None:
    """`close` can be called twice, also before the first training step."""
    for steps in (0, 1):
        algorithm = trained(subject, steps)
        algorithm.close()
        algorithm.close()


def _check_scalars(what: str, metrics: Mapping[str, Any], *, tensors: bool) -> None:
    for name, value in metrics.items():
        expect(isinstance(name, str), f"names in what `{what}` returns", repr(name))
        scalar = isinstance(value, (int, float)) or (tensors and isinstance(value, Tensor) and value.numel() == 1)
        shape = f" of shape {tuple(value.shape)}" if isinstance(value, Tensor) else ""
        expect(scalar, f"a number for {name!r} of `{what}`", f"a {type(value).__name__}{shape}")
