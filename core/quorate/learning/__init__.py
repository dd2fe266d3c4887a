"""What learning algorithms share: stacked networks, replay, returns, play. Import from its modules."""
