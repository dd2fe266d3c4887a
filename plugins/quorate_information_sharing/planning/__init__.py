"""Planning with common information: exact values, bounds and policies."""
