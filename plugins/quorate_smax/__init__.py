"""SMAX, StarCraft-like battles in JAX (arXiv:2311.10090), natively batched."""
