"""Checks of policies: what every policy class must do."""

from quorate.testing.framework import Check
from quorate.testing.policy.densities import check_density, check_frequencies, check_reparameterised
from quorate.testing.policy.form import check_greedy, check_masks, check_samples, check_state
from quorate.testing.policy.independence import check_agents, check_generator, check_rows
from quorate.testing.policy.memory import check_begins, check_remembers, check_sequence
from quorate.testing.policy.projection import check_projects

CHECKS: tuple[Check, ...] = (
    Check("policy", "samples", "Actions have the right shape and type, and are real ones.", check_samples),
    Check("policy", "masks", "Choices that are not valid are never taken.", check_masks),
    Check("policy", "generator", "All randomness comes from the generator that is given.", check_generator),
    Check("policy", "agents", "No agent depends on another's input or parameters.", check_agents),
    Check("policy", "rows", "The rows of a batch do not influence each other.", check_rows),
    Check("policy", "begins", "Memory is reset where episodes begin.", check_begins),
    Check("policy", "remembers", "What was seen before is remembered.", check_remembers),
    Check("policy", "sequence", "A sequence equals its steps.", check_sequence),
    Check("policy", "greedy", "The best action is deterministic.", check_greedy),
    Check("policy", "state", "Its state is tensors, and is all that it depends on.", check_state),
    Check("policy", "density", "The density that it tells is one: it integrates to 1.", check_density),
    Check("policy", "frequencies", "Its samples are distributed as its density says.", check_frequencies),
    Check("policy", "reparameterised", "Gradients flow through its reparameterised samples.", check_reparameterised),
    Check("policy", "projects", "Projected onto a weighted target, it becomes like it.", check_projects),
)
