#!/bin/sh
# The pack as a program: `--policy-pack policies/vectorize/start.sh`, for an engine that cannot start the folder itself.
# Pulumi hands over its own address; the pack answers with the port that it listens on.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python="$here/venv/bin/python"
[ -x "$python" ] || python=python3
exec "$python" -u -m pulumi.policy "$1" "$here"
