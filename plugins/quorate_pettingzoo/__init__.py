"""Environments of PettingZoo, chosen in a configuration by the module that they are in."""
