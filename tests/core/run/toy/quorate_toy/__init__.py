"""Components for tests."""
