"""How fast the main pages are, as ratios to a bare Flask hello measured in the same run (SPEED)."""
