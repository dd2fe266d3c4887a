"""MAPPO, IPPO and HAPPO: proximal policy optimisation of n agents."""
