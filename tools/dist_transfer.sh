#!/usr/bin/env bash
# Transfer a checkpoint to a downstream task on several GPUs, or in several CPU processes where there is no GPU.
# With more than one machine, call it on each with its own NODE_RANK.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

if [[ $# -lt 3 ]]; then
    echo "usage: [NNODES=1] [NODE_RANK=0] [MASTER_ADDR=127.0.0.1]" \
        "[PORT=29500] bash $0 CONFIG CHECKPOINT GPUS" \
        "[ARGUMENTS OF transfer.py]" >&2
    exit 2
fi

run_processes "$3" transfer.py "$1" "$2" "${@:4}"
