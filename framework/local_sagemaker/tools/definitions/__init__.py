"""A definition that a command line names: where it comes from, and what lint says of it."""
