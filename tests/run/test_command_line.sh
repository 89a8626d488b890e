#!/usr/bin/env bash
# The command line: help, versions, mistakes, and the commands that read files.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

strata 1 --help
expect_status 0
expect_said "Usage: strata" run inspect report "Exit status"
strata 1 --version
expect_status 0
expect_said "strata 0."
for command in run plan sweep inspect report; do
    strata 1 $command --help
    expect_status 0
    expect_said "Usage: strata $command"
done
strata 1 run --help
expect_said sampling.count metric.distance --fresh --dry-run --out --set

strata 1
expect_status 2
expect_said "Usage: strata"
for ranks in 1 3; do
    strata $ranks rnu config.yaml
    expect_status 2
    expect_said 'unknown command "rnu"' '"run"'
    [ "$(grep -c 'unknown command' stderr.txt)" -eq 1 ] || complain "said more than once"
    strata $ranks run
    expect_status 2
    expect_said "a configuration file is expected"
    strata $ranks run config.yaml --no-such-option
    expect_status 2
    expect_said "--no-such-option"
    strata $ranks run one.yaml two.yaml
    expect_status 2
    expect_said "two.yaml"
done

# A dry run says what would be done and writes nothing.
input good good.h5
configuration good.h5
strata 2 run config.yaml --dry-run --out dry
expect_status 0
expect_said "4 layers, 3 checkpoints, 24 of 24 inputs; 18 pairs on 2 ranks"
[ ! -e dry ] || complain "a dry run made its output folder"
strata 1 run config.yaml --dry-run --set sampling.count=25
expect_status 2
# A text after --set stands for itself; quotes are those of YAML.
for text in '*ood.h5' "'good.h5'" '"good.h5"'; do
    strata 1 run config.yaml --dry-run --set "input.activations=$text" --set input.against= --set 'input.layers=*'
    expect_status 0
    expect_said "4 layers"
done
strata 1 run config.yaml --dry-run --set input.activations=
expect_status 2
expect_said "input.activations: expected a text, found an empty one"

# inspect and report.
strata 1 run config.yaml --out out
expect_status 0
expect_said "out/results.h5" "out/summary.csv"
strata 1 inspect good.h5
expect_status 0
expect_said stem block1 block2 head 2000 accuracy
strata 1 inspect out/results.h5
expect_status 0
expect_said /gw/loss /subnets/segments stem head 24 /provenance "numerics "
cp out/summary.csv before.csv
rm out/summary.csv
strata 1 report out/results.h5
expect_status 0
check "the same table again" cmp before.csv out/summary.csv
# An output folder stands for its results; a report can go elsewhere.
strata 1 inspect out
expect_said /gw/loss
strata 1 report out --out 'else/where'
expect_status 0
check "the same table elsewhere" cmp before.csv else/where/summary.csv
printf 'input: {activations: good.h5}\nsweep: {sampling.count: [10, 20]}\noutput: {figures: []}\n' >sweep.yaml
strata 1 sweep sweep.yaml --out members
expect_status 0
strata 1 report members
expect_status 2
expect_said "members/sweep.h5: the table of a sweep" --gather
if [ "$(id -u)" -ne 0 ]; then
    chmod 500 out
    strata 1 report out
    expect_status 2
    expect_said "cannot write into" --out
    chmod 700 out
fi
strata 1 inspect nope.h5
expect_said "strata: nope.h5: cannot open the activations: No such file or directory"
strata 1 run config.yaml --set input.against=out/results.h5
expect_said 'strata: input.against: out/results.h5: expected strata_format="activations", found "results"'
strata 1 inspect out --pair 'stem head'
expect_said '--pair A B, found only "stem head"'
for kind in nan not_hdf5 no_step truncated; do
    input $kind bad.h5 >said.txt
    mapfile -t said <said.txt
    strata 1 inspect bad.h5
    expect_status 2
    expect_said "strata: " "${said[@]}"
done
for command in inspect report; do
    strata 1 $command missing.h5
    expect_status 2
    expect_said missing.h5
    strata 1 $command
    expect_status 2
done
strata 1 report good.h5
expect_status 2
expect_said good.h5
head -c 5000 out/results.h5 >half.h5
strata 1 report half.h5
expect_status 2
expect_said half.h5

finish
