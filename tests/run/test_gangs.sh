#!/usr/bin/env bash
# Pairs over gangs of ranks: one answer on any number of ranks and sizes of gangs, resumed, stopped by
# any rank, with memory short on one of them.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

configuration "$data/modular-sum.h5" 'solver: {gang: always, effort: fast}' \
    'sampling: {count: 70, replicates: 2}'
part=(--set 'input.layers=[block1.out, block5.out, block9.out]' --set 'input.checkpoints=[0, 5000]')

# --- One answer -----------------------------------------------------------------------------------
strata 1 run config.yaml "${part[@]}" --out one
expect_status 0
expect_said "a gang of 1 or more"
for ranks in 2 3 4 6; do # 5: below
    strata "$ranks" run config.yaml "${part[@]}" --out "on $ranks"
    expect_status 0
    expect_same_numbers one/results.h5 "on $ranks/results.h5"
done
# Gangs of 2 and 3; one gang and ranks that idle; all in one, of which some own no rows.
for case in 5:2 5:4 6:6; do
    strata "${case%:*}" run config.yaml "${part[@]}" --set "solver.gang_size=${case#*:}" --out sized
    expect_status 0
    expect_said "a gang of ${case#*:} or more"
    expect_same_numbers one/results.h5 sized/results.h5
    rm -r sized
done
# Too little memory for a gang of one: gangs of two, then all three for the last pairs.
strata 3 run config.yaml "${part[@]}" --set solver.memory=0.00369 --out small
expect_status 0
expect_said "a gang of 2 or more"
expect_same_numbers one/results.h5 small/results.h5
check "the same problem as one rank solves" "$python" - "$strata_program" <<'PYTHON'
import subprocess, sys
import h5py
import numpy as np
subprocess.run([sys.argv[1], "run", "config.yaml", "--set", "input.layers=[block1.out, block5.out, block9.out]",
                "--set", "input.checkpoints=[0, 5000]", "--set", "solver.gang=never", "--out", "never"],
               check=True, stdout=subprocess.DEVNULL)
with h5py.File("one/results.h5") as a, h5py.File("never/results.h5") as b:
    for name, tolerance in ("identity_loss", 1e-10), ("lower_bound", 1e-4), ("loss", 0.1):
        x, y = a["gw"][name][()], b["gw"][name][()]
        assert np.allclose(x, y, rtol=tolerance, atol=1e-6 if name == "lower_bound" else 0), (name, x, y)
PYTHON

# --- What cannot be ---------------------------------------------------------------------------------
strata 2 run config.yaml "${part[@]}" --set metric.distance=geodesic --out none
expect_status 2
expect_said solver.gang metric.distance geodesic
strata 2 run config.yaml "${part[@]}" --set solver.memory=0.001 --out none
expect_status 2
expect_said "of 2 ranks" solver.memory
strata 3 run config.yaml "${part[@]}" --set solver.memory=0.00369 --set solver.gang_size=1 --out none
expect_status 2
expect_said solver.gang_size "at least 2"
strata 2 run config.yaml "${part[@]}" --set solver.gang=sometimes --out none
expect_status 2
strata 2 run config.yaml "${part[@]}" --set solver.gang=never --out one
expect_status 2
expect_said "gang: never" --fresh
[ ! -e none ] || complain "made a folder"

# The plan says the same as the run.
strata 1 plan config.yaml "${part[@]}" --ranks 3 --ranks-per-node 3 --set solver.memory=0.00369
expect_status 0
expect_said "of 2 or more ranks"
strata 1 plan config.yaml "${part[@]}" --ranks 3 --ranks-per-node 1 --set solver.memory=0.00123 --format keys
expect_status 0
expect_said "least_ranks 2"
awk '$1 == "useful_ranks" && $2 >= 2 { found = 1 } END { exit !found }' stdout.txt ||
    complain "useful are fewer ranks than the least"
strata 1 plan config.yaml "${part[@]}" --ranks 2 --ranks-per-node 2 --set solver.memory=0.001
expect_status 2
expect_said "of 2 ranks" solver.memory

# By itself from 5000 inputs on.
input many many.h5
configuration many.h5
for count in 4999:node 5000:gang; do
    strata 2 run config.yaml --dry-run --set "sampling.count=${count%:*}"
    expect_status 0
    expect_said "${count#*:}"
done

# --- Layers that no gang can compare ------------------------------------------------------------------
input constant constant.h5
configuration constant.h5 'solver: {gang: always}'
strata 3 run config.yaml --set solver.gang_size=2 --out constant
expect_status 3
expect_said constant
strata 1 run config.yaml --out 'constant on one'
expect_status 3
expect_same_numbers constant/results.h5 'constant on one/results.h5'

# --- Stopped, and resumed -------------------------------------------------------------------------
configuration "$data/modular-sum.h5" 'solver: {gang: always, gang_size: 2}' 'sampling: {count: 350}'
few=(--set 'input.layers=[block1.out, block4.out, block6.out, block9.out]' --set 'input.checkpoints=[5000]')
strata 1 run config.yaml "${few[@]}" --out whole

# stop_by WHICH: a run on 3 ranks, of which one gang and an idle rank; USR1 to the WHICH-th of them.
stop_by() {
    rm -rf out
    mpirun -n 3 --oversubscribe --bind-to none "$strata_program" run config.yaml "${few[@]}" \
        --out out >stdout.txt 2>stderr.txt &
    job=$!
    for _ in $(seq 300); do
        # the header, four digests, and a pair
        [ -z "$(find out/ledger -name '*.bin' -size +2500c 2>/dev/null)" ] || break
        sleep 0.1
    done
    asked=$(date +%s%N)
    kill -USR1 "$(pgrep -P $job -x strata | sort -n | sed -n "$1p")"
    status=0
    wait $job || status=$?
    took=$((($(date +%s%N) - asked) / 1000000))
    out=$(cat stdout.txt) err=$(cat stderr.txt)
    what="SIGUSR1 to process $1 of a gang of 2 and an idle rank"
    expect_status 4
    expect_said "stopped by SIGUSR1" "the same command"
    [ $took -le 4000 ] || complain "took $took ms" # of which mpirun may wait two
    expect_nothing_in out
}
for which in 1 2 3; do
    stop_by $which
done
check "progress.json tells of gangs" grep -q '"gangs"' out/progress.json
strata 2 run config.yaml "${few[@]}" --out out
expect_status 0
expect_said "are known"
expect_same_numbers whole/results.h5 out/results.h5

# --- Memory short on one rank -----------------------------------------------------------------------
cp "$(dirname "$strata_program")/tests/fail_shim.so" . # LD_PRELOAD knows no paths with spaces
export FAIL_RANK=1 FAIL_CALL=malloc FAIL_SIZE FAIL_AFTER
input good good.h5
configuration good.h5 'solver: {gang: always, gang_size: 2, effort: fast}'
strata 2 run config.yaml --out good
failed=0
for place in 1:40 1:120 100:100 100:200 1000:8 1000:60; do
    FAIL_SIZE=${place%:*} FAIL_AFTER=${place#*:}
    rm -rf short
    status=0
    on 2 env LD_PRELOAD=./fail_shim.so "$strata_program" run config.yaml --out short \
        >stdout.txt 2>stderr.txt || status=$?
    out=$(cat stdout.txt) err=$(cat stderr.txt)
    what="rank 1 of 2: allocations of $FAIL_SIZE bytes fail after $FAIL_AFTER"
    case $status in
    0) expect_same_numbers good/results.h5 short/results.h5 ;;
    1 | 3) expect_said memory && failed=$((failed + 1)) ;;
    *) complain "exit status $status (124: a hang)" ;;
    esac
done
echo "$failed runs failed for memory"
[ "$failed" -ge 3 ] || complain "too few allocations failed: the sizes above need an update"

# The disk of a leader: the other rank of its gang leaves, too.
export FAIL_PATH=/out/
FAIL_RANK=0 FAIL_CALL=write FAIL_AFTER=2
rm -rf out
status=0
on 2 env LD_PRELOAD=./fail_shim.so "$strata_program" run config.yaml --out out \
    >stdout.txt 2>stderr.txt || status=$?
out=$(cat stdout.txt) err=$(cat stderr.txt)
what="a leader cannot write"
expect_status 1
expect_said "out/"
strata 3 run config.yaml --out out
expect_status 0
expect_same_numbers good/results.h5 out/results.h5

finish
