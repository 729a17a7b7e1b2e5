#!/usr/bin/env bash
# Classify by nearest neighbours; features by several GPUs of one machine, or several CPU processes.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

if [[ $# -lt 3 ]]; then
    echo "usage: [PORT=29500] bash $0 CONFIG CHECKPOINT GPUS" \
        "[ARGUMENTS OF knn.py]" >&2
    exit 2
fi

run_processes "$3" knn.py "$1" "$2" "${@:4}"
