#!/usr/bin/env bash
# torch: one CPU seed gives other numbers in 2.1 and in 2.14 for some samplers
# and initialisations, and the same for the rest.
#
# Versions: torch 2.1.2 with numpy 1.26.4, and torch 2.14.1 with numpy 2.4.6
# (Python 3.11, the only one that all four have builds for).
# Valid input: torch.manual_seed(0), then one call.
#
# Behaviour: rand, randn, randperm (the order of a DataLoader), bernoulli and
# the start of Conv2d are the same to the bit. trunc_normal_ (the
# start of torchvision's ViT and Swin), dropout, exponential_ and multinomial
# without replacement are not: a run is repeated with the torch that made it.
#
# Output seen:
#   the same: Conv2d bernoulli kaiming_normal_ rand randn randperm
#   another:  dropout exponential_ multinomial trunc_normal_
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/draw.py" <<'END'
import hashlib

import torch
from torch import nn
from torch.nn import functional as F

DRAWS = dict(
    rand=lambda: torch.rand(1000),
    randn=lambda: torch.randn(1000),
    randperm=lambda: torch.randperm(1000),
    bernoulli=lambda: torch.full((1000,), 0.3).bernoulli(),
    kaiming_normal_=lambda: nn.init.kaiming_normal_(torch.empty(50, 20)),
    Conv2d=lambda: nn.Conv2d(3, 8, 3).weight.detach(),
    trunc_normal_=lambda: nn.init.trunc_normal_(torch.empty(1000), std=0.02),
    dropout=lambda: F.dropout(torch.ones(1000), 0.5),
    exponential_=lambda: torch.empty(1000).exponential_(),
    multinomial=lambda: torch.ones(1000).multinomial(500),
)
for name, draw in sorted(DRAWS.items()):
    torch.manual_seed(0)
    values = [round(x, 5) for x in draw().double().flatten().tolist()]
    print(name, hashlib.sha256(repr(values).encode()).hexdigest())
END
for versions in 'torch==2.1.2 numpy==1.26.4' 'torch==2.14.1 numpy==2.4.6'; do
    venv=$folder/${versions%% *}
    python3 -m venv "$venv"
    # Two packages, in two words.
    # shellcheck disable=SC2086
    "$venv/bin/pip" install -q $versions
    "$venv/bin/python" -W ignore "$folder/draw.py" >"$venv.txt"
    rm -r "$venv"
done
cd "$folder"
same=$(comm -12 'torch==2.1.2.txt' 'torch==2.14.1.txt' | cut -d ' ' -f 1 | xargs)
other=$(comm -23 'torch==2.1.2.txt' 'torch==2.14.1.txt' | cut -d ' ' -f 1 | xargs)
echo "the same: $same"
echo "another:  $other"
[[ $same == 'Conv2d bernoulli kaiming_normal_ rand randn randperm' ]]
[[ $other == 'dropout exponential_ multinomial trunc_normal_' ]]
echo 'as described'
