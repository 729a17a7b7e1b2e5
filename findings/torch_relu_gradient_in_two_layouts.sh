#!/usr/bin/env bash
# torch on a CPU: the backward pass of ReLU takes over five times as long when
# the gradient that comes in is stored otherwise than the activation, and
# copying the gradient into the activation's layout first is faster than not.
#
# Versions: torch 2.14.1, numpy 2.4.6 (Python 3.11 or later); 2.1.2 does so too.
# Valid input: an activation of a network in channels last, and its gradient as
# a layer hands it down that has gone through a view of (N, C, H, W), such as
# batch norm over parts of a batch.
#
# Behaviour: both are read element by element, one of them with a stride. A
# network of few channels, moved to channels last to be faster, loses part of it
# again, which no message tells; a profile shows threshold_backward.
#
# Output seen (one thread; 128 maps of 8 channels and 32 x 32):
#   one layout 0.18 ms, two layouts 10.30 ms, copied first 0.87 ms
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'END'
from time import perf_counter

import torch

torch.set_num_threads(1)
LAST = torch.channels_last
backward = torch.ops.aten.threshold_backward
activation = torch.randn(128, 8, 32, 32).relu().contiguous(memory_format=LAST)
plain = torch.randn(128, 8, 32, 32)
last = plain.contiguous(memory_format=LAST)


def milliseconds(function):
    taken = []
    for _ in range(30):
        start = perf_counter()
        function()
        taken.append(perf_counter() - start)
    return min(taken) * 1e3


one = milliseconds(lambda: backward(last, activation, 0))
two = milliseconds(lambda: backward(plain, activation, 0))
copied = milliseconds(
    lambda: backward(plain.contiguous(memory_format=LAST), activation, 0)
)
print(
    f'one layout {one:.2f} ms, two layouts {two:.2f} ms, '
    f'copied first {copied:.2f} ms'
)
same = backward(plain, activation, 0) == backward(last, activation, 0)
assert same.all(), 'the values are the same'
assert two > 5 * one and copied < two
END
echo 'as described'
