"""Games with tables, and what information structures make of them (2308.08705)."""
