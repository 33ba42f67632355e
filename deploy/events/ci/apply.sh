#!/bin/sh
# Apply exactly the plan that was shown.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

initialise
terraform apply -input=false -no-color plan.bin
