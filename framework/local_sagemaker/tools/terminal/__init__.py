"""What people and programs see of it in a terminal: options, progress, results."""
