#!/usr/bin/env bash
# Does what the plan in $OUT/plan.json says, and nothing else: whatever differs from it stops the update.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

if [ ! -s "$OUT/plan.json" ]; then
  echo "error: there is no plan for stack $STACK: its review did not pass; open a pull request for what is to be done" >&2
  exit 1
fi
pulumi up --cwd "$PROJECT" --stack "$STACK" --non-interactive --yes --skip-preview --plan "$PWD/$OUT/plan.json"
