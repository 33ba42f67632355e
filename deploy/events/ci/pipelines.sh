#!/bin/sh
# Create or update the three pipelines, let the bucket tell of its files, and write the code of the functions. Where the
# configuration is wrong, nothing is done.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

python "$events/build.py" functions bucket pipelines --config "$config"
