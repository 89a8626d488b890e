# What the end-to-end tests share: sourced with the build folder as the first argument.
#
# A test runs `strata RANKS ARGUMENT…` and then looks at $status, $out and $err. All files go into
# $scratch, a folder with a space in its name that is removed at the end.
# shellcheck shell=bash

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh" # Open MPI as root
strata_program=$(cd "$1" && pwd)/strata
run_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034 # for the tests
data=$(cd "$run_folder/../data" && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/strata run XXXXXX")
trap 'chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT
cd "$scratch"
failures=0
status=0 out='' err=''

# A Python with h5py: the one of the system where another comes first.
for python in python3 /usr/bin/python3 ""; do
    "$python" -c 'import h5py, numpy' 2>/dev/null && break
done
[ -n "$python" ] || { echo "skipped: no Python with h5py"; exit 77; }

# Seconds that any one run may take; a hang is a failure.
limit=${STRATA_TEST_LIMIT:-60}

# on RANKS COMMAND…: under mpirun; one rank runs without.
on() {
    local ranks=$1
    shift
    if [ "$ranks" -eq 1 ]; then
        timeout "$limit" "$@"
    else
        timeout "$limit" mpirun -n "$ranks" --oversubscribe --bind-to none "$@"
    fi
}

# strata RANKS ARGUMENT…
strata() {
    local ranks=$1
    shift
    status=0
    on "$ranks" "$strata_program" "$@" >stdout.txt 2>stderr.txt || status=$?
    out=$(cat stdout.txt)
    err=$(cat stderr.txt)
    what="strata $* ($ranks ranks)"
}

complain() {
    failures=$((failures + 1))
    printf 'FAILED: %s\n  %s\n' "$what" "$1"
    printf '%s\n%s\n' "$out" "$err" | head -n 40 | sed 's/^/  | /'
}

expect_status() {
    [ "$status" -eq "$1" ] || complain "exit status $status, expected $1"
}

# expect_said TEXT…: each is in what the last run wrote to either stream.
expect_said() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" stdout.txt stderr.txt || complain "did not say: $text"
    done
}

expect_file() {
    local file
    for file in "$@"; do
        [ -s "$file" ] || complain "no file $file"
    done
}

# expect_nothing_in FOLDER: neither results nor what is left of half of them; the ledger may be there.
expect_nothing_in() {
    local left
    [ -e "$1" ] || return 0
    left=$(find "$1" -mindepth 1 -maxdepth 1 ! -name .lock ! -name ledger ! -name progress.json)
    [ -z "$left" ] || complain "left in $1: $left"
}

# same_numbers RESULTS RESULTS: bit-identical but for times and provenance.
expect_same_numbers() {
    local difference
    difference=$("$python" "$run_folder/same_numbers.py" "$1" "$2" 2>&1) || complain "$difference"
}

# input KIND FILE: makes an activations file; prints what a message about a bad one must say.
input() {
    "$python" "$run_folder/make_input.py" "$@"
}

check() {
    what=$1
    shift
    "$@" || complain "failed: $*"
}

# configuration ACTIVATIONS [LINE…]: writes config.yaml, without pictures, and of the least effort where
# no line is of the solver.
configuration() {
    local file=$1 solver="solver: {effort: fast}"
    shift
    [[ " $*" != *" solver:"* ]] || solver=
    {
        printf "input:\n  activations: '%s'\n" "${file//\'/\'\'}"
        printf '%s\n' "$@" "$solver"
        printf 'output: {figures: []}\n'
    } >config.yaml
}

finish() {
    [ "$failures" -eq 0 ] && echo "all passed" && exit 0
    echo "$failures failed"
    exit 1
}
