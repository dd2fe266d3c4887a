"""The figures of 2605.07101 on decision games, their claims, and the commands' computations."""
