"""Gets a model's predictions: converts rows to requests, and answers to labels and scores."""
