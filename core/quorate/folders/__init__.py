"""Folders of runs: where everything in one is, how it is read, and how files are written whole. Imports no torch."""
