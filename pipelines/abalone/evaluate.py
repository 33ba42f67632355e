"""Evaluate the model on the test set, and write evaluation.json: the container script of EvaluateAbaloneModel."""

from pipelines.scripts.container import run
from pipelines.scripts.evaluate import main

if __name__ == "__main__":
    run(lambda: main(__doc__))
