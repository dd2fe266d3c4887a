"""Denoisers, inference schemes and the algorithm that trains and evaluates them (arXiv:2410.13953)."""
