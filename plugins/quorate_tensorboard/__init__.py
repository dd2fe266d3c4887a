"""A logger that writes a run's metrics as TensorBoard events."""
