"""Monitor an endpoint: compare what it has captured with the data that its model was evaluated on."""
