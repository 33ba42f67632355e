"""Model quality: how well predictions meet the truth, and whether they still do so as well as the baseline's."""
