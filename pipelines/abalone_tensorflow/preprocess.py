"""The container script of PreprocessAbaloneData: raw CSV in, the same rows split, baseline and featurizer out."""

from pipelines.abalone.columns import SCHEMA
from pipelines.scripts.container import run
from pipelines.scripts.preprocess import main

if __name__ == "__main__":
    run(lambda: main(__doc__, SCHEMA, is_raw=True))
