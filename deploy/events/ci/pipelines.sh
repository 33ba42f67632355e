#!/bin/sh
# Create or update the three pipelines, turn on the bucket's notifications, and write the code of the functions. If the
# configuration is wrong, nothing is changed.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

python "$events/build.py" functions bucket pipelines --config "$config"
