#!/usr/bin/env bash
# Set up, then run the tests: bash tools/run_tests.sh [PYTEST ARGUMENTS]
# Paths among the arguments count from the repository's root. Two processes
# share the tests, which `-n 8` or `-n 0` changes. With `--profile pinned`
# first, they run in an environment of that profile. With `--all` next, the
# long ones run, too.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

if [[ ${1:-} == --profile ]]; then
    export PROFILE=${2:?newest or pinned}
    # Beside the other profile's, which keeps what it has.
    if [[ -z ${REGIONCL_VENV:-} ]]; then VENV=$REPO_ROOT/.venv-$PROFILE; fi
    shift 2
fi
chosen='not long'
if [[ ${1:-} == --all ]]; then
    chosen=
    shift
fi
export REGIONCL_VENV=$VENV
bash "$REPO_ROOT/tools/install.sh" --dev
# The scripts under test run in the environment, whoever made it.
export PYTHON=$VENV/bin/python
# The nets of tests are too small for threads, which wait for one another
# where processes share the cores: MKL's can then be ten times slower.
export OMP_NUM_THREADS=1
cd "$REPO_ROOT"
# A process that is done takes over the second half of what is left to the
# other: neither waits long, and most files stay with one, as do the fixtures
# that they share.
exec "$PYTHON" -m pytest -n 2 --dist worksteal -m "$chosen" "$@"
