"""Comparisons: variants of one configuration on the same environments and seeds."""
