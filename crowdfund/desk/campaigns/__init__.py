"""Campaigns at the desk: written by their brand, judged by somebody else."""
