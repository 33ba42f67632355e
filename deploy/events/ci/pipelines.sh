#!/bin/sh
# Create or update the three pipelines, and write the code of the functions; a configuration that is wrong does nothing.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

python "$events/build.py" functions pipelines --config "$config"
