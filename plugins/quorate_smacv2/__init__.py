"""SMACv2, battles in StarCraft II itself (arXiv:2212.07489), one game for each row."""
