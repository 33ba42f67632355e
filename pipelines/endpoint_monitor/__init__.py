"""Monitoring of an endpoint: what it has captured, against what its model was evaluated on."""
