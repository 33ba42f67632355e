"""Score raw rows in batches with the approved model and its own featurizer."""
