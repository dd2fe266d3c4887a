"""Reference results: numbers that a configuration has reached, here or in a paper, and whether it does so again."""
