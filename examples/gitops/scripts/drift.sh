#!/usr/bin/env bash
# Reviews changes outside Pulumi. Exit 0: none. 3: drift. 2: an error. $OUT/drift.md contains the review.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

code=0
pulumi-vectorize review --drift --cwd "$PROJECT" --stack "$STACK" --format markdown >"$OUT/drift.md" || code=$?
python3 "$FORGE" mark "$OUT/drift.md"
cat "$OUT/drift.md"
[ "$code" != 0 ] || rm "$OUT/drift.md"
exit "$code"
