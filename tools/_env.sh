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
# NNODES=1:4 is any number of them from 1 to 4; they meet at MASTER_ADDR.
run_processes() {
    local nodes=${NNODES:-1} address=${MASTER_ADDR:-127.0.0.1}
    local port=${PORT:-29500} meet
    if [[ $nodes == *:* || ${MAX_RESTARTS:-0} -gt 0 ]]; then
        # Ranks that are started anew would find the addresses of those before
        # them in the store that torch 2.14's launcher shares with them, and a
        # machine that comes later would wait for ever.
        export TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1
        meet=(--rdzv_backend c10d --rdzv_endpoint "$address:$port"
            --rdzv_id "${RDZV_ID:-regioncl}")
    else
        meet=(--node_rank "${NODE_RANK:-0}" --master_addr "$address"
            --master_port "$port")
    fi
    exec "$(run_python)" "$REPO_ROOT/tools/_launch.py" \
        --nnodes "$nodes" \
        "${meet[@]}" \
        --max_restarts "${MAX_RESTARTS:-0}" \
        --nproc_per_node "$1" \
        "$REPO_ROOT/tools/$2" --launcher pytorch "${@:3}"
}

# PARTITION JOB_NAME SCRIPT ARGUMENTS…: one task a GPU. Two minutes before the
# time limit, and when the job is preempted, the run saves and ends with
# status 85; it goes on when slurm has restarted the batch job that this is
# in, or has given another allocation to what is in none.
run_slurm() {
    local preempted=85 status resume=()
    interrupted=
    if [[ ${SLURM_RESTART_COUNT:-0} -gt 0 ]]; then
        resume=(--resume)
    fi
    while true; do
        status=0
        run_srun "$@" ${resume[@]+"${resume[@]}"} || status=$?
        if [[ $status -ne $preempted || -n $interrupted ]]; then
            exit "$status"
        fi
        if [[ -n ${SLURM_JOB_ID:-} ]]; then
            requeue_job
            exit "$status"
        fi
        resume=(--resume)
    done
}

# Slurm requeues what it preempts itself, and nobody wants what he cancelled.
requeue_job() {
    if [[ $(scontrol show job "$SLURM_JOB_ID") != *JobState=[CP]* ]]; then
        echo "saved, and requeued: job $SLURM_JOB_ID goes on from there" >&2
        scontrol requeue "$SLURM_JOB_ID"
    fi
}

# PARTITION JOB_NAME SCRIPT ARGUMENTS…: srun, which gets the signals that the
# script gets. All tasks of a run that saves end with 85: the first to end
# must not have the others killed, so those of a task that failed have a
# minute.
run_srun() {
    local gpus=${GPUS:-8} gpus_per_node status
    # A run of fewer than eight asks for no more than it uses.
    gpus_per_node=${GPUS_PER_NODE:-$((gpus < 8 ? gpus : 8))}
    set -m # Ctrl-C is for this script, which has the run save
    # SRUN_ARGS holds several arguments: it is split at spaces on purpose.
    # shellcheck disable=SC2086
    srun \
        --partition "$1" \
        --job-name "$2" \
        --gres "gpu:$gpus_per_node" \
        --ntasks "$gpus" \
        --ntasks-per-node "$gpus_per_node" \
        --cpus-per-task "${CPUS_PER_TASK:-5}" \
        --kill-on-bad-exit=0 \
        --wait=60 \
        --signal=USR1@120 \
        ${SRUN_ARGS:-} \
        "$(run_python)" -u "$REPO_ROOT/tools/$3" --launcher slurm "${@:4}" \
        </dev/null &
    local srun=$! signalled=yes
    trap 'signalled=yes; kill -USR1 $srun' USR1
    trap 'signalled=yes interrupted=yes; kill -TERM $srun' TERM INT
    # A signal ends the wait, and not srun.
    while [[ -n $signalled ]]; do
        signalled= status=0
        wait $srun || status=$?
    done
    trap - USR1 TERM INT
    return "$status"
}
