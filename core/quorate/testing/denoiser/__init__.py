"""Checks of denoisers, in a tiny world whose posterior is known."""

from quorate.testing.denoiser.abilities import (
    check_differentiation,
    check_linearisation,
    check_logits,
    check_pooling,
    check_preparation,
)
from quorate.testing.denoiser.form import (
    check_deterministic,
    check_device,
    check_gradients,
    check_rows,
    check_shapes,
    check_state,
)
from quorate.testing.denoiser.learning import check_exact, check_learns
from quorate.testing.framework import Check

CHECKS: tuple[Check, ...] = (
    Check(
        "denoiser", "shapes", "Features and estimates have the sizes that it declares, and are finite.", check_shapes
    ),
    Check("denoiser", "deterministic", "In evaluation mode, equal inputs give equal estimates.", check_deterministic),
    Check("denoiser", "rows", "The rows of a batch do not influence each other.", check_rows),
    Check("denoiser", "device", "It goes to another device as a whole.", check_device),
    Check("denoiser", "state", "Its state is tensors, and is all that it depends on.", check_state),
    Check("denoiser", "gradients", "Every parameter gets a finite gradient.", check_gradients),
    Check("denoiser", "learns", "Trained briefly, it comes near the posterior mean under noise.", check_learns),
    Check("denoiser", "exact", "Without parameters to train, it is the posterior mean under noise.", check_exact),
    Check("denoiser", "logits", "The sigmoid of its log odds is its estimate.", check_logits),
    Check("denoiser", "linearisation", "Its linearisation is its derivative.", check_linearisation),
    Check("denoiser", "preparation", "Projecting what it prepares is encoding it.", check_preparation),
    Check("denoiser", "differentiation", "Its own gradient is that of its squared error.", check_differentiation),
    Check("denoiser", "pooling", "Pooling one agent's history is encoding it.", check_pooling),
)
