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

# PROCESSES SCRIPT ARGUMENTS…: torchrun, the machines by the environment.
run_processes() {
    exec "$(run_python)" -m torch.distributed.run \
        --nnodes "${NNODES:-1}" \
        --node_rank "${NODE_RANK:-0}" \
        --master_addr "${MASTER_ADDR:-127.0.0.1}" \
        --master_port "${PORT:-29500}" \
        --nproc_per_node "$1" \
        "$REPO_ROOT/tools/$2" --launcher pytorch "${@:3}"
}

# PARTITION JOB_NAME SCRIPT ARGUMENTS…: one task a GPU.
run_slurm() {
    local gpus=${GPUS:-8} gpus_per_node=${GPUS_PER_NODE:-8}
    # SRUN_ARGS holds several arguments: it is split at spaces on purpose.
    # shellcheck disable=SC2086
    exec srun \
        --partition "$1" \
        --job-name "$2" \
        --gres "gpu:$gpus_per_node" \
        --ntasks "$gpus" \
        --ntasks-per-node "$gpus_per_node" \
        --cpus-per-task "${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=1 \
        ${SRUN_ARGS:-} \
        "$(run_python)" -u "$REPO_ROOT/tools/$3" --launcher slurm "${@:4}"
}
