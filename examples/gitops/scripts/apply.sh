#!/usr/bin/env bash
# Applies the plan in $OUT/plan.json. Any difference from the plan stops the update.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

if [ ! -s "$OUT/plan.json" ]; then
  echo "error: there is no plan for stack $STACK: its review did not pass. Open a pull request with the change" >&2
  exit 1
fi
pulumi up --cwd "$PROJECT" --stack "$STACK" --non-interactive --yes --skip-preview --plan "$PWD/$OUT/plan.json"
