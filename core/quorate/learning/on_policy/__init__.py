"""What on-policy algorithms share: rollouts, critics, proximal policy optimisation. Import from its modules."""
