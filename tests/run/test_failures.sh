#!/usr/bin/env bash
# Memory or disk failing on one rank only: all ranks leave together, with a message and without a half
# of the results; the same when a sweep is gathered.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cp "$(dirname "$strata_program")/tests/fail_shim.so" . # LD_PRELOAD knows no paths with spaces
export FAIL_RANK FAIL_CALL FAIL_AFTER FAIL_SIZE FAIL_PATH=/out/
input wide wide.h5
configuration wide.h5
strata 2 run config.yaml --out whole
expect_status 0

# run_failing RANKS: with the environment above; the outcome is in $status.
run_failing() {
    rm -rf out
    status=0
    on "$1" env LD_PRELOAD=./fail_shim.so "$strata_program" run config.yaml --out out \
        >stdout.txt 2>stderr.txt || status=$?
    out=$(cat stdout.txt) err=$(cat stderr.txt)
    what="rank $FAIL_RANK of $1: $FAIL_CALL fails after $FAIL_AFTER (of $FAIL_SIZE bytes)"
}

# Status 0: the call was not needed. 1: a message, no results. 3: pairs are marked, the rest is right.
expect_clean_end() {
    case $status in
    0) expect_same_numbers whole/results.h5 out/results.h5 ;;
    1)
        [ "$(grep -c '^strata: ' stderr.txt)" -eq 1 ] || complain "no message, or several"
        expect_nothing_in out
        failed=$((failed + 1))
        ;;
    3)
        expect_said memory
        marked=$((marked + 1))
        ;;
    *) complain "exit status $status (124: a hang)" ;;
    esac
}

failed=0 marked=0
FAIL_CALL=malloc
# From bytes that fail everywhere to the blocks of spaces, solvers and frames.
for place in 1:2 1:20 1:60 1:100 1:200 1:400 10000:0 10000:4 100000:0 100000:1 100000:3; do
    FAIL_SIZE=${place%:*} FAIL_AFTER=${place#*:}
    for FAIL_RANK in 0 1; do
        run_failing 2
        expect_clean_end
    done
done
FAIL_RANK=0 FAIL_AFTER=0 FAIL_SIZE=100000
run_failing 1
expect_clean_end
echo "$failed runs failed for memory, $marked were marked"
[ "$failed" -gt 0 ] || complain "no allocation failed: the sizes above need an update"

# The disk: the first write is that of a ledger, later ones are those of progress.json, the results and
# the table. What was solved before is kept, and the same command does the rest.
failed=0
for FAIL_CALL in write fsync rename; do
    for FAIL_AFTER in 0 3; do
        for FAIL_RANK in 0 1; do
            run_failing 2
            [ ! -e out/results.h5 ] || expect_same_numbers whole/results.h5 out/results.h5
            [ -z "$(find out -name '*.tmp')" ] || complain "left $(find out -name '*.tmp')"
            [ "$status" -ne 0 ] || continue
            expect_status 1
            grep -q '^strata: out/' stderr.txt || complain "names no file"
            failed=$((failed + 1))
            strata 2 run config.yaml --out out
            expect_status 0
            expect_same_numbers whole/results.h5 out/results.h5
        done
    done
done
echo "$failed runs failed for the disk"
[ "$failed" -ge 5 ] || complain "too few calls failed: the numbers above need an update"

# The gathering of a sweep: each table is complete or absent, and the same command makes it.
configuration wide.h5 'sweep: {sampling.count: [20, 30]}'
strata 2 sweep config.yaml --out out
expect_status 0
cp out/sweep.csv whole.csv
failed=0
for FAIL_CALL in malloc:10 malloc:1000 malloc:100000 write:0 fsync:0 rename:0; do
    FAIL_SIZE=${FAIL_CALL#*:} FAIL_CALL=${FAIL_CALL%:*} FAIL_RANK=0
    for FAIL_AFTER in 0 1 3 10; do
        rm -f out/sweep.*
        status=0
        on 1 env LD_PRELOAD=./fail_shim.so "$strata_program" sweep config.yaml --out out --gather \
            >stdout.txt 2>stderr.txt || status=$?
        out=$(cat stdout.txt) err=$(cat stderr.txt)
        what="sweep --gather: $FAIL_CALL fails after $FAIL_AFTER (of $FAIL_SIZE bytes)"
        [ ! -e out/sweep.csv ] || check "the whole table" cmp out/sweep.csv whole.csv
        [ -z "$(find out -name '*.tmp')" ] || complain "left $(find out -name '*.tmp')"
        [ "$status" -ne 0 ] || continue
        expect_status 1
        [ "$(grep -c '^strata[ a-z]*: ' stderr.txt)" -eq 1 ] || complain "no message, or several"
        failed=$((failed + 1))
    done
done
echo "$failed gatherings failed"
[ "$failed" -ge 8 ] || complain "too few calls failed: the numbers above need an update"

finish
