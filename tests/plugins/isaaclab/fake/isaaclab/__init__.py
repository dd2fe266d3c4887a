"""A stand-in for Isaac Lab 3: the modules, the names and the ways of DirectMARLEnv, with a world that counts."""
