#!/usr/bin/env bash
# Memory or disk failing on one rank only: all ranks leave together, with a message and without a half
# of the results; the same when a sweep is gathered.
#
# Calls are counted first. With STRATA_TEST_FAULTS=all each of them fails once, and once with all that
# follow (some minutes); without, some of them do, and each file that is written is too much for the disk.
# shellcheck disable=SC2317 # functions are called by for_each
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cp "$(dirname "$strata_program")/tests/fail_shim.so" . # LD_PRELOAD knows no paths with spaces
export FAIL_RANK FAIL_CALL FAIL_AFTER FAIL_SIZE=1 FAIL_PATH=out/ FAIL_TOLD=told.txt FAIL_COUNT=count.txt
input wide wide.h5
configuration wide.h5
strata 2 run config.yaml --out whole
expect_status 0

# run_failing RANKS COMMAND…: with the environment above; the outcome is in $status.
run_failing() {
    rm -f told.txt count.txt
    status=0
    on "$1" env LD_PRELOAD=./fail_shim.so "$strata_program" "${@:2}" --out out \
        >stdout.txt 2>stderr.txt || status=$?
    out=$(cat stdout.txt) err=$(cat stderr.txt)
    what="${*:2}, rank $FAIL_RANK of $1: $FAIL_CALL fails after $FAIL_AFTER in $FAIL_PATH ${FAIL_ONCE:+once}"
}

# count_calls RANKS COMMAND…: of FAIL_CALL on FAIL_RANK, where none fails; of a run, a new one.
count_calls() {
    [ "$2" != run ] || rm -rf out
    FAIL_AFTER=1000000000 run_failing "$@"
    count=$(cat count.txt 2>/dev/null || echo 0)
}

# for_each COUNT SOME COMMAND…: with FAIL_AFTER 0 … COUNT - 1; SOME of these, evenly, unless it is to be all.
for_each() {
    local count=$1 some=$2 step=1 turn=1
    [ "${STRATA_TEST_FAULTS:-}" = all ] || step=$(((count + some - 1) / (some > 0 ? some : 1)))
    for ((FAIL_AFTER = 0; FAIL_AFTER < count; FAIL_AFTER += step)); do
        if [ "${STRATA_TEST_FAULTS:-}" = all ]; then
            FAIL_ONCE=1 "${@:3}"
            "${@:3}"
        elif [ $((turn *= -1)) -lt 0 ]; then
            FAIL_ONCE=1 "${@:3}"
        else
            "${@:3}"
        fi
    done
}

# --- Memory ---------------------------------------------------------------------------------------

failed=0 marked=0
# Status 0: the call was not needed. 1: a message, and no results, or all where only the summary failed.
# 3: pairs are marked, the rest is right.
fail_for_memory() {
    rm -rf out
    run_failing "$ranks" run config.yaml
    case $status in
    0) expect_same_numbers whole/results.h5 out/results.h5 ;;
    1)
        [ "$(grep -c '^strata[ a-z]*: ' stderr.txt)" -eq 1 ] || complain "no message, or several"
        if [ -e out/results.h5 ]; then
            expect_same_numbers whole/results.h5 out/results.h5
        else
            expect_nothing_in out
        fi
        failed=$((failed + 1))
        ;;
    3)
        expect_said memory
        marked=$((marked + 1))
        ;;
    *) complain "exit status $status (124: a hang)" ;;
    esac
}

FAIL_CALL=malloc
for ranks in 1 2; do
    for ((FAIL_RANK = 0; FAIL_RANK < ranks; FAIL_RANK++)); do
        count_calls "$ranks" run config.yaml
        [ "$count" -gt 20 ] || complain "only $count allocations were seen"
        for_each "$count" 6 fail_for_memory
    done
done
# Of the large blocks: spaces, solvers and frames.
ranks=2
for FAIL_RANK in 0 1; do
    FAIL_SIZE=100000 count_calls 2 run config.yaml
    FAIL_SIZE=100000 for_each "$count" 2 fail_for_memory
done
echo "$failed runs failed for memory, $marked were marked"
[ "$failed" -gt 10 ] || complain "too few allocations failed"

# --- Disk -----------------------------------------------------------------------------------------

failed=0
# What was solved before is kept, and the same command does the rest.
fail_for_disk() {
    rm -rf out
    run_failing 2 run config.yaml
    [ ! -e out/results.h5 ] || expect_same_numbers whole/results.h5 out/results.h5
    [ -z "$(find out -name '*.tmp')" ] || complain "left $(find out -name '*.tmp')"
    [ "$status" -ne 0 ] || return 0
    case $FAIL_CALL$FAIL_AFTER in
    open[01]) [ "$status" -eq 2 ] || expect_status 1 ;; # the folder cannot be used
    *) expect_status 1 ;;
    esac
    grep -q '^strata: .*out' stderr.txt || complain "names no file"
    failed=$((failed + 1))
    strata 2 run config.yaml --out out
    expect_status 0
    expect_same_numbers whole/results.h5 out/results.h5
}

for FAIL_RANK in 0 1; do
    for FAIL_CALL in write open full fsync rename; do
        [ $FAIL_CALL = full ] || count_calls 2 run config.yaml # full is of the same calls as open
        [ "$count" -eq 0 ] || for_each "$count" 2 fail_for_disk
    done
done
echo "$failed runs failed for the disk"
[ "$failed" -ge 5 ] || complain "too few calls failed"

# Each file by its name.
FAIL_CALL=full FAIL_AFTER=0 FAIL_RANK=0
for FAIL_PATH in /ledger/ progress.json results.h5 summary.csv; do
    failed=0
    FAIL_ONCE='' fail_for_disk
    if [ ! -s told.txt ] || [ "$failed" -ne 1 ]; then complain "no failure"; fi
done

# gnuplot does not say that it could not write.
what="a full disk under gnuplot"
if command -v gnuplot >/dev/null; then
    mkdir bin
    printf '#!/bin/sh\ntrap "" XFSZ\nulimit -f 2\nexec %s "$@"\n' "$(command -v gnuplot)" >bin/gnuplot
    chmod +x bin/gnuplot
    for format in png svg pdf; do
        PATH=$scratch/bin:$PATH strata 1 run config.yaml --out out --set output.figures=[$format]
        expect_status 1
        expect_said ".$format: cannot write" "disk full"
        [ -z "$(ls -A out/figures)" ] || complain "pictures all the same"
    done
fi

# --- The gathering of a sweep: each table is complete or absent, and the same command makes it --------

configuration wide.h5 'sweep: {sampling.count: [20, 30]}'
rm -rf out
strata 2 sweep config.yaml --out out
expect_status 0
cp out/sweep.csv whole.csv
failed=0
fail_to_gather() {
    rm -f out/sweep.*
    run_failing 1 sweep config.yaml --gather
    [ ! -e out/sweep.csv ] || check "the whole table" cmp out/sweep.csv whole.csv
    [ -z "$(find out -name '*.tmp')" ] || complain "left $(find out -name '*.tmp')"
    [ "$status" -ne 0 ] || return 0
    expect_status 1
    [ "$(grep -c '^strata[ a-z]*: ' stderr.txt)" -eq 1 ] || complain "no message, or several"
    failed=$((failed + 1))
}

FAIL_RANK=0 FAIL_PATH=out/
for FAIL_CALL in malloc write full open fsync rename; do
    rm -f out/sweep.*
    count_calls 1 sweep config.yaml --gather
    for_each "$count" 4 fail_to_gather
done
echo "$failed gatherings failed"
[ "$failed" -ge 8 ] || complain "too few calls failed"

finish
