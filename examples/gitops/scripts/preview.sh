#!/usr/bin/env bash
# Previews a change: writes $OUT/review.md for the pull request, and $OUT/plan.json for the update after the merge.
#   LABELS         of the change, separated by commas. `allow-loss:NAME@CODE` allows the loss of the resource NAME, or of this URN. The
#                  comment shows the CODE, which is valid for one project, stack and commit
#   COMMIT         the previewed commit. GitLab sets it
#   POLICY_PACK    a policy pack, and POLICY_CONFIG the file of its configuration (relative to PROJECT)
# Exit 0: harmless or allowed. 3: destructive. 2: an error. There is a plan only after exit 0.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "$0")/common.sh"
COMMIT=${COMMIT:-${CI_MERGE_REQUEST_SOURCE_BRANCH_SHA:-${CI_COMMIT_SHA:-}}}

allowed_code=
[ -z "$COMMIT" ] || allowed_code=$(python3 "$FORGE" code "$COMMIT")
allow=()
IFS=, read -ra labels <<<"${LABELS:-}"
for label in ${labels[@]+"${labels[@]}"}; do
  name=${label#allow-loss:}
  if [ -n "$allowed_code" ] && [[ $label == allow-loss:?*"@$allowed_code" ]]; then
    allow+=("--allow=${name%@*}")
  fi
done

# Adds a problem to the review: at its end, or at its start if the review itself finds nothing.
object() {
  if [ "$code" != 0 ]; then
    printf '\n%s\n' "$1" >>"$OUT/review.md"
    return
  fi
  code=2
  { head -n 1 "$OUT/review.md" && printf '\n%s\n' "$1" && tail -n +2 "$OUT/review.md"; } >"$OUT/objection.md"
  mv "$OUT/objection.md" "$OUT/review.md"
}

# Streaming JSON, because the JSON document lacks the deletion of an index that an earlier replacement left behind.
# It contains the reason of a failed preview, which the review shows.
previewed=0
PULUMI_ENABLE_STREAMING_JSON_PREVIEW=true pulumi preview --cwd "$PROJECT" --stack "$STACK" --non-interactive --json \
  --save-plan "$PWD/$OUT/plan.json" >"$OUT/preview.jsonl" || previewed=$?

code=0
pulumi-vectorize review "$OUT/preview.jsonl" --format markdown ${allow[@]+"${allow[@]}"} >"$OUT/review.md" || code=$?
python3 "$FORGE" mark "$OUT/review.md"
if [ "$code" = 0 ] && [ "$previewed" != 0 ]; then
  object "### ❌ The preview failed. The reason is in the log of the pipeline"
fi
if [ "$code" = 3 ] && [ -n "$allowed_code" ]; then
  again="The review then runs again."
  [ -z "${GITLAB_CI:-}" ] || again="Then press *Run pipeline* in the tab *Pipelines*. A label does not start one."
  # shellcheck disable=SC2016 # the backticks are Markdown's
  printf '\n**If the loss is intended**, set the label `allow-loss:NAME@%s`. It is valid for the resource NAME of this stack, and for this commit only. %s\n' \
    "$allowed_code" "$again" >>"$OUT/review.md"
fi

# A separate preview, because its text contains the fix for a broken rule.
if [ -n "${POLICY_PACK:-}" ]; then
  policies=(--policy-pack "$POLICY_PACK" ${POLICY_CONFIG:+--policy-pack-config "$POLICY_CONFIG"})
  if ! pulumi preview --cwd "$PROJECT" --stack "$STACK" --non-interactive --color never "${policies[@]}" | tee "$OUT/policies.txt"; then
    broken=$(sed -n '/^Policies:/,$p' "$OUT/policies.txt" | tr '~' -)
    broken=${broken:-They could not be checked. The reason is in the log of the pipeline.}
    object "### ❌ Policies"$'\n\n~~~text\n'"${broken:0:8000}"$'\n~~~'
  fi
fi

cat "$OUT/review.md"
# A comment contains a part of a large review. The log contains all of it.
# shellcheck disable=SC2016 # the backticks are Markdown's
if grep -qF '(`--format json` lists all)' "$OUT/review.md"; then
  printf '\nThe log of this job lists all.\n' >>"$OUT/review.md"
  pulumi-vectorize review "$OUT/preview.jsonl" --format text ${allow[@]+"${allow[@]}"} || true
fi
[ "$code" = 0 ] || rm -rf "$OUT/plan.json"
[ -z "${GITHUB_OUTPUT:-}" ] || echo "artifact=$(python3 "$FORGE" artifact "$COMMIT")" >>"$GITHUB_OUTPUT"
exit "$code"
