"""Matrix games, of a team and of opponents, and a game of memory: small games whose best play is known."""
