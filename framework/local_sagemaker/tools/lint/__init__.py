"""What lint says of a definition: without what the project silences, for people, programs and pull requests."""
