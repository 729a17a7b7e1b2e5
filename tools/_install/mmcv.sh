# Sourced by install.sh: mmcv with compiled ops, or mmcv-lite. Both have the
# folder mmcv/, so one has to go before the other comes.

# none, lite, compiled, or broken: both, or one whose files are not all there.
mmcv_state() {
    "$VENV_PYTHON" -I - <<'END'
import sys
from importlib.metadata import distributions

found = {
    d.metadata['Name']: all(f.locate().exists() for f in d.files or [])
    for d in distributions(path=[p for p in sys.path
                                 if p.startswith(sys.prefix)])
    if d.metadata['Name'] in ('mmcv', 'mmcv-lite')
}
state = {'mmcv': 'compiled', 'mmcv-lite': 'lite'}
if len(found) == 2 or not all(found.values()):
    print('broken')
else:
    print(*[state[name] for name in found] or ['none'])
END
}

remove_mmcv() {
    "$VENV_PYTHON" -I -m pip uninstall -y mmcv mmcv-lite >>"$LOG" 2>&1 || true
    rm -rf "$VENV"/lib/python*/site-packages/mmcv \
        "$VENV"/lib/python*/site-packages/mmcv{,_lite}-*.dist-info
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
    say 'Building mmcv: 9 minutes on 2 cores with torch 2.1, about 35 with 2.14,'
    say "but only once: pip keeps the result (to watch: tail -f $LOG)"
    build_mmcv ||
        fail "building mmcv failed; the error is near the end of $LOG" \
            "(where the compiler was killed for memory, try MAX_JOBS=1)"
    if ! mmcv_works; then
        say 'The mmcv that pip had kept does not fit; building it anew'
        build_mmcv --no-cache-dir ||
            fail "building mmcv failed; the error is near the end of $LOG"
    fi
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
    fetch_wheel --retries 1 --only-binary mmcv --find-links \
        "https://download.openmmlab.com/mmcv/dist/$build/index.html" \
        mmcv==2.1.0 && replace_mmcv && mmcv_works
}

# What an interruption cannot leave half done: the wheel is ready before
# anything is removed.
replace_mmcv() {
    remove_mmcv
    pip_install "$VENV"/mmcv-wheel/mmcv-*.whl
}

fetch_wheel() { # WHAT AND PIP OPTIONS…
    rm -rf "$VENV/mmcv-wheel"
    "$VENV_PYTHON" -I -m pip wheel --disable-pip-version-check --no-deps \
        --wheel-dir "$VENV/mmcv-wheel" "$@" >>"$LOG" 2>&1
}

build_mmcv() { # PIP OPTIONS…
    export MMCV_WITH_OPS=1
    export MAX_JOBS=${MAX_JOBS:-$(getconf _NPROCESSORS_ONLN)}
    local sources=mmcv==2.1.0
    if [[ $PROFILE == newest ]]; then
        sources=$VENV/mmcv-2.1.0
        fetch_sources "$sources" || return
    fi
    fetch_wheel --no-build-isolation "$@" "$sources" && replace_mmcv
}

# As published, mmcv's setup.py does not run in Python 3.13 and later, and its
# C++ is a standard too old for torch 2.13 and later.
fetch_sources() { # FOLDER
    local archive=mmcv-2.1.0.tar.gz
    fetch "$archive" \
        d387bcab66b467479b6660310e23746cfc79c6e57acf04094680adb499a5cd3f ||
        return
    tar -xzf "$VENV/$archive" -C "$VENV" && rm "$VENV/$archive" || return
    sed -i -e "s/-std=c++1[47]/-std=c++$(standard_of_torch)/" -e \
        "s/return locals()\['__version__'\]/import runpy; return runpy.run_path(version_file)['__version__']/" \
        "$1/setup.py"
}

standard_of_torch() {
    "$VENV_PYTHON" -I -c '
import torch
version = torch.__version__.split(".")[:2]
print(20 if tuple(map(int, version)) >= (2, 13) else 17)'
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
            "install the CUDA toolkit, choose a Python up to 3.11 and" \
            "PROFILE=pinned, for which there is a prebuilt mmcv, or set" \
            "CUDA_VISIBLE_DEVICES= to do without the GPU"
}
