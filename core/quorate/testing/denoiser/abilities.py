"""What some denoisers offer besides."""

from collections.abc import Callable

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import (
    Linearisable,
    LogitDenoiser,
    PoolingDenoiser,
    PreparingDenoiser,
    SelfDifferentiating,
)
from quorate.seeding import generator
from quorate.testing.denoiser.case import make_case
from quorate.testing.framework import CheckSkippedError, Subject, expect
from quorate.testing.support import largest_change


def check_logits(subject: Subject) -> None:
    """The sigmoid of `logits` is the estimate (within 1e-5)."""
    case = make_case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, LogitDenoiser):
        raise CheckSkippedError("it is no `LogitDenoiser`")
    try:
        logits = denoiser.logits(denoiser.encode(case.histories), case.noisy, case.told)
    except QuorateError as error:
        raise CheckSkippedError(f"with these settings there are none: {error.problem}") from None
    difference = largest_change(logits.sigmoid(), case.answer())
    expect(difference < 1e-5, "sigmoid(logits) to be the estimate", f"a difference of {difference:.2g}")


def check_linearisation(subject: Subject) -> None:
    """`linearise` returns the estimate, and a map that applies the Jacobian as automatic differentiation does."""
    case = make_case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, Linearisable):
        raise CheckSkippedError("it is not `Linearisable`")
    if denoiser.condition_on_sigma:
        raise CheckSkippedError("it must be told sigma, which `linearise` does not know")
    features = denoiser.encode(case.histories).detach()
    direction = torch.randn(case.noisy.shape, generator=generator(2))
    answer: Callable[[Tensor], Tensor] = lambda noisy: denoiser.denoise(features, noisy)  # noqa: E731
    linearised = torch.func.jvp(answer, (case.noisy,), (direction,))
    estimate, tangent = linearised[0], linearised[1]
    given, apply = denoiser.linearise(features, case.noisy)
    off = largest_change(given, estimate)
    expect(off < 1e-4, "the estimate from `linearise`", f"a difference of {off:.2g}")
    off = largest_change(apply(direction.clone()), tangent)
    expect(off < 1e-4, "the Jacobian that automatic differentiation finds", f"a product that is {off:.2g} off")


def check_preparation(subject: Subject) -> None:
    """Projecting what is prepared is encoding it, alone and pooled, and what is prepared depends on no parameter."""
    case = make_case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, PreparingDenoiser):
        raise CheckSkippedError("it is no `PreparingDenoiser`")
    prepared, features = denoiser.prepare(case.histories), denoiser.encode(case.histories)
    expect(not prepared.requires_grad, "`prepare` to depend on no parameter", "a gradient")
    off = largest_change(denoiser.project(prepared), features)
    expect(off < 1e-5, "`project(prepare(history))` to be `encode(history)`", f"{off:.2g} off")
    if isinstance(denoiser, PoolingDenoiser):
        members = torch.ones(len(case.windows), case.layout.agents)
        pooled = denoiser.project(denoiser.prepare(case.windows, members))
        off = largest_change(pooled, denoiser.encode_pooled(case.windows, members))
        expect(off < 1e-5, "the same of pooled histories", f"{off:.2g} off")


def check_differentiation(subject: Subject) -> None:
    """`backward` returns the squared error, and leaves the gradient that automatic differentiation finds."""
    case = make_case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, SelfDifferentiating):
        raise CheckSkippedError("it is not `SelfDifferentiating`")
    prepared = denoiser.prepare(case.histories)
    states = torch.rand(case.noisy.shape, generator=generator(2))
    error = (denoiser.denoise(denoiser.project(prepared), case.noisy, case.told) - states).square().sum(-1).mean()
    gradients = torch.autograd.grad(error, list(denoiser.parameters()))
    for parameter in denoiser.parameters():
        parameter.grad = torch.ones_like(parameter)  # of an update before
    off = largest_change(denoiser.backward(prepared, states, case.noisy, case.told), error.detach())
    expect(off < 1e-4, "`backward` to return the squared error", f"{off:.2g} off")
    for (name, parameter), gradient in zip(denoiser.named_parameters(), gradients, strict=True):
        off = torch.inf if parameter.grad is None else largest_change(parameter.grad, gradient)
        expect(
            off < 1e-4, f"the gradient of `{name}` that automatic differentiation finds", f"one that is {off:.2g} off"
        )


def check_pooling(subject: Subject) -> None:
    """`encode_pooled` of one agent gives the estimates that its history gives; of nobody, those of the null history."""
    case = make_case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, PoolingDenoiser):
        raise CheckSkippedError("it is no `PoolingDenoiser`")
    agents = case.layout.agents
    histories = [*case.layout.identify(case.windows).unbind(1), torch.zeros_like(case.histories)]
    for index, history in enumerate(histories):
        members = torch.zeros(len(history), agents)
        members[:, index : index + 1] = 1.0
        pooled = denoiser.denoise(denoiser.encode_pooled(case.windows, members), case.noisy, case.told)
        single = denoiser.denoise(denoiser.encode(history), case.noisy, case.told)
        off = largest_change(pooled, single)
        whose = f"agent {index} alone" if index < agents else "nobody"
        expect(off < 1e-4, f"the estimates of {whose}, pooled, to be those of that history", f"{off:.2g} off")
