"""The container script of EvaluateAbaloneModel: model and test set in, evaluation.json out."""

from pipelines.scripts.container import run
from pipelines.scripts.evaluate import main

if __name__ == "__main__":
    run(lambda: main(__doc__))
