"""The pictures: each function draws one report and returns a matplotlib figure."""
