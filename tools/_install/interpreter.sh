# Sourced by install.sh: which Python, and an environment of it.

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
        fail "'$INTERPRETER' is Python $VERSION, but ${SUPPORTED%% *} to" \
            "${SUPPORTED##* } is needed; $(usable_pythons)"
}

# All at once, so that a bare machine is put right in one go.
on_debian() {
    local packages="python${VERSION%.*}-venv"
    if [[ -n $DEBIAN_PACKAGES ]]; then
        packages="$DEBIAN_PACKAGES python${VERSION%.*}-dev $packages"
    fi
    echo "on Debian or Ubuntu: apt-get install $packages"
}

# Whether CODE runs in the environment; -I shuts out the current folder.
venv_runs() { # CODE
    "$VENV_PYTHON" -I -W ignore -c "$1" >>"$LOG" 2>&1
}

make_venv() {
    if [[ $(version_of "$VENV_PYTHON") == "$VERSION" ]] &&
        [[ $MADE_FOR == "$PROFILE" ]] &&
        "$VENV_PYTHON" -I -m pip --version >/dev/null 2>&1; then
        return
    fi
    # The next steps empty the folder: do that only to one of our making.
    if [[ ! -f $LOG && -n $(ls -A "$VENV" 2>/dev/null) ]]; then
        fail "$VENV exists and was not made by this script; remove it, or" \
            "name another place with REGIONCL_VENV=…"
    fi
    "$INTERPRETER" -c 'import venv' 2>/dev/null ||
        fail "'$INTERPRETER' cannot make virtual environments;" \
            "$(on_debian)"
    # An environment that is made anew cannot be what makes it.
    FROM_PYTHON=$INTERPRETER
    if [[ $INTERPRETER == "$VENV_PYTHON" ]]; then
        FROM_PYTHON=$("$INTERPRETER" -c \
            'import sys; print(sys._base_executable)')
    fi
    say "Making an environment with Python $VERSION in $VENV"
    "$FROM_PYTHON" -m venv --clear --without-pip "$VENV" ||
        fail "Python cannot make an environment in $VENV (see above)"
    echo "$PROFILE" >"$VENV/regioncl_mm.profile"
    install_pip
    if [[ $PROFILE == newest && -z ${TORCH:-} ]]; then lay_over_torch; fi
}

# A machine that has torch is left with the torch it has: what its Python
# finds, the environment finds too, after its own packages.
lay_over_torch() {
    local found
    found=$("$FROM_PYTHON" -c '
import sys
from importlib.metadata import version
torch = version("torch")
assert tuple(map(int, torch.split(".")[:2])) >= (2, 1)
print(torch)
for path in sys.path:
    if path.endswith(("site-packages", "dist-packages")):
        print(path)' 2>/dev/null) || return 0
    say "Over the torch ${found%%$'\n'*} of $FROM_PYTHON, which stays as it is"
    say '(TORCH=cuda or TORCH=cpu in the environment chooses one of its own)'
    tail -n +2 <<<"$found" \
        >"$(echo "$VENV"/lib/python*/site-packages)/regioncl_mm-machine.pth"
}

install_pip() {
    if "$FROM_PYTHON" -c 'import ensurepip' 2>/dev/null; then
        "$VENV_PYTHON" -I -m ensurepip --default-pip >"$LOG" 2>&1 ||
            fail "Python cannot install pip; the error is at the end of $LOG"
        return
    fi
    local wheel=pip-25.3-py3-none-any.whl
    fetch "$wheel" \
        9655943313a94722b7774661c21049070f6bbb0a1516bf02f7c8d5d9201514cd &&
        "$VENV_PYTHON" -I "$VENV/$wheel/pip" install --no-index --no-deps \
            "$VENV/$wheel" >>"$LOG" 2>&1 ||
        fail "'$INTERPRETER' comes without pip, and it cannot be downloaded:" \
            "$(tail -n 1 "$LOG"); $(on_debian)"
    rm "$VENV/$wheel"
}

# A file of the package index, into the environment's folder.
fetch() { # FILE SHA256
    "$VENV_PYTHON" -I "$REPO_ROOT/regioncl_mm/install/fetch.py" "$1" "$2" \
        "$VENV" >>"$LOG" 2>&1
}
