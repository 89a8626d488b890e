#!/usr/bin/env bash
# Sweeps: members are ordinary runs, the gathered table holds what they found, and what is missing or
# failed shows as such.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# sweep [LINE…]: writes config.yaml over good.h5 with these lines as the sweep.
sweep() {
    configuration good.h5 "sweep:" "${@/#/  }"
}

mkdir models models/c
input good good.h5
input one_value_changed models/a.h5
input appended models/b.h5
input one_checkpoint models/c/only.h5

# --- A grid: names, list, show --------------------------------------------------------------------
sweep 'metric.distance: [euclidean, cosine]' 'sampling: {seed: [0, 1, 10]}'
strata 1 sweep config.yaml --list --out grid
expect_status 0
expect_said "0	distance=euclidean_seed=0	not begun" "5	distance=cosine_seed=10	not begun"
[ "$(wc -l <stdout.txt)" -eq 6 ] || complain "not one line a member"
[ ! -e grid ] || complain "a list made the output folder"
strata 1 sweep config.yaml --show 4 --out grid --set sampling.count=20
expect_status 0
expect_said "distance: cosine" "seed: 1" "count: 20" "grid/distance=cosine_seed=1"

# --- A member is the ordinary run of its configuration, on any number of ranks --------------------
cp stdout.txt member.yaml
strata 1 run member.yaml --out plain
expect_status 0
strata 2 sweep config.yaml --index 4 --out grid --set sampling.count=20
expect_status 0
expect_same_numbers plain/results.h5 "grid/distance=cosine_seed=1/results.h5"
strata 1 sweep config.yaml --list --out grid
expect_said "4	distance=cosine_seed=1	finished"

# --- All members, and their table -----------------------------------------------------------------
sweep 'metric.distance: [euclidean, cosine]' 'sampling: {seed: [0, 1, 10]}'
strata 2 sweep config.yaml --out all --set sampling.count=12
expect_status 0
strata 1 sweep config.yaml --out all --set sampling.count=12 --gather --set 'output.figures=[svg, png]'
expect_status 0
expect_said "6 of 6 members are complete" all/sweep.csv
expect_file all/sweep.csv all/sweep.h5
check "the table is right" "$python" - all <<'PYTHON'
import csv
import sys

import h5py
import numpy as np

folder = sys.argv[1]
rows = list(csv.DictReader(open(folder + "/sweep.csv", newline="")))
table = h5py.File(folder + "/sweep.h5")
assert table.attrs["strata_format"] == "sweep" and table.attrs["strata_version"] == 1
assert len(rows) == 6, rows
assert [row["sampling.seed"] for row in rows] == ["0", "1", "10"] * 2, rows
assert list(table["keys/sampling.seed"]) == [0, 1, 10] * 2
assert list(table["keys/metric.distance"]) == [b"euclidean"] * 3 + [b"cosine"] * 3
assert "complete" in table["state"].attrs["meaning"]
for k, row in enumerate(rows):
    with h5py.File("%s/%s/results.h5" % (folder, row["name"])) as f:
        last = f["steps"][-1]
        pairs = {"step": last, "groups": f["subnets/segment_count"][-1], "layers": 4,
                 "checkpoints": 3, "contrast": f["series/contrast"][-1], "pairs": 18,
                 "mean_gw": f["series/mean_gw"][-1], "failed_pairs": 0}
        labels = f["subnets/segments"][-1]
        names = [f["layers"][i].decode() for i in range(1, 4) if labels[i] != labels[i - 1]]
        configuration = f["provenance/configuration"][()].decode()
    assert "seed: %s\n" % row["sampling.seed"] in configuration, configuration
    assert row["boundaries"] == ", ".join(names) == table["boundaries"][k].decode(), row
    assert row["index"] == str(k) and row["state"] == "complete" and table["state"][k] == 0
    for name, value in pairs.items():
        assert float(row[name]) == table[name][k] == value, (name, value, row)
for dataset in ("groups", "emergence_step", "reason", "keys/sampling.seed"):
    assert table[dataset].attrs["description"] and table[dataset].attrs["units"], dataset
assert np.all(np.isnan(table["emergence_step"][()]) == (table["groups"][()] < 2))
PYTHON
if command -v gnuplot >/dev/null; then
    expect_file all/figures/{matrices,curves-metric.distance,curves-sampling.seed}.{svg,png}
fi
strata 1 sweep config.yaml --out all --set sampling.count=12 --gather
sed -n '/^index/,/^$/p' stdout.txt >gathered.txt
strata 1 inspect all/sweep.h5
expect_status 0
expect_said "a sweep of Strata runs, version 1" "varied        metric.distance, sampling.seed" emergence_step
sed -n '/^index/,/^$/p' stdout.txt | diff gathered.txt - >/dev/null || complain "not the gathered table"

# --- Missing, unfinished, failed, foreign, unreadable ---------------------------------------------
names=("distance=euclidean_seed=0" "distance=euclidean_seed=1" "distance=euclidean_seed=10"
    "distance=cosine_seed=0" "distance=cosine_seed=1")
rm -r "all/${names[0]}" "all/${names[1]}/results.h5"
head -c 4000 "all/${names[2]}/results.h5" >half && mv half "all/${names[2]}/results.h5"
cp "all/${names[4]}/results.h5" "all/${names[3]}/results.h5"
mv good.h5 away.h5
strata 2 sweep config.yaml --out all --set sampling.count=12 --index 4
expect_status 2
expect_said good.h5
mv away.h5 good.h5
strata 1 sweep config.yaml --out all --set sampling.count=12 --set output.figures=svg --gather
expect_status 3
expect_said "1 of 6 members are complete" "not begun       " "unfinished      " "failed          " \
    "other settings  " "sampling.seed: 1; the sweep has 0" "good.h5"
if command -v gnuplot >/dev/null; then
    for state in "not begun" unfinished failed "other settings"; do
        grep -q ">$state<" all/figures/matrices.svg || complain "not in the picture: $state"
    done
    grep -q '>no results<' all/figures/curves-sampling.seed.svg || complain "no crosses"
fi
check "states in the table" "$python" -c '
import csv, h5py
rows = list(csv.DictReader(open("all/sweep.csv", newline="")))
states = [row["state"] for row in rows]
assert states == ["not begun", "unfinished", "failed", "other settings", "failed", "complete"], states
assert all(row["groups"] == "" for row in rows[:5]) and "good.h5" in rows[4]["reason"], rows
names = dict(pair.split(" ", 1) for pair in h5py.File("all/sweep.h5")["state"].attrs["meaning"].split(", "))
assert [names[str(s)] for s in h5py.File("all/sweep.h5")["state"]] == states
'
# The same command mends all that; what was complete is not solved again.
rm "all/${names[2]}/results.h5"
strata 1 sweep config.yaml --out all --set sampling.count=12
expect_status 0
expect_said "6 of 6 members are complete" "18 pairs are known"

# --- One member that fails does not keep the others from running ----------------------------------
input nan models/bad.h5 >/dev/null
configuration good.h5 'sweep: {input.activations: {each: "models/*"}}'
strata 2 sweep config.yaml --out each
expect_status 3
expect_said "3 of 4 members are complete" "NaN"
expect_file each/activations={a,b,c}/results.h5 each/activations=bad/failure.txt
check "a folder is one model" "$python" -c '
import csv
rows = list(csv.DictReader(open("each/sweep.csv", newline="")))
assert [row["checkpoints"] for row in rows] == ["3", "4", "", "1"], rows'

# --- A member that cannot run is named before the first begins --------------------------------------
sweep 'sampling.count: [12, 500]'
strata 2 sweep config.yaml --out hopeless
expect_status 3
expect_said "strata: member 1 cannot run: sampling.count: 500 inputs asked" "1 of 2 members cannot run" \
    "1 of 2 members are complete"
[ "$(head -n 1 stderr.txt | cut -c 1-23)" = "strata: member 1 cannot" ] || complain "said too late"

# --- Groups are there within a network only -------------------------------------------------------
sweep 'input.pairs: [within, across]'
strata 2 sweep config.yaml --out pairs
expect_status 0
expect_said "2 of 2 members are complete" "compared across, where there are no groups"
[ "$(grep -c 'no groups' stdout.txt)" -eq 1 ] || complain "says so of both"
check "the comparison of each" "$python" -c '
import csv
rows = list(csv.DictReader(open("pairs/sweep.csv", newline="")))
assert [row["comparison"] for row in rows] == ["within", "across"], rows
assert rows[0]["groups"] and not rows[1]["groups"], rows'
strata 1 inspect pairs/sweep.h5
expect_said "compared across, where there are no groups"
"$python" -c 'import h5py; del h5py.File("pairs/sweep.h5", "a")["step"]'
strata 1 inspect pairs/sweep.h5
expect_status 2
expect_said pairs/sweep.h5 step --gather
"$python" -c 'import h5py; h5py.File("pairs/sweep.h5", "a").attrs["strata_version"] = 2'
strata 1 inspect pairs/sweep.h5
expect_status 2
expect_said "version 2" "version 1"

# --- Zipped lists, labels, lists as values --------------------------------------------------------
sweep 'zip: {sampling.count: [10, 20], sampling.seed: {one: 7, "the other!": 8}}' \
    'input.layers: [all, [stem, "block*"]]'
strata 1 sweep config.yaml --list --out zip
expect_status 0
expect_said "0	count=10_seed=one_layers=all" "3	count=20_seed=the-other-_layers=stem--block-"
strata 1 sweep config.yaml --show 3
expect_said "count: 20" "seed: 8" 'layers: [stem, "block*"]'

# --- Two members' names never meet, however long --------------------------------------------------
long=$(printf 'x%.0s' {1..300})
sweep "input.activations: [$long/1.h5, $long/2.h5, y.h5]"
strata 1 sweep config.yaml --list
expect_status 0
[ "$(cut -f 2 stdout.txt | sort -u | wc -l)" -eq 3 ] || complain "names are not different"
[ "$(cut -f 2 stdout.txt | wc -L)" -lt 220 ] || complain "a name is too long for a folder"

# --- Bad input ------------------------------------------------------------------------------------
# refuse TEXT…: status 2, these texts once, and nothing left, of one rank or more.
refuse() {
    local ranks=1 mode
    for mode in "${modes[@]}"; do
        strata $ranks sweep config.yaml --out refused ${mode:+$mode}
        expect_status 2
        expect_said "strata: " "$@"
        [ "$(grep -c '^strata: ' stderr.txt)" -eq 1 ] || complain "more than one message"
        [ ! -e refused ] || complain "left something behind"
        ranks=2
    done
}
modes=(--list --gather --index=0 "")
sweep 'sampling.sede: [1]' && refuse config.yaml:4: sampling.sede sampling.seed
modes=(--list)
seeds=$(seq -s, 0 999)
sweep 'smapling: {seed: [1]}' && refuse smapling
sweep 'output.directory: [a, b]' && refuse output.directory "folder of its own"
sweep 'sampling.seed: []' && refuse config.yaml:4: sampling.seed empty
sweep 'sampling.seed: 3' && refuse sampling.seed "a list of values" '"3"'
sweep 'sampling.seed: [1, many]' && refuse sampling.seed many integer
sweep 'sampling.seed: [1, 2, 1]' && refuse "values 1 and 3 are the same" seed=1
sweep 'sampling.seed: [1]' 'sampling: {seed: [2]}' && refuse sampling.seed twice
sweep "zip: {sampling.seed: [1, 2], sampling.count: [5]}" && refuse "as many values" "2, found 1"
sweep 'zip: [1]' && refuse zip
sweep 'sampling.seed: {each: "*.h5"}' && refuse each sampling.seed
sweep 'input.activations: {each: "no-such-*"}' && refuse "no-such-*"
sweep "sampling.seed: [$seeds]" "sampling.count: [$seeds]" && refuse "1000000 members" 10000
sweep "sampling.seed: [$(seq -s, 0 12000)]" && refuse 10000
sweep && refuse config.yaml sweep
configuration good.h5 'sweep: {}' && refuse sweep empty
configuration good.h5 'sweep: 3' && refuse sweep '"3"'
configuration good.h5 && refuse config.yaml "no section" sweep
rm config.yaml && refuse config.yaml

sweep 'sampling.seed: [1, 2]'
for index in 2 -1 99999999999999; do
    strata 1 sweep config.yaml "--index=$index"
    expect_status 2
    expect_said "$index" "2 members, from 0 to 1"
done
strata 1 sweep config.yaml --index x
expect_status 2
strata 1 sweep config.yaml --index 1 --list
expect_status 2
strata 1 sweep config.yaml --index 1 --set sampling.seed=5
expect_status 2
expect_said sampling.seed varies
strata 1 sweep config.yaml --gather --out none
expect_status 2
expect_said "nothing to gather" none
[ ! -e none ] || complain "a gather of nothing left something"
strata 2 run config.yaml
expect_status 2
expect_said config.yaml:3: "many runs" "strata sweep"

# --- The ready ones -------------------------------------------------------------------------------
cd "$data/../.."
for ready in configs/sweep-*.yaml; do
    cd "$data/../.."
    status=0
    "$strata_program" sweep "$ready" --list >"$scratch/stdout.txt" 2>"$scratch/stderr.txt" || status=$?
    cd "$scratch"
    what="$ready" out=$(cat stdout.txt) err=$(cat stderr.txt)
    expect_status 0
    expect_said "not begun"
done
cd "$data/../.."
status=0
"$strata_program" sweep configs/sweep-models.yaml --out "$scratch/ready" \
    >"$scratch/stdout.txt" 2>"$scratch/stderr.txt" || status=$?
cd "$scratch"
what="configs/sweep-models.yaml" out=$(cat stdout.txt) err=$(cat stderr.txt)
expect_status 0
expect_said "2 of 2 members are complete"

finish
