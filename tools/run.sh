#!/bin/sh
# Run Sage with this package, or a linter; first set up what is missing, once.
#
#   tools/run.sh sage ARGUMENTS...       Sage with what the package needs
#   tools/run.sh sage-test ARGUMENTS...  Sage with what its tests and notebooks need as well
#   tools/run.sh plain ARGUMENTS...      a Python without Sage, with what the plain tests need
#   tools/run.sh torch ARGUMENTS...      a Python without Sage, with PyTorch and what its tests need
#   tools/run.sh ruff ARGUMENTS...       the linter
#   tools/run.sh mypy ARGUMENTS...       the checker of types
#
# SAGE in the environment is the Sage to use. Unset: the sage on PATH, else one of our own,
# installed with pip in .venv. Empty: always our own. PYTHON makes our own virtual environments.
#
# Each set-up is a directory that holds a file "set-up", written last, with what it was made from.
# A directory without it is what a killed set-up left: it is removed and made again. Directories
# are moved away before they are removed, so that no removal is ever seen half done.

set -eu

fail() {
    printf 'set-up failed: %s\n' "$*" >&2
    exit 1
}

say() {
    printf '%s\n' "$*" >&2
}

started_in=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
python=${PYTHON:-python3}
making=   # the directory to remove should the set-up fail
child=    # the step that is running
scratch=  # for the steps' temporary files and what is to be removed

# Steps run in the background and are waited for: else the shell would see a signal only when the
# step has ended.
step() {
    TMPDIR=$scratch "$@" &
    child=$!
    status=0
    wait "$child" || status=$?
    child=
    return "$status"
}

discard() {
    if [ -e "$1" ]; then mv "$1" "$scratch/discarded"; fi
    rm -rf "$scratch/discarded"
}

leave() {
    if [ -n "$child" ]; then
        kill "$child" 2>/dev/null || :
        wait "$child" 2>/dev/null || :
    fi
    if [ -n "$making" ]; then
        discard "$making"
        rmdir .sage-deps 2>/dev/null || :
        say "Removed the unfinished $making"
    fi
    if [ -n "$scratch" ]; then rm -rf "$scratch"; fi
}
trap leave EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

# One set-up at a time. The kernel lets go of the lock when its holders end, however they end.
lock() {
    if command -v flock >/dev/null; then
        exec 9>"$root/.set-up.lock"
        flock --nonblock 9 || { say "Waiting for another set-up to end"; flock 9; }
    fi
}

# What a killed step leaves must not stay in the system's own directory of temporary files.
begin() {
    scratch=$root/.set-up.tmp
    rm -rf "$scratch"
    mkdir "$scratch"
}

finish() {
    making=
    rm -rf "$scratch"
    scratch=
    unlock
}

unlock() {
    exec 9>&-
}

is_set_up() {  # DIRECTORY MADE_FROM
    [ -f "$1/set-up" ] && [ "$(cat "$1/set-up")" = "$2" ]
}

check_python() {
    command -v "$python" >/dev/null || fail "there is no $python; install Python 3.11 or later" \
        "(Debian: apt install python3 python3-venv), or give one: PYTHON=/path/to/python3"
    "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
        "$python is $("$python" --version 2>&1), but 3.11 or later is needed;" \
        "give one: PYTHON=/path/to/python3"
    "$python" -c 'import venv, ensurepip' 2>/dev/null || fail "$python cannot make a virtual" \
        "environment; install Debian's package python3-venv (apt install python3-venv)"
}

# Make the virtual environment $1 from $2, with pip's arguments in the rest.
make_venv() {
    directory=$1 made_from=$2
    shift 2
    is_set_up "$directory" "$made_from" && return
    lock
    is_set_up "$directory" "$made_from" && { unlock; return; }
    check_python
    begin
    if [ -f "$directory/set-up" ] && [ -x "$directory/bin/python" ] &&
            [ "$(sed -n 2p "$directory/set-up")" = "$root" ]; then
        say "Bringing $directory up to date"
    else
        # Virtual environments cannot be moved, so it is made in its place.
        if [ -e "$directory" ]; then
            [ -f "$directory/set-up" ] || [ -f "$directory/unfinished" ] || fail \
                "$directory exists and was not made by make; move it away, or, if it holds" \
                "a Sage, give that: SAGE=$directory/bin/sage"
            say "Removing $directory, left unfinished or made elsewhere"
            discard "$directory"
        fi
        making=$directory
        mkdir "$directory"
        : >"$directory/unfinished"
        say "Making the virtual environment $directory with $python$note"
        step "$python" -m venv "$directory" || fail "$python -m venv $directory (see above)"
    fi
    say "Installing with pip: $*"
    step "$directory/bin/python" -m pip install --quiet --disable-pip-version-check "$@" ||
        fail "pip could not install $* in $directory (see above)"
    printf '%s\n' "$made_from" >"$directory/unfinished"
    mv "$directory/unfinished" "$directory/set-up"
    say "Set up: $directory"
    finish
}

# Find out which Sage to use: $sage, with $how it was chosen; $sage is empty for our own.
choose_sage() {
    if [ "${SAGE+given}" ]; then
        sage=$SAGE how="given as SAGE"
    else
        sage=$(command -v sage) || sage=
        how="found on PATH"
    fi
    [ -n "$sage" ] || return 0
    found=$(cd "$started_in" && command -v "$sage") || found=$sage
    case $found in
        /*) ;;
        *) found=$started_in/$found ;;
    esac
    if [ ! -f "$found" ] || [ ! -x "$found" ]; then fail "SAGE=$sage: there is no such program"; fi
    sage=$found
    if [ "$sage" = "$root/.venv/bin/sage" ]; then sage=; fi
}

check_sage() {
    other="; give another as SAGE=/path/to/sage, or SAGE= to install one in .venv"
    version=$("$sage" --version 2>/dev/null </dev/null |
        sed -n 's/.*[Mm]ath version \([0-9][0-9]*\.[0-9][0-9]*\).*/\1/p')
    [ -n "$version" ] || fail "$sage ($how) is no Sage that runs:" \
        "'$sage --version' names no version of Sage$other"
    [ "${version%.*}" -gt 9 ] || { [ "${version%.*}" -eq 9 ] && [ "${version#*.}" -ge 5 ]; } ||
        fail "$sage ($how) is Sage $version, but 9.5 or later is needed$other"
}

# Put what the Sage $sage lacks in a directory of its own, $packages; $1 is "run" or "test".
set_up_packages() {
    packages=.sage-deps/$(printf %s "$sage" | cksum | cut -d ' ' -f 1)-$1
    made_from=$(cat setup.py tools/sage_packages.py | cksum)"
$sage $(stat -L -c %Y "$sage" 2>/dev/null || stat -L -f %m "$sage")"
    is_set_up "$packages" "$made_from" && return
    lock
    is_set_up "$packages" "$made_from" && { unlock; return; }
    check_sage
    begin
    making=$packages
    discard "$packages"
    mkdir -p "$packages"
    step "$sage" -python tools/sage_packages.py "$sage" "$1" "$packages" || exit 1
    printf '%s\n' "$made_from" >"$packages/unfinished"
    mv "$packages/unfinished" "$packages/set-up"
    finish
}

run_sage() {  # run|test ARGUMENTS...
    what=$1
    shift
    choose_sage
    if [ -z "$sage" ]; then
        case $root in
            *[[:space:]]*) fail "the path '$root' has a space in it, and Sage's scripts" \
                "cannot run from there; move this directory" ;;
        esac
        note=": this takes some minutes and about 5 GB, once"
        make_venv .venv "$(cat setup.py pyproject.toml | cksum)
$root" --editable ".[sage,test]"
        sage=$root/.venv/bin/sage how="in .venv"
        packages=.venv
        export PATH="$root/.venv/bin:$PATH"
        export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
    else
        set_up_packages "$what"
        export PYTHONPATH="$root:$root/$packages${PYTHONPATH:+:$PYTHONPATH}"
    fi
    # The Jupyter kernel "sagemath" is the one of this very Sage.
    export JUPYTER_PATH="$root/$packages/share/jupyter${JUPYTER_PATH:+:$JUPYTER_PATH}"
    export SAGE="$sage"
    say "Sage: $sage ($how)"
    exec "$sage" "$@"
}

# A Python that has no Sage, with the package and what its plain tests need.
run_plain() {
    note=
    make_venv .venv-plain "$(cat setup.py pyproject.toml | cksum)
$root" --editable . pytest
    exec .venv-plain/bin/python "$@"
}

# The same with PyTorch, in the version that its tests know. On Linux, PyPI has it with CUDA, which
# takes some GB; with PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu it is built without.
run_torch() {
    note=
    make_venv .venv-torch "$(cat setup.py pyproject.toml | cksum)
$root" --editable ".[torch]" torch==2.13.0 pytest
    exec .venv-torch/bin/python "$@"
}

run_linter() {  # ruff|mypy ARGUMENTS...
    note=
    make_venv .venv-lint "ruff mypy
$root" ruff mypy
    linter=.venv-lint/bin/$1
    shift
    exec "$linter" "$@"
}

[ $# -gt 0 ] || set -- help
command=$1
shift
case $command in
    sage) run_sage run "$@" ;;
    sage-test) run_sage test "$@" ;;
    plain) run_plain "$@" ;;
    torch) run_torch "$@" ;;
    ruff|mypy) run_linter "$command" "$@" ;;
    *) sed -n 's/^#   \(tools.*\)/\1/p' "$0" >&2; exit 2 ;;
esac
