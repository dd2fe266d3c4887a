"""What every denoiser must do: sizes, independence, state, gradients."""

import torch

from quorate.interfaces import Denoiser
from quorate.testing.denoiser.case import learned, make_case
from quorate.testing.framework import Subject, expect
from quorate.testing.support import (
    check_movable,
    check_plain_state,
    check_tensor,
    close,
    held_randomness,
    identical,
    largest_change,
    tiny_world,
    untouched_randomness,
)


def check_shapes(subject: Subject) -> None:
    """`encode` maps [..., h] to [..., c], `denoise` [N, c] and [N, s] to [N, s], a call [..., h], [..., s] to [..., s].

    All float32 and finite, for the null history too, with c and s as the properties say.
    """
    case = make_case(subject)
    denoiser, size = case.denoiser, case.layout.size
    expect(denoiser.state_size == 3, "`state_size` of 3, as the state has", f"{denoiser.state_size}")
    expect(isinstance(denoiser.condition_on_sigma, bool), "`condition_on_sigma` to be a bool", "another type")
    for lead in ((4,), (2, 3)):
        history = torch.cat([case.histories[:5], torch.zeros(1, size)]).repeat(4, 1)[: torch.Size(lead).numel()]
        history, noisy = history.reshape(*lead, size), torch.zeros(*lead, 3)
        check_tensor("what `encode` returns", denoiser.encode(history), (*lead, denoiser.feature_size))
        told = torch.ones(lead) if denoiser.condition_on_sigma else None
        check_tensor("what the call returns", denoiser(history, noisy, told), (*lead, 3))
    features = denoiser.encode(torch.zeros(2, size))
    answer = denoiser.denoise(features, torch.zeros(2, 3), None if case.told is None else torch.ones(2))
    check_tensor("what `denoise` returns", answer, (2, 3))


def check_deterministic(subject: Subject) -> None:
    """In evaluation mode, equal inputs give equal estimates bit for bit, and global generators stay as they are."""
    case = make_case(subject)
    with untouched_randomness("the denoiser"):
        one = case.answer()
        two = case.answer()
    expect(identical(one, two), "equal estimates of equal inputs", f"a change of {largest_change(one, two):.2g}")


def check_rows(subject: Subject) -> None:
    """The estimate of a row does not depend on the other rows of the batch (within 1e-5)."""
    case = make_case(subject)
    with held_randomness():
        alone, among = case.answer(slice(0, 4)), case.answer()[:4]
    difference = largest_change(alone, among)
    expect(close(alone, among), "the same estimates alone and in a larger batch", f"a change of {difference:.2g}")


def check_device(subject: Subject) -> None:
    """All its tensors are parameters or buffers, so that `to(device)` moves it; answers are where the inputs are."""
    case = make_case(subject)
    check_movable(case.denoiser)
    if torch.cuda.is_available():
        device = torch.device("cuda")
        environment = tiny_world(1, error=0.1)
        environment = type(environment)(environment.settings, batch=1, device=device)  # type: ignore[call-arg, attr-defined]
        moved: Denoiser = subject.component.build(environment, case.layout).to(device)
        told = None if case.told is None else case.told.to(device)
        answer = moved(case.histories.to(device), case.noisy.to(device), told)
        expect(answer.device.type == "cuda", "an answer on the device of the inputs", str(answer.device))


def check_state(subject: Subject) -> None:
    """`state_dict` holds tensors; loaded into a denoiser of other initial parameters, it makes the two the same."""
    case, other = make_case(subject), make_case(subject, seed=1)
    state = check_plain_state(case.denoiser)
    other.denoiser.load_state_dict(state)
    again = dict(other.denoiser.state_dict())
    expect(identical(state, again), "`load_state_dict` to restore every tensor bit for bit", "others")
    with held_randomness():
        one, two = case.answer(), other.answer()
    expect(close(one, two), "equal estimates after loading", f"a change of {largest_change(one, two):.2g}")


def check_gradients(subject: Subject) -> None:
    """A squared error has a finite gradient for every parameter that is trained."""
    case = learned(make_case(subject))
    case.denoiser.train()
    (case.answer() - case.states).square().sum().backward()
    named = [(name, p) for name, p in case.denoiser.named_parameters() if p.requires_grad]
    without = [name for name, p in named if p.grad is None]
    expect(not without, "a gradient for every parameter", f"none for {without}")
    bad = [name for name, p in named if p.grad is not None and not bool(torch.isfinite(p.grad).all())]
    expect(not bad, "finite gradients", f"others for {bad}")
