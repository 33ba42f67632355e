"""The container script of PreprocessChurnData: raw CSV in, split and scaled CSV, baseline and featurizer out."""

from pipelines.churn.columns import SCHEMA
from pipelines.scripts.container import run
from pipelines.scripts.preprocess import main

if __name__ == "__main__":
    run(lambda: main(__doc__, SCHEMA))
