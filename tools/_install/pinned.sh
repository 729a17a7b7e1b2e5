# Sourced by install.sh: the profile `pinned`, requirements-pinned.txt.

DEBIAN_PACKAGES='g++ libgl1 libglib2.0-0 libxcb1'

pip_install() {
    LOGGED=$(wc -l <"$LOG")
    "$VENV_PYTHON" -I -m pip install --disable-pip-version-check \
        -c "$REQUIREMENTS" "$@" >>"$LOG" 2>&1
}

fail_pip() { # WHAT
    local output reason
    output=$(tail -n "+$((LOGGED + 1))" "$LOG")
    if grep -q 'No space left on device' <<<"$output"; then
        reason='the disk is full; make room and call this again'
    elif grep -q 'connection broken\|NewConnectionError' <<<"$output"; then
        reason="the package index cannot be reached; check the network and"
        reason+=" pip's proxy and index settings, and call this again"
    else
        reason=$(grep -m 1 '^ *ERROR' <<<"$output" | sed 's/^ *ERROR: //') ||
            reason='pip stopped without saying why'
    fi
    fail "installing $1 failed: $reason (more in $LOG)"
}

install_pinned() {
    say 'Installing PyTorch and build tools (about 2 minutes of downloads)'
    pip_install pip setuptools wheel || fail_pip 'pip and setuptools'
    pip_install torch torchvision numpy opencv-python ninja psutil cython ||
        fail_pip 'PyTorch'
    # mmcv imports it, and would seem to be what is broken.
    venv_runs 'import cv2' ||
        fail "opencv does not import; $(on_debian)" \
            "(the error is at the end of $LOG)"
    install_mmcv
    say 'Installing mmpretrain, mmdet, mmsegmentation, mmpose (a minute)'
    pip_install --no-build-isolation -r "$REQUIREMENTS" ||
        fail_pip 'the OpenMMLab libraries'
    if ! venv_runs 'import xtcocotools._mask'; then rebuild xtcocotools; fi
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
