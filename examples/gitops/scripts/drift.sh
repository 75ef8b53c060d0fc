#!/usr/bin/env bash
# Looks for what was changed behind Git's back. Exit 0: nothing. 3: drift, and 2: it cannot be told; $OUT/drift.md says more.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

code=0
pulumi-vectorize review --drift --cwd "$PROJECT" --stack "$STACK" --format markdown >"$OUT/drift.md" || code=$?
python3 "$FORGE" mark "$OUT/drift.md"
cat "$OUT/drift.md"
[ "$code" != 0 ] || rm "$OUT/drift.md"
exit "$code"
