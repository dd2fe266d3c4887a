"""Inference schemes."""
