"""Model quality measures how well predictions match the ground truth, and compares that with the baseline."""
