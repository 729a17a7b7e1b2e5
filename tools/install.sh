#!/usr/bin/env bash
# Make the environment that everything here runs in.
#
#   bash tools/install.sh               # what pretraining needs, from wheels
#   bash tools/install.sh --downstream  # and mmdet, mmsegmentation, mmpose;
#                                       # else the first such task installs them
#   bash tools/install.sh --dev         # and what tests and checks need
#   bash tools/install.sh --compiled    # and compile mmcv; --lite undoes it
#   PROFILE=pinned bash tools/install.sh    # all of requirements-pinned.txt
#   TORCH=cpu bash tools/install.sh     # or cuda, cu126, the address of an index
#   PYTHON=python3.12 bash tools/install.sh              # another interpreter
#   REGIONCL_VENV=/somewhere/env bash tools/install.sh   # another place
#
# Call it again after an interruption and it goes on from there; with nothing
# to do it takes seconds. Long output goes to install.log in the environment.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/_env.sh"
for part in interpreter mmcv; do
    source "$REPO_ROOT/tools/_install/$part.sh"
done

VENV_PYTHON=$VENV/bin/python
LOG=$VENV/install.log
STAMP=$VENV/regioncl_mm.stamp # what is installed; written last

say() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

read_options() {
    DOWNSTREAM='' DEVELOPER='' MMCV=''
    for option; do
        case $option in
            --downstream) DOWNSTREAM=1 ;;
            --dev) DEVELOPER=1 DOWNSTREAM=1 ;;
            --compiled) MMCV=compiled ;;
            --lite) MMCV=lite ;;
            -h | --help)
                sed -n '2,/^set /{/^set /!s/^# \{0,1\}//p}' "$0"
                exit
                ;;
            *) fail "there is no option '$option'; --help names them" ;;
        esac
    done
}

# Without PROFILE, an environment that exists keeps its own. One that does not
# say which it has is from a time when there was only one.
choose_profile() {
    MADE_FOR=''
    if [[ -f $VENV/regioncl_mm.profile ]]; then
        MADE_FOR=$(<"$VENV/regioncl_mm.profile")
    elif [[ -f $LOG ]]; then
        MADE_FOR=pinned
    fi
    PROFILE=${PROFILE:-${MADE_FOR:-newest}}
    case $PROFILE in
        newest)
            SUPPORTED='3.9 3.10 3.11 3.12 3.13 3.14'
            REQUIREMENTS=$REPO_ROOT/requirements.txt
            ;;
        pinned)
            SUPPORTED='3.8 3.9 3.10 3.11 3.12'
            REQUIREMENTS=$REPO_ROOT/requirements-pinned.txt
            [[ $MMCV != lite ]] || fail 'the profile pinned has mmcv compiled'
            ;;
        *) fail "there is no PROFILE '$PROFILE'; choose newest or pinned" ;;
    esac
    source "$REPO_ROOT/tools/_install/$PROFILE.sh"
}

# ---- what is there ----------------------------------------------------------

# All that decides what is installed. The repository's path is a part of it,
# because regioncl_mm is installed in place.
fingerprint() {
    echo "$PROFILE $VERSION $REPO_ROOT $(cd "$REPO_ROOT" &&
        cat "$REQUIREMENTS" setup.py pyproject.toml regioncl_mm/version.py \
            regioncl_mm/install/*.py tools/install.sh tools/_install/*.sh |
        cksum)"
}

# Whether distributions are in the environment.
has() { # NAME…
    "$VENV_PYTHON" -I -c '
import sys
from importlib.metadata import version
for name in sys.argv[1:]:
    version(name)' "$@" 2>/dev/null
}

# Asked for now, or there from before.
wants_downstream() { [[ -n $DOWNSTREAM ]] || has mmpose; }
wants_developer() { [[ -n $DEVELOPER ]] || has pytest; }

up_to_date() {
    [[ -f $STAMP && $(head -n 1 "$STAMP") == "$(fingerprint)" ]] || return
    local names=(torch torchvision numpy mmengine mmpretrain regioncl_mm)
    if [[ $PROFILE == pinned ]]; then DOWNSTREAM=1 MMCV=compiled; fi
    if [[ -n $DOWNSTREAM ]]; then names+=(mmdet mmsegmentation mmpose); fi
    if [[ -n $DEVELOPER ]]; then names+=(pytest ruff scikit-learn); fi
    has "${names[@]}" || return
    if [[ $MMCV == compiled ]] || has mmcv; then
        [[ $MMCV != lite ]] && mmcv_works
    else
        venv_runs 'import mmcv.version'
    fi
}

# Import what the tasks need and print the versions. Where an import fails,
# the last line says which.
proof() { # DOWNSTREAM MODULES…
    "$VENV_PYTHON" -I -W ignore - "$@" 2>>"$LOG" <<'END'
import platform
import sys
from importlib import import_module

print('  python      ', platform.python_version())
for name in ('torch', 'torchvision', 'numpy', 'mmengine', 'mmcv',
             'mmpretrain.models', *sys.argv[1:]):
    try:
        # Whose repairs what follows may need.
        if name.startswith('mm'):
            import_module('regioncl_mm')
        import_module(name)
    except Exception as error:
        print(f'{name} does not import: {error!r}'.splitlines()[0])
        sys.exit(1)
    package = name.split('.')[0]
    if name != 'mmcv.ops':
        print(f'  {package:12} {sys.modules[package].__version__}')
END
}

interrupted() {
    echo >&2
    fail 'interrupted; the same command goes on from here'
}

main() {
    local versions modules=()
    read_options "$@"
    choose_profile
    choose_interpreter
    if up_to_date; then
        say "Nothing to install: $VENV is up to date"
        tail -n +2 "$STAMP"
        return
    fi
    # Better to miss a compiler before the downloads than after them. With an
    # NVIDIA driver there may be a prebuilt mmcv, which needs none.
    if [[ $PROFILE == pinned || $MMCV == compiled ]] &&
        ! compgen -G "$VENV/lib/python*/site-packages/mmcv/_ext.*" >/dev/null &&
        ! command -v nvidia-smi >/dev/null; then
        need_compiler
    fi
    trap interrupted INT TERM
    make_venv
    rm -f "$STAMP"
    : >"$LOG"
    "install_$PROFILE"
    # In place, and without a look at requirements that are met.
    pip_install --no-build-isolation --no-deps --ignore-requires-python \
        -e "$REPO_ROOT" ||
        fail "regioncl_mm cannot be installed (see the end of $LOG)"
    say 'Checking that everything imports'
    if [[ $PROFILE == pinned ]] || wants_downstream; then
        modules=(mmcv.ops mmdet.models mmseg.models mmpose.models)
    fi
    versions=$(proof "${modules[@]}") ||
        fail "$(tail -n 1 <<<"$versions") (more in $LOG); solve it, or" \
            "remove $VENV, and call this again"
    { fingerprint; echo "$versions"; } >"$STAMP"
    say "Installed in $VENV"
    echo "$versions"
}

main "$@"
