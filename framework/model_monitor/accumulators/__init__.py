"""Statistics as states: update with a chunk, merge with another, finish. One pass, bounded memory."""
