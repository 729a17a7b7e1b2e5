# Sourced by install.sh: the profile `newest`, requirements.txt.

DEBIAN_PACKAGES=
if [[ $MMCV == compiled ]]; then DEBIAN_PACKAGES='g++'; fi

pip_install() {
    "$VENV_PYTHON" -I -m pip install --disable-pip-version-check "$@" \
        >>"$LOG" 2>&1
}

# regioncl_mm/install, before any package is there that regioncl_mm needs.
run_installer() { # ARGUMENTS…
    "$VENV_PYTHON" -I -c '
import runpy, sys
sys.path.append(sys.argv.pop(1))
runpy.run_module("install", run_name="__main__")' \
        "$REPO_ROOT/regioncl_mm" "$@"
}

install_newest() {
    local stages=(pretraining) reason
    if wants_downstream; then stages+=(downstream); fi
    if wants_developer; then stages+=(developer); fi
    if [[ $(mmcv_state) == broken || $MMCV == lite ]]; then remove_mmcv; fi
    { reason=$(run_installer --passed $SECONDS --log "$LOG" \
        "${stages[@]}" 3>&1 1>&4 2>&3); } 4>&1 || fail "${reason##*$'\n'}"
    if [[ $MMCV == compiled ]]; then
        pip_install ninja psutil || fail "pip cannot install ninja (see $LOG)"
    fi
    if [[ $MMCV == compiled || $(mmcv_state) == compiled ]]; then
        install_mmcv
    fi
}
