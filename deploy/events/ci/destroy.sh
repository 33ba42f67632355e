#!/bin/sh
# Take away what Terraform has made; build.py remove takes away what Python has.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

initialise
terraform destroy -input=false -no-color -auto-approve -var-file="$config"
