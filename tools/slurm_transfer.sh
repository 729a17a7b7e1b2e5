#!/usr/bin/env bash
# Transfer a checkpoint to a downstream task on a slurm cluster; or in a batch job:
# called by sbatch, in the repository's folder, with the job's resources.
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail
TOOLS=$(dirname "${BASH_SOURCE[0]}")
if [[ ! -f $TOOLS/_env.sh ]]; then # sbatch runs a copy of this file
    TOOLS=$SLURM_SUBMIT_DIR/tools
fi
source "$TOOLS/_env.sh"

if [[ $# -lt 4 ]]; then
    echo "usage: [GPUS=8] [GPUS_PER_NODE=8] [CPUS_PER_TASK=5]" \
        "[SRUN_ARGS=…] bash $0 PARTITION JOB_NAME CONFIG CHECKPOINT" \
        "[ARGUMENTS OF transfer.py]" >&2
    exit 2
fi

run_slurm "$1" "$2" transfer.py "$3" "$4" "${@:5}"
