#!/usr/bin/env bash
# torchrun: with torch 2.14, ranks of one machine that are started anew
# (--max_restarts) mostly do not find each other, unless the rendezvous is c10d
# and the launcher's store is not shared with them.
#
# Version: torch 2.14.1 (Python 3.9 or later). torch 2.1.2 restarts every time.
# Valid input: two ranks on gloo; at the first attempt one is killed.
#
# Behaviour: the launcher's store is the ranks' own from the first attempt to
# the last, and keys are not told apart by attempts. A rank that comes early
# reads where its neighbour of the attempt before listened, and ends after half
# a minute in 'Gloo connectFullMesh failed ... Connection refused'. With
# --rdzv_backend c10d and TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 each attempt has
# a store of its own.
#
# Output seen:
#   static: 3 of 6 restarts met (2 in another run)
#   c10d with its own store: 6 of 6 restarts met
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install -q torch==2.14.1 numpy==2.4.6
cat >rank.py <<'END'
import os
import signal

import torch
import torch.distributed as dist

dist.init_process_group('gloo')
dist.all_reduce(torch.ones(1))
if os.environ['TORCHELASTIC_RESTART_COUNT'] == '0':
    if dist.get_rank() == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    dist.all_reduce(torch.ones(1))
dist.destroy_process_group()
END
export OMP_NUM_THREADS=1
count() { # ARGUMENTS OF torchrun…: how many of six runs end well
    local met=0 port
    for _ in 1 2 3 4 5 6; do
        port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
        timeout 400 venv/bin/torchrun --nnodes 1 --nproc_per_node 2 \
            --max_restarts 1 "${@//PORT/$port}" rank.py >>said 2>&1 &&
            met=$((met + 1))
    done
    echo "$met"
}
static=$(count --node_rank 0 --master_addr 127.0.0.1 --master_port PORT)
echo "static: $static of 6 restarts met"
own=$(TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1 count \
    --rdzv_backend c10d --rdzv_endpoint 127.0.0.1:PORT)
echo "c10d with its own store: $own of 6 restarts met"
[[ $static -lt 6 && $own -eq 6 ]]
grep -q 'Gloo connectFullMesh failed' said
echo 'as described'
