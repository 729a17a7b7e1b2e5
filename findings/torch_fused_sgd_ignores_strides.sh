#!/usr/bin/env bash
# torch on a CPU: SGD with fused=True goes through weights, gradients and
# momentum in the order of their memory and looks at no stride. Momentum of a
# model that has become channels last is added to other weights, in silence.
#
# Versions: torch 2.14.1, numpy 2.4.6 (Python 3.11 or later).
# Valid input: an optimizer that has taken a step, and then
# model.to(memory_format=torch.channels_last); so does a checkpoint of a run
# without channels last that is loaded in one with it.
#
# Behaviour: with fused=False the same steps give the same weights in both
# layouts; with fused=True they do only as long as nothing changes its layout.
# No error, no warning: the loss goes on falling, if not as it did.
#
# Output seen (the largest difference to fused=False):
#   layout kept: 0.000, layout changed: 0.012
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q torch==2.14.1 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'END'
import torch


def weights(fused, layout):
    """Of a convolution, after a step in one layout and a step in another."""
    torch.manual_seed(0)
    model = torch.nn.Conv2d(3, 8, 3)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, fused=fused
    )
    for step in range(2):
        images = torch.randn(4, 3, 8, 8)
        optimizer.zero_grad()
        model(images).square().mean().backward()
        optimizer.step()
        if step == 0:
            model.to(memory_format=layout)
    return model.weight.detach()


def difference(layout):
    found = weights(True, layout) - weights(False, layout)
    return found.abs().max().item()


kept = difference(torch.contiguous_format)
changed = difference(torch.channels_last)
print(f'layout kept: {kept:.3f}, layout changed: {changed:.3f}')
assert kept < 1e-6 and changed > 0.001
END
echo 'as described'
