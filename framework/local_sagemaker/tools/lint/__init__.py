"""Reports what lint finds in a definition, without silenced findings, for users, programs and pull requests."""
