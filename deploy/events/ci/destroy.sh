#!/bin/sh
# Remove what Terraform has created; build.py remove removes what Python has created.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

initialise
terraform destroy -input=false -no-color -auto-approve -var-file="$config"
