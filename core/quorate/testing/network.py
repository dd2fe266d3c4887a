"""Checks of networks: members and rows are apart, and memory is of one episode."""

from dataclasses import dataclass

import torch
from torch import Tensor

from quorate.interfaces import Network, NetworkSpec
from quorate.learning.initialisation import seeded_initialisation
from quorate.seeding import generator
from quorate.testing.framework import Check, CheckSkippedError, Subject, expect
from quorate.testing.memory import Episodes, expect_forgetting, expect_remembering, expect_steps
from quorate.testing.support import (
    check_movable,
    check_plain_state,
    check_tensor,
    close,
    identical,
    largest_change,
    untouched_randomness,
)

SPEC = NetworkSpec(members=3, inputs=4, outputs=2, further=2)
STEPS, ROWS = 5, 6


@dataclass
class Case(Episodes):
    """What a network reads, [T, m, R, i], of three members.

    Attributes:
        network: what reads.
        beside: [m, R, j], what stands beside the features.
    """

    network: Network
    beside: Tensor

    def outputs(self) -> Tensor:
        """After the last step: [m, R, o]."""
        outputs: Tensor = self.network(torch.cat([self.features()[-1], self.beside], -1))
        return outputs


def make_case(subject: Subject, seed: int = 0) -> Case:
    """The network, with initial parameters of a seed, and always the same numbers."""
    with seeded_initialisation(seed, "network"):
        network: Network = subject.component.build(SPEC)
    randomness, rows = generator(0, "network"), (SPEC.members, ROWS)
    inputs, memory, beside = (
        torch.randn(*lead, generator=randomness)
        for lead in ((STEPS, *rows, SPEC.inputs), (*rows, network.memory_size), (*rows, SPEC.further))
    )
    begins = torch.rand(STEPS, ROWS, generator=randomness) < 0.3
    return Case(network, inputs, memory, begins, network, beside)


def remembering(subject: Subject) -> Case:
    """Likewise, of a network that remembers.

    Raises:
        CheckSkippedError: it remembers nothing.
    """
    case = make_case(subject)
    if not case.network.memory_size:
        raise CheckSkippedError("it remembers nothing")
    return case


def check_shapes(subject: Subject) -> None:
    """`encode` gives finite float32 [m, R, h] of one step, [T, m, R, h] of a sequence, and memory [m, R, k].

    `forward` makes [m, R, o] of features and what stands beside them. h is `feature_size`, k is `memory_size`. Inputs
    may be all zeros. Where k is 0, `encode` gives back what it is given: learners do not call it then.
    """
    case, rows = make_case(subject), (SPEC.members, ROWS)
    network = case.network
    for what, lead, inputs, begins in (
        ("of one step", (), case.inputs[0], case.begins[0]),
        ("of a sequence", (STEPS,), case.inputs, case.begins),
    ):
        features, memory = network.encode(inputs, case.memory, begins)
        check_tensor(f"features {what}", features, (*lead, *rows, network.feature_size))
        check_tensor(f"memory {what}", memory, (*rows, network.memory_size))
        if not network.memory_size:
            expect(identical(features, inputs), "features that are the inputs, where nothing is remembered", "others")
    check_tensor("what `forward` gives", case.outputs(), (*rows, SPEC.outputs))
    for zeroed in (case.inputs, case.memory, case.beside):
        zeroed.zero_()
    check_tensor("what `forward` gives of zeros", case.outputs(), (*rows, SPEC.outputs))


def check_deterministic(subject: Subject) -> None:
    """Equal inputs and memories give equal outputs bit for bit; they and global generators stay as they are."""
    case, kept = make_case(subject), make_case(subject)
    with untouched_randomness("the network"):
        one, two = case.outputs(), case.outputs()
    given = [[it.inputs, it.memory, it.begins, it.beside] for it in (case, kept)]
    expect(identical(*given), "inputs and memories that are left as they are", "that they are overwritten")
    expect(identical(one, two), "equal outputs of equal inputs", f"a change of {largest_change(one, two):.2g}")


def check_initial(subject: Subject) -> None:
    """One seed gives the same initial weights each time, another seed others, and members are not alike."""
    one, two, other = (make_case(subject, seed).network for seed in (0, 0, 1))
    same = identical(dict(one.state_dict()), dict(two.state_dict()))
    expect(same, "the same weights from the same seed (draw from `initial_generator()`)", "others")
    if drawn := [parameter for parameter in one.parameters() if parameter.dim() > 1 and parameter.flatten(1).std() > 0]:
        same = identical(dict(one.state_dict()), dict(other.state_dict()))
        expect(not same, "other weights from another seed (draw from `initial_generator()`)", "the same")
        alike = all(bool((parameter[0] == parameter[1]).all()) for parameter in drawn)
        expect(not alike, "members that begin differently", "members that are alike")


def check_members(subject: Subject) -> None:
    """A member's outputs depend on its own inputs, memory and parameters alone; those are stacked by member."""
    case = make_case(subject)
    before = case.outputs()
    parameters = dict(case.network.named_parameters())
    flat = [name for name, p in parameters.items() if p.dim() == 0 or p.shape[0] != SPEC.members]
    expect(not flat, f"parameters whose first dimension is the member ({SPEC.members})", f"others: {flat}")
    case.inputs[:, 0] += 1.0
    case.memory[0] += 1.0
    case.beside[0] += 1.0
    with torch.no_grad():
        for parameter in parameters.values():
            parameter[0] += 0.5
    expect(
        close(case.outputs()[1:], before[1:]),
        "members that do not influence each other",
        "that member 0's inputs, memory or parameters change what the others give",
    )


def check_rows(subject: Subject) -> None:
    """The outputs of a row do not depend on what the other rows see, remember or begin (within 1e-5)."""
    case = make_case(subject)
    before = case.outputs()
    case.inputs[:, :, 1:] += 1.0
    case.memory[:, 1:] += 1.0
    case.beside[:, 1:] += 1.0
    case.begins[:, 1:] ^= True
    expect(close(case.outputs()[:, 0], before[:, 0]), "the same outputs whatever the other rows are", "others")


def check_further(subject: Subject) -> None:
    """What stands beside the features, such as a critic's actions, changes the outputs; all of it."""
    case = make_case(subject)
    before = case.outputs()
    for index in range(SPEC.further):
        case.beside[..., index] += 1.0
        found = case.outputs()
        expect(not close(found, before), f"outputs that depend on number {index} beside the features", "the same")
        before = found


def check_begins(subject: Subject) -> None:
    """Where an episode begins, what was remembered before is nothing: as if the memory were zero."""
    expect_forgetting(remembering(subject))


def check_remembers(subject: Subject) -> None:
    """Within an episode, what was seen some steps ago changes the features: the memory is carried on, and used."""
    expect_remembering(remembering(subject))


def check_sequence(subject: Subject) -> None:
    """A sequence equals its steps, one after the other, episodes that begin inside it included (within 1e-5)."""
    expect_steps(make_case(subject))


def check_state(subject: Subject) -> None:
    """`state_dict` holds tensors; loaded into a network of other initial parameters, it makes the two the same.

    All its tensors are parameters or buffers, so that `to(device)` moves it.
    """
    case, other = make_case(subject), make_case(subject, seed=1)
    check_movable(case.network)
    other.network.load_state_dict(check_plain_state(case.network))
    expect(identical(case.outputs(), other.outputs()), "equal outputs after loading", "others")


def check_gradients(subject: Subject) -> None:
    """There are parameters, and every one gets a finite gradient, those that say what to remember too."""
    case = make_case(subject)
    expect(any(True for _ in case.network.parameters()), "parameters, which are trained", "none")
    case.outputs().square().sum().backward()
    named = list(case.network.named_parameters())
    without = [name for name, p in named if p.grad is None]
    expect(not without, "a gradient for every parameter", f"none for {without}")
    bad = [name for name, p in named if p.grad is not None and not bool(torch.isfinite(p.grad).all())]
    expect(not bad, "finite gradients", f"others for {bad}")


CHECKS: tuple[Check, ...] = (
    Check("network", "shapes", "Features, memory and outputs have the sizes that it declares.", check_shapes),
    Check("network", "deterministic", "Equal inputs give equal outputs.", check_deterministic),
    Check("network", "initial", "Its initial weights come from the seed, each member's its own.", check_initial),
    Check("network", "members", "Members never mix.", check_members),
    Check("network", "rows", "The rows of a batch do not influence each other.", check_rows),
    Check("network", "further", "What stands beside the features counts.", check_further),
    Check("network", "begins", "Memory is reset where episodes begin.", check_begins),
    Check("network", "remembers", "What was seen before is remembered.", check_remembers),
    Check("network", "sequence", "A sequence equals its steps.", check_sequence),
    Check("network", "state", "Its state is tensors, and is all that it depends on.", check_state),
    Check("network", "gradients", "Every parameter gets a finite gradient.", check_gradients),
)
