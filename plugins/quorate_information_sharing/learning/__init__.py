"""Learning with common information, without the model of the game (2308.08705, its second half)."""
