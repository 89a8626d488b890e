#!/usr/bin/env bash
# strata plan: what a run will take, said before it.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# value KEY: of what --format keys printed.
value() {
    awk -v key="$1" '$1 == key { print $2 }' stdout.txt
}

# expect KEY CONDITION: an awk condition on x, the value.
expect() {
    awk -v x="$(value "$1")" "BEGIN { exit !(x != \"\" && ($2)) }" ||
        complain "$1 is \"$(value "$1")\", expected $2"
}

input good good.h5
configuration good.h5
strata 1 plan config.yaml --ranks 3 --seconds 0.2
expect_status 0
expect_said "4 layers, 3 checkpoints, 24 of 24 inputs" "18 pairs" " on 3 ranks" "of one core" \
    "memory" "reading" "not help"
[ ! -e strata-out ] || complain "made the output folder"

strata 1 plan config.yaml --ranks 64 --ranks-per-node 16 --seconds 0.2 --format keys
expect_status 0
! grep -qvE '^[a-z_]+ [0-9.e+-]+$' stdout.txt || complain "a line that is not key value"
expect pairs "x == 18"
expect ranks "x == 64"
expect nodes "x == 4"
expect seconds "x > 0"
expect seconds_doubt "x > 0 && x < 10"
expect efficiency "x > 0 && x <= 1"
expect least_ranks "x == 1"
expect useful_ranks "x >= 1 && x <= 18"
expect flops "x > 0"
expect read_bytes_per_node "x > 0"
expect memory_per_rank_bytes "x > 1e6 && x < 1e9"
expect memory_per_node_bytes "x > 16 * $(value memory_per_rank_bytes)"

# More inputs, more of everything; more inputs than pairs are compared on to see how they differ.
configuration "$data/modular-sum.h5"
strata 1 plan config.yaml --ranks 1 --seconds 0.2 --format keys --set sampling.count=50
expect_status 0
small=$(value seconds) small_memory=$(value memory_per_node_bytes)
strata 1 plan config.yaml --ranks 1 --seconds 0.2 --format keys --set sampling.count=400
expect_status 0
expect pairs "x == 1365"
expect seconds "x > $small"
expect memory_per_node_bytes "x > $small_memory"
alone=$(value seconds)
strata 1 plan config.yaml --ranks 4096 --seconds 0.2 --format keys --set sampling.count=400
expect_status 0
expect seconds "x < $alone"
expect useful_ranks "x < 1366"
# Between those few inputs and the least step up from them, where there is no time for more.
for count in 161 199; do
    strata 1 plan config.yaml --ranks 1 --seconds 0 --format keys --set sampling.count=$count
    expect_status 0
    expect seconds "x > 0"
done

# Pairs that fail have no time: memory is short for distances, of 60 by 60.
cp "$(dirname "$strata_program")/tests/fail_shim.so" . # LD_PRELOAD knows no paths with spaces
status=0
on 1 env LD_PRELOAD=./fail_shim.so FAIL_RANK=0 FAIL_CALL=malloc FAIL_SIZE=28000 FAIL_AFTER=15 \
    "$strata_program" plan config.yaml --ranks 1 --seconds 0.2 --set sampling.count=60 \
    --set metric.distance=geodesic >stdout.txt 2>stderr.txt || status=$?
out=$(cat stdout.txt) err=$(cat stderr.txt) what="plan, short of memory"
expect_status 1
expect_said "none of the pairs"

# Gangs are measured as gangs; on fewer ranks than one has there is no run.
strata 1 plan config.yaml --ranks 8 --seconds 0.2 --set sampling.count=40 --set 'input.checkpoints=[0]' \
    --set solver.gang=always --set solver.gang_size=4
expect_status 0
expect_said "gangs     of 4 or more ranks" " on 8 ranks"
grep -qE '^ +4 ' stdout.txt || complain "4 ranks are not in the table"
! grep -qE '^ +[12] ' stdout.txt || complain "fewer ranks than a gang has are in the table"

# Mistakes.
for arguments in "config.yaml" "config.yaml --ranks 0" "config.yaml --ranks 4097" \
    "config.yaml --ranks two" "config.yaml --ranks 2.9" "config.yaml --ranks 2 --ranks-per-node 1e1" \
    "--ranks 2" "config.yaml --ranks 2 --format xml" \
    "config.yaml --ranks 2 --set sampling.count=100000" "none.yaml --ranks 2"; do
    # shellcheck disable=SC2086 # several words
    strata 1 plan $arguments
    expect_status 2
    [ ! -s stdout.txt ] || complain "printed something all the same"
done
mapfile -t said < <(input id_count bad.h5)
configuration bad.h5
strata 1 plan config.yaml --ranks 2 --seconds 0.2
expect_status 2
expect_said "${said[@]}"
finish
