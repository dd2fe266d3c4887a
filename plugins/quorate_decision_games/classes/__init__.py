"""Policy classes of games of one decision: what an update of Algorithm 1 is projected onto."""
