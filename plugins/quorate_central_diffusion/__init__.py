"""Centralised online diffusion policies: DACER and QVPO."""
