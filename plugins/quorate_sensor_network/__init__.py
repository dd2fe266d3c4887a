"""A network of sensors that watch the edges of a grid for targets."""
