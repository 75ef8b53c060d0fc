#!/usr/bin/env bash
# Installs what the project's requirements.txt names into its virtual environment.
set -euo pipefail
cd "${PROJECT:-.}"
[ -e .venv ] || python3 -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
