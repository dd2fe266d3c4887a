"""The policy classes: `gaussian`, `categorical` and `ddpm`. Import from its modules."""
