"""Checks of noise distributions."""

from quorate.interfaces import NoiseDistribution
from quorate.seeding import generator
from quorate.testing.framework import Check, Subject, expect
from quorate.testing.support import Z, check_tensor, held_randomness, identical, untouched_randomness

SAMPLES = 100_000


def _samples(subject: Subject) -> None:
    """`sample(shape, generator)` returns positive, finite float32 noise levels of that shape."""
    noise = _build(subject)
    for shape in ((), (5,), (2, 3)):
        levels = noise.sample(shape, generator(0))
        check_tensor(f"the answer to sample({shape}, ...)", levels, shape)
        expect(bool((levels > 0).all()), "positive noise levels", f"{float(levels.min())} among them")


def _generator(subject: Subject) -> None:
    """Equal generators give equal samples, whatever the state of the global generators, which stay as they are."""
    noise = _build(subject)
    with untouched_randomness("`sample`"):
        one = noise.sample((100,), generator(0))
    with held_randomness(1):
        two = noise.sample((100,), generator(0))
    expect(identical(one, two), "equal samples from equal generators", "different ones")


def _quadrature(subject: Subject) -> None:
    """`quadrature()` returns positive levels [Q] and weights [Q] that are not negative and sum to 1 (within 1e-5)."""
    levels, weights = _build(subject).quadrature()
    check_tensor("the levels", levels, (len(levels),))
    check_tensor("the weights", weights, (len(levels),))
    expect(bool((levels > 0).all()), "positive levels", f"{float(levels.min())} among them")
    expect(bool((weights >= 0).all()), "weights that are not negative", f"{float(weights.min())} among them")
    total = float(weights.sum())
    expect(abs(total - 1) < 1e-5, "weights that sum to 1", f"{total}")


def _moments(subject: Subject) -> None:
    """Mean and standard deviation of log sigma are the same under the quadrature and in 100 000 samples.

    The mean may be off by six standard errors and a twentieth of the standard deviation, which a few nodes can be;
    the standard deviation by a tenth of it. The error of that has a standard deviation below 0.016 of it for every
    kurtosis up to 100, so that a false alarm is rarer than one in 10^9.
    """
    noise = _build(subject)
    sampled = noise.sample((SAMPLES,), generator(0)).double().log()
    levels, weights = (part.double() for part in noise.quadrature())
    weights = weights / weights.sum()
    mean = float(weights @ levels.log())
    spread = float((weights @ (levels.log() - mean).square()).sqrt())
    deviation = float(sampled.std())
    allowed = deviation * (0.05 + Z / SAMPLES**0.5) + 1e-4
    found = float(sampled.mean())
    expect(abs(found - mean) < allowed, f"a mean of log sigma of {mean:.4f}, as the quadrature has", f"{found:.4f}")
    expect(
        abs(deviation - spread) < 0.1 * deviation + 1e-4,
        f"a standard deviation of log sigma of {spread:.4f}, as the quadrature has",
        f"{deviation:.4f} in the samples",
    )


def _build(subject: Subject) -> NoiseDistribution:
    noise: NoiseDistribution = subject.component.build()
    return noise


CHECKS: tuple[Check, ...] = (
    Check("noise", "samples", "Samples are positive, finite and of the shape that is asked for.", _samples),
    Check("noise", "generator", "Samples come from the generator that is given, and from nothing else.", _generator),
    Check("noise", "quadrature", "The quadrature has positive levels, and weights that sum to 1.", _quadrature),
    Check("noise", "moments", "Quadrature and samples are of one distribution.", _moments),
)
