#!/usr/bin/env bash
# Installs the project's requirements.txt into its virtual environment.
set -euo pipefail
cd "${PROJECT:-.}"
[ -e .venv ] || python3 -m venv --upgrade-deps .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
