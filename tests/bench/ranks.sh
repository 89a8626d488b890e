#!/usr/bin/env bash
# How much faster two ranks solve the bundled study than one: `strata run` on its last checkpoint,
# all 1000 inputs, 105 pairs.
#
#   tests/bench/ranks.sh [--count INPUTS] [--rounds K] [--effort fast|standard]
#                        [--ranks "1 2"] [--build FOLDER]
#
# Ranks take turns; of K rounds the fastest of each counts. Timed is from the line that states the
# plan to the last line of progress: distance matrices and pairs, without start-up and reports. All
# results must be the same to the last bit. Cores that do other work meanwhile spoil the numbers.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

count=1000
rounds=2
effort=standard
ranks="1 2"
take_options build count rounds effort ranks -- "$@"
need strata
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Microseconds from the first line of standard input that matches $1 to the last that matches $2.
between() {
    local line begin='' end=''
    while IFS= read -r line; do
        [[ -z $begin && $line =~ $1 ]] && begin=${EPOCHREALTIME/[.,]/}
        [[ $line =~ $2 ]] && end=${EPOCHREALTIME/[.,]/}
    done
    [ -n "$begin" ] && [ -n "$end" ] && echo $((end - begin))
}

# solve RANKS: microseconds; results in $out/RANKS.
solve() {
    mpirun -n "$1" --oversubscribe --bind-to none "$build/strata" run configs/modular-sum.yaml \
        --fresh --out "$out/$1" --set "sampling.count=$count" --set "input.checkpoints=[5000]" \
        --set "solver.effort=$effort" --set "output.figures=[]" 2>&1 |
        tee "$out/log" | between ' pairs on [0-9]+ rank' ' pairs  100 %'
}

declare -A best
for ((round = 1; round <= rounds; round++)); do
    for n in $ranks; do
        time=$(solve "$n") || { cat "$out/log" >&2; exit 1; }
        say "round $round, $n ranks: $((time / 1000)) ms"
        [ -n "${best[$n]:-}" ] && [ "${best[$n]}" -le "$time" ] || best[$n]=$time
    done
done

first=${ranks%% *}
status=0
echo "| ranks | solving, s | faster than $first | efficiency | same numbers |"
echo "|--:|--:|--:|--:|---|"
for n in $ranks; do
    same=yes
    for name in loss lower_bound identity_loss gap; do
        h5diff -q "$out/$first/results.h5" "$out/$n/results.h5" "/gw/$name" || same=no
    done
    [ $same = yes ] || status=1
    awk -v n="$n" -v first="$first" -v time="${best[$n]}" -v base="${best[$first]}" -v same=$same \
        'BEGIN { printf "| %d | %.2f | %.2f × | %.0f %% | %s |\n", n, time / 1e6, base / time,
                 100 * base * first / time / n, same }'
done
exit $status
