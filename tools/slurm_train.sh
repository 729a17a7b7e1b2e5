#!/usr/bin/env bash
# Train on a slurm cluster.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

if [[ $# -lt 4 ]]; then
    echo "usage: [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5]" \
        "[SRUN_ARGS=…] bash $0 PARTITION JOB_NAME CONFIG WORK_DIR" \
        "[ARGUMENTS OF train.py]" >&2
    exit 2
fi

run_slurm "$1" "$2" train.py "$3" --work-dir "$4" "${@:5}"
