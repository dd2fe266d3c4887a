"""Runs the parts of comparisons on a Ray cluster."""
