"""HASAC: heterogeneous-agent soft actor-critic."""
