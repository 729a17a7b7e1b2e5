#!/usr/bin/env bash
# Make the environment that everything here runs in, from requirements.txt.
#
#   bash tools/install.sh
#   PYTHON=python3.12 bash tools/install.sh              # another interpreter
#   REGIONCL_VENV=/somewhere/env bash tools/install.sh   # another place
#
# Call it again after an interruption and it goes on from there; with nothing
# to do it takes seconds. Long output goes to install.log in the environment.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"

SUPPORTED='3.8 3.9 3.10 3.11 3.12'
VENV_PYTHON=$VENV/bin/python
LOG=$VENV/install.log
STAMP=$VENV/regioncl_mm.stamp # what is installed; written last

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

# ---- the interpreter --------------------------------------------------------

version_of() { # INTERPRETER -> major.minor.micro
    "$1" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null
}

usable_pythons() {
    local version found=
    for version in $SUPPORTED; do
        if version_of "python$version" >/dev/null; then
            found+=" python$version"
        fi
    done
    echo "choose one with PYTHON=… (found here:${found:- none that would do})"
}

# Without PYTHON, an environment that exists keeps its own interpreter.
choose_interpreter() {
    INTERPRETER=${PYTHON:-python3}
    if [[ -z ${PYTHON:-} ]] && version_of "$VENV_PYTHON" >/dev/null; then
        INTERPRETER=$VENV_PYTHON
    fi
    command -v "$INTERPRETER" >/dev/null ||
        fail "there is no '$INTERPRETER'; $(usable_pythons)"
    VERSION=$(version_of "$INTERPRETER") ||
        fail "'$INTERPRETER' does not run as Python; $(usable_pythons)"
    [[ " $SUPPORTED " == *" ${VERSION%.*} "* ]] ||
        fail "'$INTERPRETER' is Python $VERSION, but 3.8 to 3.12 is needed;" \
            "$(usable_pythons)"
}

# All at once, so that a bare machine is put right in one go.
on_debian() {
    echo "on Debian or Ubuntu: apt-get install g++ python${VERSION%.*}-dev" \
        "python${VERSION%.*}-venv libgl1 libglib2.0-0"
}

# ---- the environment --------------------------------------------------------

# All that decides what is installed. The repository's path is a part of it,
# because regioncl_mm is installed in place.
fingerprint() {
    echo "$VERSION $REPO_ROOT $(cd "$REPO_ROOT" &&
        cat requirements.txt setup.py pyproject.toml regioncl_mm/version.py \
            tools/install.sh | cksum)"
}

# Whether CODE runs in the environment; -I shuts out the current folder.
venv_runs() { # CODE
    "$VENV_PYTHON" -I -W ignore -c "$1" >>"$LOG" 2>&1
}

up_to_date() {
    [[ -f $STAMP && $(head -n 1 "$STAMP") == "$(fingerprint)" ]] &&
        mmcv_works && venv_runs '
from importlib.util import find_spec
for name in ("torchvision", "mmpretrain", "mmdet", "mmseg", "mmpose",
             "xtcocotools", "regioncl_mm"):
    assert find_spec(name), name'
}

make_venv() {
    if [[ $(version_of "$VENV_PYTHON") == "$VERSION" ]] &&
        "$VENV_PYTHON" -I -m pip --version >/dev/null 2>&1; then
        return
    fi
    # The next steps empty the folder: do that only to one of our making.
    if [[ ! -f $LOG && -n $(ls -A "$VENV" 2>/dev/null) ]]; then
        fail "$VENV exists and was not made by this script; remove it, or" \
            "name another place with REGIONCL_VENV=…"
    fi
    "$INTERPRETER" -c 'import ensurepip, venv' 2>/dev/null ||
        fail "'$INTERPRETER' cannot make virtual environments;" \
            "$(on_debian)"
    say "Making an environment with Python $VERSION in $VENV"
    "$INTERPRETER" -m venv --clear --without-pip "$VENV" ||
        fail "Python cannot make an environment in $VENV (see above)"
    "$VENV_PYTHON" -I -m ensurepip --default-pip >"$LOG" 2>&1 ||
        fail "Python cannot install pip; the error is at the end of $LOG"
}

# ---- packages ---------------------------------------------------------------

pip_install() {
    LOGGED=$(wc -l <"$LOG")
    "$VENV_PYTHON" -I -m pip install --disable-pip-version-check \
        -c "$REPO_ROOT/requirements.txt" "$@" >>"$LOG" 2>&1
}

fail_pip() { # WHAT
    local output reason
    output=$(tail -n "+$((LOGGED + 1))" "$LOG")
    if grep -q 'connection broken\|NewConnectionError' <<<"$output"; then
        reason="the package index cannot be reached; check the network and"
        reason+=" pip's proxy and index settings, and call this again"
    else
        reason=$(grep -m 1 '^ *ERROR' <<<"$output" | sed 's/^ *ERROR: //') ||
            reason='pip stopped without saying why'
    fi
    fail "installing $1 failed: $reason (more in $LOG)"
}

install_torch() {
    say 'Installing PyTorch and build tools (about 2 minutes of downloads)'
    pip_install pip setuptools wheel || fail_pip 'pip and setuptools'
    pip_install torch torchvision numpy opencv-python ninja psutil cython ||
        fail_pip 'PyTorch'
    # mmcv imports it, and would seem to be what is broken.
    venv_runs 'import cv2' ||
        fail "opencv does not import; $(on_debian)" \
            "(the error is at the end of $LOG)"
}

on_cuda() { venv_runs 'import torch; assert torch.cuda.is_available()'; }

# Whether the compiled ops load; mmcv.ops, made of them, takes twice as long.
# On a machine with CUDA, ops compiled for the CPU alone do not count.
mmcv_works() {
    venv_runs '
import torch
from mmcv import _ext
assert not torch.cuda.is_available() or \
    _ext.get_compiling_cuda_version() != "not available", "no CUDA ops"'
}

install_mmcv() {
    if mmcv_works; then return; fi
    if on_cuda; then
        if install_prebuilt_mmcv; then return; fi
        need_nvcc
    fi
    need_compiler
    say 'Building mmcv: about 9 minutes on 2 cores, but only once, because'
    say "pip keeps the result (to watch: tail -f $LOG)"
    pip_install --no-build-isolation mmcv ||
        fail "building mmcv failed; the error is near the end of $LOG" \
            "(where the compiler was killed for memory, try MAX_JOBS=1)"
    if ! mmcv_works; then rebuild mmcv; fi
    mmcv_works ||
        fail "mmcv is installed, but its compiled ops do not import; the" \
            "error is at the end of $LOG; solve it, remove $VENV and call" \
            "this again"
}

install_prebuilt_mmcv() {
    local build
    say 'Looking for a prebuilt mmcv with CUDA ops'
    build=$("$VENV_PYTHON" -I -c '
import torch
print("cu" + torch.version.cuda.replace(".", "") + "/torch" +
      ".".join(torch.__version__.split(".")[:2]))')
    pip_install --retries 1 --only-binary mmcv --find-links \
        "https://download.openmmlab.com/mmcv/dist/$build/index.html" mmcv &&
        mmcv_works
}

need_compiler() {
    local cxx=${CXX:-c++} headers
    command -v "$cxx" >/dev/null ||
        fail "mmcv has to be compiled, but there is no C++ compiler '$cxx';" \
            "$(on_debian)"
    headers=$("$INTERPRETER" -c \
        'import sysconfig; print(sysconfig.get_path("include"))')
    [[ -f $headers/Python.h ]] ||
        fail "mmcv has to be compiled, but '$INTERPRETER' has no C headers;" \
            "$(on_debian)"
}

need_nvcc() {
    venv_runs '
from torch.utils.cpp_extension import CUDA_HOME
assert CUDA_HOME' ||
        fail "mmcv has to be compiled, but there is no CUDA compiler (nvcc);" \
            "install the CUDA toolkit, choose a Python up to 3.11, for which" \
            "there is a prebuilt mmcv, or set CUDA_VISIBLE_DEVICES= to do" \
            "without the GPU"
}

# pip keeps the wheels it has built by Python, not by torch and numpy, so that
# one built against others may come from its cache: drop it and build anew.
rebuild() { # PACKAGE
    local abi=cp${VERSION%.*}
    say "The $1 that pip had kept does not fit; building it anew"
    "$VENV_PYTHON" -I -m pip cache remove "$1-*-${abi/./}-*" >>"$LOG" 2>&1 ||
        true # pip keeps nothing where its cache is switched off
    pip_install --force-reinstall --no-deps --no-build-isolation \
        --no-binary "$1" "$1" ||
        fail "building $1 failed; the error is near the end of $LOG"
}

install_libraries() {
    say 'Installing mmpretrain, mmdet, mmsegmentation, mmpose (a minute)'
    pip_install --no-build-isolation -r "$REPO_ROOT/requirements.txt" ||
        fail_pip 'the OpenMMLab libraries'
    if ! venv_runs 'import xtcocotools._mask'; then rebuild xtcocotools; fi
    pip_install --no-build-isolation --no-deps -e "$REPO_ROOT" ||
        fail_pip 'regioncl_mm'
}

# Import what the tasks need and print the versions. Where an import fails,
# the last line says which.
proof() {
    "$VENV_PYTHON" -I -W ignore - 2>>"$LOG" <<'END'
import platform
import sys
from importlib import import_module

print('  python      ', platform.python_version())
for name in ('torch', 'torchvision', 'numpy', 'mmengine', 'mmcv.ops',
             'mmpretrain.models', 'mmdet.models', 'mmseg.models',
             'mmpose.models'):
    try:
        import_module(name)
    except Exception as error:
        print(f'{name} does not import: {error!r}'.splitlines()[0])
        sys.exit(1)
    package = name.split('.')[0]
    note = ' with compiled ops' if name == 'mmcv.ops' else ''
    print(f'  {package:12} {sys.modules[package].__version__}{note}')
END
}

main() {
    local versions
    choose_interpreter
    if up_to_date; then
        say "Nothing to install: $VENV is up to date"
        tail -n +2 "$STAMP"
        return
    fi
    # Better to miss a compiler before the downloads than after them. With an
    # NVIDIA driver there may be a prebuilt mmcv, which needs none.
    if ! compgen -G "$VENV/lib/python*/site-packages/mmcv/_ext.*" >/dev/null &&
        ! command -v nvidia-smi >/dev/null; then
        need_compiler
    fi
    make_venv
    rm -f "$STAMP"
    : >"$LOG"
    export MMCV_WITH_OPS=1
    export MAX_JOBS=${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}
    install_torch
    install_mmcv
    install_libraries
    say 'Checking that everything imports'
    versions=$(proof) ||
        fail "$(tail -n 1 <<<"$versions") (more in $LOG); solve it, or" \
            "remove $VENV, and call this again"
    { fingerprint; echo "$versions"; } >"$STAMP"
    say "Installed in $VENV"
    echo "$versions"
}

main
