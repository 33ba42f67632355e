"""The pipelines of this project; importing this package imports nothing else, as container scripts carry it along."""
