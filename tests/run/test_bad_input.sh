#!/usr/bin/env bash
# Every defect of the input or the configuration: exit status 2 on any number of ranks, a message with
# file, place, expected and found, and nothing left behind.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# refuse TEXT…: the run of config.yaml ends with status 2 and these texts, on 1 and 3 ranks alike.
refuse() {
    local ranks
    for ranks in 1 3; do
        strata "$ranks" run config.yaml --out out "${overrides[@]}"
        expect_status 2
        expect_said "strata: " "$@"
        [ "$(grep -c '^strata: ' stderr.txt)" -eq 1 ] || complain "more than one message"
        expect_nothing_in out
        rm -rf out
    done
}

overrides=()
for kind in $(input list); do
    rm -f ./*.h5
    mapfile -t said < <(input "$kind" "$kind.h5")
    configuration "$kind*.h5" # some make two files
    refuse "${said[@]}"
done

input good good.h5
configuration missing.h5
refuse "missing.h5"
configuration 'nothing-*.h5'
refuse "nothing-*.h5"
mkdir folder.h5
configuration folder.h5
refuse "folder.h5"
configuration good.h5 'sampling: {count: 25}'
refuse "sampling.count" "25" "24" "good.h5"
if [ "$(id -u)" -ne 0 ]; then
    cp good.h5 closed.h5
    chmod 000 closed.h5
    configuration closed.h5
    refuse "closed.h5" "ermission"
fi

input one_layer one.h5
configuration one.h5
refuse "one.h5" "only"
configuration good.h5
overrides=(--set 'input.layers=[stem]') && refuse "good.h5" "stem"
overrides=(--set 'input.layers=[blokc1]') && refuse "blokc1" "block1"
overrides=(--set 'input.checkpoints=[100, 150]') && refuse "150" "100"
overrides=(--set solver.memory=0.000001) && refuse "solver.memory"
overrides=()

# Configurations: file, line, key, what was expected and found, the nearest key.
refuse_text() {
    printf '%s\n' "$1" >config.yaml
    shift
    refuse config.yaml "$@"
}
refuse_text $'input: {activations: good.h5}\nsampling: {cuont: 3}' ":2:" cuont sampling.count
refuse_text $'input: {activations: good.h5}\nsmapling: {count: 3}' ":2:" smapling 'nearest section: sampling'
refuse_text $'input: {activations: good.h5}\nsampling: {count: many}' ":2:" sampling.count many
refuse_text $'input: {activations: good.h5}\nsampling: {count: -3}' ":2:" sampling.count -3
refuse_text $'input: {activations: good.h5}\nsampling: {count: 3}\nsampling: {count: 3}' ":3:" sampling
refuse_text $'input: {activations: good.h5}\nmetric: {distance: euclid}' ":2:" euclid euclidean
refuse_text $'input:\n\tactivations: good.h5' ":2:"
refuse_text $'input: {activations: [good.h5' config.yaml
refuse_text $'input:\n  activations: *.h5' ":2:" "begins with * or & in quotes"
refuse_text $'sampling: {count: 3}' input.activations
refuse_text '' "empty"
configuration good.h5
overrides=(--set sampling.cuont=3) && refuse "sampling.cuont" "sampling.count"
overrides=(--set sampling.count) && refuse "sampling.count"
overrides=()
rm config.yaml
refuse config.yaml

finish
