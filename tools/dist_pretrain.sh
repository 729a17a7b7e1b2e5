#!/usr/bin/env bash
# Pretrain on a folder of photographs with several GPUs, or in several CPU
# processes where there is no GPU.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

if [[ $# -lt 2 ]]; then
    echo "usage: [PORT=29500] bash $0 FOLDER GPUS" \
        "[ARGUMENTS OF pretrain.py]" >&2
    exit 2
fi

run_processes "$2" pretrain.py "$1" "${@:3}"
