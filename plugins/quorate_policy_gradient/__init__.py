"""MAPPO and HAPPO: proximal policy optimisation of n agents with a central critic."""
