#!/usr/bin/env bash
# Previews a change: $OUT/review.md for people, and $OUT/plan.json for the update after the merge.
# LABELS of the change, separated by commas: `allow-loss:STACK/NAME` allows the loss of the resource NAME in STACK.
# POLICY_PACK, and POLICY_CONFIG, if set: a policy pack whose rules must be kept, and the file of its configuration (from PROJECT).
# Exit 0: harmless or allowed. 3: destructive. 2: it cannot be told. There is a plan only after 0.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"

allow=()
IFS=, read -ra labels <<<"${LABELS:-}"
for label in ${labels[@]+"${labels[@]}"}; do
  case $label in "allow-loss:$STACK/"?*) allow+=("--allow=${label#"allow-loss:$STACK/"}") ;; esac
done

# As events, for the one document of `--json` leaves out the deletion of an index that an earlier replacement left over.
# A preview that fails has written why into them, and the review says it.
previewed=0
PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --cwd "$PROJECT" --stack "$STACK" --non-interactive --json \
  --save-plan "$PWD/$OUT/plan.json" >"$OUT/preview.jsonl" || previewed=$?

code=0
pulumi-vectorize review "$OUT/preview.jsonl" --format markdown ${allow[@]+"${allow[@]}"} >"$OUT/review.md" || code=$?
if [ ! -s "$OUT/review.md" ]; then
  printf '<!-- pulumi-vectorize review: %s -->\n\n### ❌ No review: the log of the pipeline says why\n' "$STACK" >"$OUT/review.md"
fi
[ "$code" != 0 ] || [ "$previewed" = 0 ] || code=2

# A preview of its own, for the JSON does not say which rule was broken.
if [ -n "${POLICY_PACK:-}" ]; then
  policies=(--policy-pack "$POLICY_PACK" ${POLICY_CONFIG:+--policy-pack-config "$POLICY_CONFIG"})
  if ! pulumi preview --cwd "$PROJECT" --stack "$STACK" --non-interactive --color never "${policies[@]}" | tee "$OUT/policies.txt"; then
    [ "$code" != 0 ] || code=2
    broken=$(sed -n '/^Policies:/,$p' "$OUT/policies.txt" | tr '~' -)
    broken=${broken:-They could not be asked; the log of the pipeline says why.}
    printf '\n### ❌ Policies\n\n~~~text\n%s\n~~~\n' "${broken:0:8000}" >>"$OUT/review.md"
  fi
fi

cat "$OUT/review.md"
[ "$code" = 0 ] || rm -f "$OUT/plan.json"
exit "$code"
