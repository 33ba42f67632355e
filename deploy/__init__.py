"""From an approved model to other accounts: a folder a target. It goes with a clone, and is imported from there."""
