#!/usr/bin/env bash
# The best-known losses of the benchmarks are those of their permutations, and a wrong one is found.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

reference=$run_folder/../bench/reference
check 'stored losses' "$python" "$reference/best.py"

# refused FILE SAYING
# shellcheck disable=SC2317 # called by check
refused() {
    ! "$python" "$reference/best.py" "$1" >said.txt && grep -q "^sum-01: $2" said.txt
}
sed -E 's/^(sum-01 .*) ([0-9]+) ([0-9]+)$/\1 \3 \2/' "$reference/best.txt" >swapped.txt
check 'partners exchanged' refused swapped.txt 'the loss is'
sed -E 's/^(sum-01 .*) ([0-9]+) ([0-9]+)$/\1 \2 \2/' "$reference/best.txt" >twice.txt
check 'a partner twice' refused twice.txt 'its permutation is none'
grep -v ^sum-01 "$reference/best.txt" >missing.txt
check 'a record missing' refused missing.txt 'no record'
finish
