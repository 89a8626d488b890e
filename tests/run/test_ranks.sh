#!/usr/bin/env bash
# One answer: the same numbers to the last bit on any number of ranks, whatever memory they may use.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

configuration "$data/modular-sum.h5" 'sampling: {count: 60, replicates: 2}'
part=(--set 'input.layers=[block*.out]' --set 'input.checkpoints=[0, 1000, 5000]')
strata 1 run config.yaml "${part[@]}" --out 'one rank'
expect_status 0
for ranks in 2 3 4 8; do
    strata "$ranks" run config.yaml "${part[@]}" --out "on $ranks"
    expect_status 0
    expect_same_numbers 'one rank/results.h5' "on $ranks/results.h5"
done

# A window of one frame, of two: 9 layers of 60 x 60 distances need about 1.4 MB, twice with the floor.
for memory in 0.003 0.006; do
    for ranks in 1 3; do
        strata "$ranks" run config.yaml "${part[@]}" --set solver.memory=$memory --out "in $memory"
        expect_status 0
        expect_same_numbers 'one rank/results.h5' "in $memory/results.h5"
    done
done

# More ranks than pairs, and all samples of all layers at one checkpoint.
few=(--set 'input.layers=[block1.out, block5.out]' --set 'input.checkpoints=[5000]'
    --set sampling.replicates=1)
strata 1 run config.yaml "${few[@]}" --out 'one pair'
strata 5 run config.yaml "${few[@]}" --out 'one pair on 5'
expect_status 0
expect_same_numbers 'one pair/results.h5' 'one pair on 5/results.h5'

finish
