"""Runs each tuning job in its own process, which asks Optuna for values, trains with them, and reports the results."""
