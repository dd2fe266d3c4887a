"""Reports on sets of runs: statistics over seeds and environments, tables, exports. Nothing here imports torch."""
