#!/usr/bin/env bash
# All that is asked of a GPU, on a machine without network:
#   bash tools/benchmarks/gpu.sh [OPTIONS OF gpu.py]
# Packages come from the wheels in WHEELS (.whl in the repository's root), into
# a folder that is removed in the end; without such a folder, those that are
# installed serve. What the wheels are for a machine that has THERE, below, in
# Python 3.12 on Linux, this fetches on one with network, and says how large
# they are with the checkout and CIFAR-10:
#   bash tools/benchmarks/gpu.sh --fetch-wheels [--data FILE] [NAME…]
# NAME is a package of THERE that the machine lacks. PYTHON is what runs.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../_env.sh"

# What is expected of the machine.
THERE=(torch torchvision numpy pillow opencv-python-headless matplotlib
    tensorboard safetensors pyyaml rich einops packaging click markdown zipp
    pytest hypothesis)
# What it gets: in the versions of requirements.txt, or in these.
GETS=(mmengine mmcv-lite mmpretrain
    addict==2.4.0 termcolor==3.1.0 yapf==0.43.0 platformdirs==4.3.8
    importlib-metadata==8.7.0 mat4py==0.6.0 modelindex==0.0.2
    model-index==0.1.11 ordered-set==4.1.0)
MOST_MIB=64 # of all that is carried

WHEELS=${WHEELS:-$REPO_ROOT/.whl}
python=${PYTHON:-python3}

# DATA NAME…
fetch() {
    local data=$1 platform platforms=() bytes=()
    shift
    for platform in 2_17 2_27 2_28; do
        platforms+=(--platform "manylinux_${platform}_x86_64")
    done
    mkdir -p "$WHEELS"
    rm -f "$WHEELS"/*.whl # two versions of one package stop the installation
    "$python" -m pip download --quiet --disable-pip-version-check --no-deps \
        --only-binary :all: --implementation cp --python-version 3.12 \
        "${platforms[@]}" --platform manylinux2014_x86_64 \
        --constraint "$REPO_ROOT/requirements.txt" --dest "$WHEELS" \
        "${GETS[@]}" "$@"
    bytes=("$(bytes_of_tree)" "$(bytes_of "$WHEELS")" "$(bytes_of "$data")")
    awk -v most=$MOST_MIB -v tree="${bytes[0]}" -v wheels="${bytes[1]}" \
        -v data="${bytes[2]}" -v folder="$WHEELS" 'BEGIN {
        mib = 2 ^ 20; sum = (tree + wheels + data) / mib
        printf "wheels in %s: %.1f MiB; checkout: %.1f; CIFAR-10: %.1f; ",
            folder, wheels / mib, tree / mib, data / mib
        printf "together %.1f MiB\n", sum
        if (sum <= most) exit
        printf "gpu.sh: more than the %d MiB that may be carried\n",
            most >"/dev/stderr"
        exit 1
    }'
}

# The files of a folder, or a file; nothing where there is neither.
bytes_of() {
    [[ -e $1 ]] || { echo 0; return; }
    find -L "$1" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum + 0 }'
}

# What git does not ignore, or all that an archive of it holds.
bytes_of_tree() {
    cd "$REPO_ROOT"
    if git rev-parse --git-dir >/dev/null 2>&1; then
        git ls-files -coz --exclude-standard | xargs -0 stat -c %s 2>/dev/null |
            awk '{ sum += $1 } END { print sum + 0 }'
    else
        bytes_of .
    fi
}

# Into a folder of its own, which Python then looks into first.
install_wheels() {
    site=$(mktemp -d)
    trap 'rm -rf "$site"' EXIT
    "$python" -m pip install --quiet --disable-pip-version-check --no-index \
        --no-deps --no-compile --no-cache-dir --target "$site" "$WHEELS"/*.whl
    export PYTHONPATH=$site:$PYTHONPATH
    "$python" - "${THERE[@]}" <<'EOF'
import re
import sys
from importlib.metadata import distributions

def plain(name):
    return re.sub('[-_.]+', '-', name or '').lower()

there = {plain(x.metadata['Name']) for x in distributions()}
missing = [name for name in sys.argv[1:] if name not in there]
if missing:
    sys.exit(
        f'gpu.sh: this Python has no {", ".join(missing)}; where there is '
        'network: bash tools/benchmarks/gpu.sh --fetch-wheels '
        + ' '.join(missing)
    )
EOF
}

if [[ ${1:-} == --fetch-wheels ]]; then
    shift
    data=${DATA_ROOT:-$REPO_ROOT/data/cifar10}
    if [[ ${1:-} == --data ]]; then
        data=${2:?--data is an archive or a folder}
        shift 2
    fi
    fetch "$data" "$@"
    exit
fi
if [[ " $* " == *' --help '* || " $* " == *' -h '* ]]; then
    sed -n '2,/^set/{/^set/d; s/^# \{0,1\}//; p}' "${BASH_SOURCE[0]}"
    echo
    exec "$python" "$REPO_ROOT/tools/benchmarks/gpu.py" --help
fi
export PYTHONPATH=$REPO_ROOT${PYTHONPATH:+:$PYTHONPATH}
start=$SECONDS
if compgen -G "$WHEELS/*.whl" >/dev/null; then
    install_wheels
else
    python=$(run_python)
fi
"$python" "$REPO_ROOT/tools/benchmarks/gpu.py" --passed $((SECONDS - start)) "$@"
