#!/bin/sh
# Apply the plan that was shown, and no other.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

initialise
terraform apply -input=false -no-color plan.bin
