#!/usr/bin/env bash
# Set up, then run the quickstart: bash tools/quickstart.sh [ARGUMENTS]; all of
# them: --help. Every pair, three seeds each: --all.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

bash "$REPO_ROOT/tools/install.sh"
export PYTHON=$VENV/bin/python
exec "$PYTHON" "$REPO_ROOT/tools/quickstart.py" "$@"
