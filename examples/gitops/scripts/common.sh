# Sourced by the other scripts. All settings come from the environment.
#   STACK    the stack
#   PROJECT  the folder of Pulumi.yaml. Default: the current folder
#   OUT      the folder for the files of the next step. Default: `out`
# Credentials come from the environment as well. No script reads or prints them.
# shellcheck shell=bash
set -euo pipefail
: "${STACK:?set it to the name of the stack}"
PROJECT=${PROJECT:-.}
OUT=${OUT:-out}
FORGE="$(cd "$(dirname "$0")" && pwd)/forge.py"
export STACK PROJECT FORGE
mkdir -p "$OUT"
PATH="$(cd "$PROJECT" && pwd)/.venv/bin:$PATH"
export PATH
# GitHub's runner executes every line that begins with `::`, from any program, unless it is between these two lines.
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  resume=$(python3 -c 'import secrets; print(secrets.token_hex(16))')
  echo "::stop-commands::$resume"
  trap 'echo "::$resume::"' EXIT
fi
