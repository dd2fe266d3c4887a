"""Checks of denoisers, in a tiny world whose posterior is known."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.errors import QuorateError
from quorate.interfaces import Denoiser, HistoryBuffer, HistoryLayout, Linearisable, LogitDenoiser, PoolingDenoiser
from quorate.interfaces.posterior import Enumerable
from quorate.learning.initialisation import seeded_initialisation
from quorate.seeding import generator
from quorate.testing.exact import PosteriorMean, log_uniform
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
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

ROWS = 32
LENGTH = 2
"""Observations in a history."""
STEPS = 600
"""Training steps of the check `learns`."""
RATE = 5e-3
"""Learning rate of Adam there; it falls linearly to zero."""


@dataclass
class _Case:
    """A denoiser in a world, and something to denoise.

    Attributes:
        denoiser: of the subject, in evaluation mode.
        exact: the best there is.
        layout: of the histories.
        windows: [N, n, L * (1 + o)], what the agents saw.
        states: [N, s], of the same rows.
        histories: [N, h], of one random agent for each row.
        noisy: [N, s].
        sigma: [N].
    """

    denoiser: Denoiser
    exact: PosteriorMean
    layout: HistoryLayout
    windows: Tensor
    states: Tensor
    histories: Tensor
    noisy: Tensor
    sigma: Tensor

    @property
    def told(self) -> Tensor | None:
        """What the denoiser must be told of the noise level."""
        return self.sigma if self.denoiser.condition_on_sigma else None

    def answer(self, rows: slice = slice(None)) -> Tensor:
        told = None if self.told is None else self.told[rows]
        return self.denoiser.denoise(self.denoiser.encode(self.histories[rows]), self.noisy[rows], told)


def _shapes(subject: Subject) -> None:
    """`encode` maps [..., h] to [..., c], `denoise` [N, c] and [N, s] to [N, s], a call [..., h], [..., s] to [..., s].

    All float32 and finite, for the null history too, with c and s as the properties say.
    """
    case = _case(subject)
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


def _deterministic(subject: Subject) -> None:
    """In evaluation mode, equal inputs give equal estimates bit for bit, and global generators stay as they are."""
    case = _case(subject)
    with untouched_randomness("the denoiser"):
        one = case.answer()
        two = case.answer()
    expect(identical(one, two), "equal estimates of equal inputs", f"a change of {largest_change(one, two):.2g}")


def _rows(subject: Subject) -> None:
    """The estimate of a row does not depend on the other rows of the batch (within 1e-5)."""
    case = _case(subject)
    with held_randomness():
        alone, among = case.answer(slice(0, 4)), case.answer()[:4]
    difference = largest_change(alone, among)
    expect(close(alone, among), "the same estimates alone and in a larger batch", f"a change of {difference:.2g}")


def _device(subject: Subject) -> None:
    """All its tensors are parameters or buffers, so that `to(device)` moves it; answers are where the inputs are."""
    case = _case(subject)
    check_movable(case.denoiser)
    if torch.cuda.is_available():
        device = torch.device("cuda")
        environment = tiny_world(1, error=0.1)
        environment = type(environment)(environment.settings, batch=1, device=device)  # type: ignore[call-arg, attr-defined]
        moved: Denoiser = subject.component.build(environment, case.layout).to(device)
        told = None if case.told is None else case.told.to(device)
        answer = moved(case.histories.to(device), case.noisy.to(device), told)
        expect(answer.device.type == "cuda", "an answer on the device of the inputs", str(answer.device))


def _state(subject: Subject) -> None:
    """`state_dict` holds tensors; loaded into a denoiser of other initial parameters, it makes the two the same."""
    case, other = _case(subject), _case(subject, seed=1)
    state = check_plain_state(case.denoiser)
    other.denoiser.load_state_dict(state)
    again = dict(other.denoiser.state_dict())
    expect(identical(state, again), "`load_state_dict` to restore every tensor bit for bit", "others")
    with held_randomness():
        one, two = case.answer(), other.answer()
    expect(close(one, two), "equal estimates after loading", f"a change of {largest_change(one, two):.2g}")


def _gradients(subject: Subject) -> None:
    """A squared error has a finite gradient for every parameter that is trained."""
    case = _learned(_case(subject))
    case.denoiser.train()
    (case.answer() - case.states).square().sum().backward()
    named = [(name, p) for name, p in case.denoiser.named_parameters() if p.requires_grad]
    without = [name for name, p in named if p.grad is None]
    expect(not without, "a gradient for every parameter", f"none for {without}")
    bad = [name for name, p in named if p.grad is not None and not bool(torch.isfinite(p.grad).all())]
    expect(not bad, "finite gradients", f"others for {bad}")


def _learns(subject: Subject) -> None:
    """Trained for 600 steps, it comes near the posterior mean under noise (2410.13953, Eq. 1 and 2).

    The squared distance to it, E |f - f*|^2, must be less than a third of that of the best estimate that ignores
    the history. What is measured is an average over 4 096 rows, each at most 3, of a denoiser that has seen 150 000.
    """
    case = _learned(_case(subject, rows=4096))
    _train(case)
    with torch.no_grad():
        best = case.exact.denoise(case.exact.encode(case.histories), case.noisy, case.told)
        blind = case.exact.denoise(case.exact.encode(torch.zeros_like(case.histories)), case.noisy, case.told)
        error = float((case.answer() - best).square().sum(-1).mean())
    control = float((blind - best).square().sum(-1).mean())
    expect(
        error < control / 3,
        f"a squared distance to the posterior mean below {control / 3:.4f} (a third of that without histories)",
        f"{error:.4f} after {STEPS} steps",
    )


def _exact(subject: Subject) -> None:
    """A denoiser without parameters to train is the posterior mean under noise (2410.13953, Eq. 2), within 1e-3.

    Told sigma, for that level; or told none, for levels uniform between 0.5 and 2 on a logarithmic scale.
    """
    case = _case(subject, rows=512)
    if any(p.requires_grad for p in case.denoiser.parameters()):
        raise CheckSkippedError("it has parameters to train: see the check `learns`")
    features, exact = case.denoiser.encode(case.histories), case.exact.encode(case.histories)
    distances = []
    for told in (case.sigma, None):
        answer = case.denoiser.denoise(features, case.noisy, told)
        distances.append(largest_change(answer, case.exact.denoise(exact, case.noisy, told)))
    expect(min(distances) < 1e-3, "the posterior mean", f"estimates that are {min(distances):.2g} away from it")


def _logits(subject: Subject) -> None:
    """The sigmoid of `logits` is the estimate (within 1e-5)."""
    case = _case(subject)
    denoiser = case.denoiser
    if not isinstance(denoiser, LogitDenoiser):
        raise CheckSkippedError("it is no `LogitDenoiser`")
    try:
        logits = denoiser.logits(denoiser.encode(case.histories), case.noisy, case.told)
    except QuorateError as error:
        raise CheckSkippedError(f"with these settings there are none: {error.problem}") from None
    difference = largest_change(logits.sigmoid(), case.answer())
    expect(difference < 1e-5, "sigmoid(logits) to be the estimate", f"a difference of {difference:.2g}")


def _linearisation(subject: Subject) -> None:
    """`linearise` returns the estimate, and a map that applies the Jacobian as automatic differentiation does."""
    case = _case(subject)
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


def _pooling(subject: Subject) -> None:
    """`encode_pooled` of one agent gives the estimates that its history gives; of nobody, those of the null history."""
    case = _case(subject)
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


def _case(subject: Subject, seed: int = 0, rows: int = ROWS) -> _Case:
    environment = tiny_world(rows, error=0.1)
    assert isinstance(environment, Enumerable)
    layout = HistoryLayout.of(environment.spec, LENGTH)
    with seeded_initialisation(seed, "denoiser"):
        denoiser: Denoiser = subject.component.build(environment, layout)
    buffer = HistoryBuffer(layout, rows, "cpu")
    step = environment.reset(0)
    buffer.push(step.observation)
    step = environment.step(torch.zeros(rows, layout.agents, dtype=torch.int64))
    buffer.push(step.observation)
    histories, noisy, sigma = _pairs(layout, buffer.windows, step.state, generator(0, "pairs"))
    exact = PosteriorMean(environment.posterior(layout))
    return _Case(denoiser.eval(), exact, layout, buffer.windows, step.state, histories, noisy, sigma)


def _pairs(
    layout: HistoryLayout, windows: Tensor, states: Tensor, randomness: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Of each row the history of a random agent, the noisy state, and the noise level."""
    rows = len(states)
    agent = torch.randint(layout.agents, (rows,), generator=randomness)
    histories = layout.identify(windows)[torch.arange(rows), agent]
    sigma = log_uniform(rows, randomness)
    return histories, states + sigma[:, None] * torch.randn(states.shape, generator=randomness), sigma


def _learned(case: _Case) -> _Case:
    if not any(p.requires_grad for p in case.denoiser.parameters()):
        raise CheckSkippedError("it has no parameters to train")
    return case


def _train(case: _Case) -> None:
    """Minimise E |s - f(tau, s + sigma z)|^2 over other rows than those that are measured."""
    denoiser, randomness = case.denoiser.train(), generator(1, "training")
    rows, batch = 8192, 256
    environment = tiny_world(rows, error=0.1)
    buffer = HistoryBuffer(case.layout, rows, "cpu")
    buffer.push(environment.reset(1).observation)
    step = environment.step(torch.zeros(rows, case.layout.agents, dtype=torch.int64))
    buffer.push(step.observation)
    windows, optimiser = buffer.windows, torch.optim.Adam(denoiser.parameters(), RATE)
    with held_randomness():
        for index in range(STEPS):
            for group in optimiser.param_groups:
                group["lr"] = RATE * (1 - index / STEPS)
            chosen = torch.randint(rows, (batch,), generator=randomness)
            states = step.state[chosen]
            histories, noisy, sigma = _pairs(case.layout, windows[chosen], states, randomness)
            told = sigma if denoiser.condition_on_sigma else None
            loss = (denoiser.denoise(denoiser.encode(histories), noisy, told) - states).square().sum(-1).mean()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
    denoiser.eval()


CHECKS: tuple[Check, ...] = (
    Check("denoiser", "shapes", "Features and estimates have the sizes that it declares, and are finite.", _shapes),
    Check("denoiser", "deterministic", "In evaluation mode, equal inputs give equal estimates.", _deterministic),
    Check("denoiser", "rows", "The rows of a batch do not influence each other.", _rows),
    Check("denoiser", "device", "It goes to another device as a whole.", _device),
    Check("denoiser", "state", "Its state is tensors, and is all that it depends on.", _state),
    Check("denoiser", "gradients", "Every parameter gets a finite gradient.", _gradients),
    Check("denoiser", "learns", "Trained briefly, it comes near the posterior mean under noise.", _learns),
    Check("denoiser", "exact", "Without parameters to train, it is the posterior mean under noise.", _exact),
    Check("denoiser", "logits", "The sigmoid of its log odds is its estimate.", _logits),
    Check("denoiser", "linearisation", "Its linearisation is its derivative.", _linearisation),
    Check("denoiser", "pooling", "Pooling one agent's history is encoding it.", _pooling),
)
