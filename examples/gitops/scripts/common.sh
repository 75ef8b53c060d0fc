# Sourced by the other scripts: what they work on, all of it from the environment.
#   STACK    the stack
#   PROJECT  the folder of Pulumi.yaml; the current one, unless set
#   OUT      the folder for what the next step reads; `out`, unless set
# Credentials reach Pulumi and the provider by the environment too; no script names or prints them.
# shellcheck shell=bash
set -euo pipefail
: "${STACK:?is the stack to work on}"
PROJECT=${PROJECT:-.}
OUT=${OUT:-out}
FORGE="$(cd "$(dirname "$0")" && pwd)/forge.py"
export STACK PROJECT FORGE
mkdir -p "$OUT"
PATH="$(cd "$PROJECT" && pwd)/.venv/bin:$PATH"
export PATH
# GitHub's runner obeys every line that begins with `::`, whoever printed it, unless it stands between these two.
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  resume=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
  echo "::stop-commands::$resume"
  trap 'echo "::$resume::"' EXIT
fi
