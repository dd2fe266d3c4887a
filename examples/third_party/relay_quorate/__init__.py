"""A message passed down a line of agents, a denoiser of prototypes, and evolution."""
