#!/usr/bin/env bash
# Set up, then run the tests: bash tools/run_tests.sh [PYTEST ARGUMENTS]
# Paths among the arguments count from the repository's root.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

bash "$REPO_ROOT/tools/install.sh"
# The scripts under test run in the environment, whoever made it.
export PYTHON=$VENV/bin/python
cd "$REPO_ROOT"
exec "$PYTHON" -m pytest "$@"
