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

GPUS=${GPUS:-8}
GPUS_PER_NODE=${GPUS_PER_NODE:-8}

# SRUN_ARGS holds several arguments: it is split at spaces on purpose.
# shellcheck disable=SC2086
exec srun \
    --partition "$1" \
    --job-name "$2" \
    --gres "gpu:$GPUS_PER_NODE" \
    --ntasks "$GPUS" \
    --ntasks-per-node "$GPUS_PER_NODE" \
    --cpus-per-task "${CPUS_PER_TASK:-5}" \
    --kill-on-bad-exit=1 \
    ${SRUN_ARGS:-} \
    "$(run_python)" -u "$REPO_ROOT/tools/train.py" "$3" \
    --work-dir "$4" --launcher slurm "${@:5}"
