"""Quorate: a plugin-based registry of multi-agent environments and algorithms under partial observability."""

__version__ = "0.1.0"
