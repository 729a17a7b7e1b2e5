# Sourced by the scripts beside it: where the repository and its environment
# are, and which Python runs our programs.

REPO_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=${REGIONCL_VENV:-$REPO_ROOT/.venv}
[[ $VENV == /* ]] || VENV=$PWD/$VENV

# $PYTHON where it is given, else the environment's, else `python`.
run_python() {
    if [[ -n ${PYTHON:-} ]]; then
        echo "$PYTHON"
    elif [[ -x $VENV/bin/python ]]; then
        echo "$VENV/bin/python"
    else
        echo python
    fi
}
