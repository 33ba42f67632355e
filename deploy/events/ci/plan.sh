#!/bin/sh
# Write Terraform's plan to plan.bin, and show it on stdout and in plan.txt. Run pipelines.sh first.
set -eu
# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/environment.sh"

initialise
terraform plan -input=false -no-color -var-file="$config" -out=plan.bin
terraform show -no-color plan.bin > plan.txt
