"""Decentralised diffusion policy learning (arXiv:2605.07101, Algorithm 2)."""
