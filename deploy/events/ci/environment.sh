# shellcheck shell=sh disable=SC2034
# Settings of the scripts in this folder. They run in any POSIX shell, because images of Terraform have no other.
#   EVENTS_CONFIG                             the configuration; events-config.tfvars.json of this folder by default
#   STATE_BUCKET, STATE_KEY, STATE_REGION     location of Terraform's state
#   AWS_ROLE_ARN, AWS_WEB_IDENTITY_TOKEN_FILE role and token to sign in with OpenID Connect; boto3 and Terraform read them themselves
events=$(cd "$(dirname "$0")/.." && pwd)
config=$(realpath "${EVENTS_CONFIG:-$events/events-config.tfvars.json}")

initialise() {
  cd "$events" || exit
  terraform init -input=false -no-color -reconfigure \
    -backend-config="bucket=$STATE_BUCKET" -backend-config="key=$STATE_KEY" -backend-config="region=$STATE_REGION"
}
