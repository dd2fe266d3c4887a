"""Many runs: comparisons, reports, and reference results."""
