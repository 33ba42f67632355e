"""A model's predictions: rows become requests, and answers become labels and scores."""
