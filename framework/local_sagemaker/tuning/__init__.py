"""One process per tuning job: it asks for values, trains with them, and tells what came of it."""
