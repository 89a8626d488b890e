#!/usr/bin/env bash
# What is compared, and how: another network, other checkpoints, weights, methods, noise floors. Each is
# the same on any number of ranks and goes on from its ledger, and each bad key is refused by name.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

# refuse TEXT…: the run of config.yaml with these overrides ends with status 2 and the texts, on as many
# ranks as there are overrides, up to 2: a defect that rank 0 alone sees must not leave others waiting.
refuse() {
    strata $((${#overrides[@]} > 2 ? 2 : 1)) run config.yaml --out refused "${overrides[@]}"
    expect_status 2
    expect_said "strata: " "$@"
    expect_nothing_in refused
    rm -rf refused
}

# solve FOLDER PAIRS [OPTION…]: on one rank and on three, with the same numbers; then from the ledger.
solve() {
    local folder=$1 pairs=$2
    shift 2
    rm -rf "$folder" "$folder on 3"
    strata 1 run config.yaml --out "$folder" "$@"
    expect_status 0
    expect_said "; $pairs pairs on"
    strata 3 run config.yaml --out "$folder on 3" "$@"
    expect_status 0
    expect_same_numbers "$folder/results.h5" "$folder on 3/results.h5"
    strata 2 run config.yaml --out "$folder on 3" "$@" --resume
    expect_status 0
    expect_said "pairs are known"
    expect_same_numbers "$folder/results.h5" "$folder on 3/results.h5"
    check "$folder: inspect" "$strata_program" inspect "$folder/results.h5" >/dev/null
}

# facts FOLDER…: Python on standard input, with the results of the folders as a, b, ….
facts() {
    { echo 'import h5py, numpy as np, sys'
      echo 'a, b, c = [h5py.File(p + "/results.h5") for p in (sys.argv[1:] * 3)[:3]]'
      cat; } >facts.py
    "$python" facts.py "$@" >facts.txt 2>&1 || complain "$(cat facts.txt)"
}

input good good.h5
input other other.h5
input twins twins.h5
input weighted weighted.h5
configuration good.h5
strata 1 run config.yaml --out within

# --- Another network -------------------------------------------------------------------------------
solve itself 48 --set input.against=good.h5
expect_said "these are the same inputs"
facts within itself <<'PYTHON'
within, itself = a["gw/loss"][()], b["gw/loss"][()]
assert itself.shape == (3, 4, 4) and "subnets" not in b
upper = np.triu_indices(4, 1)
for t in range(3):
    assert (within[t][upper] == itself[t][upper]).all()
    assert (np.diag(itself[t]) < 1e-20).all()
assert np.isfinite(b["gw/identity_loss"][()]).all()
assert [n.decode() for n in b["columns"][()]] == ["stem", "block1", "block2", "head"]
PYTHON
# The same activations, but now of other inputs: all is known, and there is no identity coupling.
cp good.h5 renamed.h5
strata 1 run config.yaml --set input.against=renamed.h5 --out renamed
"$python" -c 'import h5py; h5py.File("renamed.h5", "r+")["sample_ids"][...] += 1'
strata 1 run config.yaml --set input.against=renamed.h5 --out renamed
expect_said "48 pairs are known" "no identity coupling"
facts itself renamed <<'PYTHON'
assert np.isnan(b["gw/identity_loss"][()]).all()
assert (a["gw/loss"][()] == b["gw/loss"][()]).all()
PYTHON

solve other 36 --set input.against=other.h5 --set input.against_layers=all
expect_said "17 of 17 inputs" "other inputs" "no identity coupling" "Nearest layers at step 2000 against step 900"
facts other <<'PYTHON'
assert a["gw/loss"].shape == (3, 4, 3) and a.attrs["comparison"] == "against"
assert np.isfinite(a["gw/loss"][()]).all() and np.isnan(a["gw/identity_loss"][()]).all()
assert (a["gw/lower_bound"][()] <= a["gw/loss"][()]).all()
assert a["samples"].shape == (1, 24) and a["samples_against"].shape == (1, 17)
assert (a["steps_against"][()] == 900).all()
method = a["gw/method"].attrs["meaning"]
assert (a["gw/method"][()] == [int(m.split()[0]) for m in method.split(", ") if "gradient" in m][0]).all()
PYTHON
strata 1 inspect other/results.h5 --pair block1 out --step 100
expect_status 0
expect_said "block1 and out at step 100" "none: the inputs differ" "conditional-gradient" "Can this cell be trusted? Yes"
strata 1 report other/results.h5
expect_status 0
expect_said "no identity coupling"

# The same number of inputs, but others: a permutation, and no identity. With floors of both.
solve halves 38 --set input.against=other.h5 --set 'input.against_layers=["*"]' --set sampling.count=8 \
    --set 'input.checkpoints=[2000]' --set input.against_checkpoints=last --set sampling.replicates=2
expect_said "other inputs"
facts halves <<'PYTHON'
assert np.isnan(a["gw/identity_loss"][()]).all() and (a["gw/swaps_left"][()] == 0).all()
assert a["gw/noise_floor"].shape == (1, 4) and a["gw/column_noise_floor"].shape == (1, 3)
assert (a["gw/noise_floor"][()] > 0).all() and (a["gw/column_noise_floor"][()] > 0).all()
PYTHON

overrides=(--set input.against=missing.h5) && refuse input.against missing.h5
overrides=(--set input.against=other.h5 --set 'input.layers=[stem]') && refuse input.against other.h5 stem
overrides=(--set input.against=good.h5 --set input.pairs=across) && refuse input.pairs input.against
overrides=(--set input.against=good.h5 --set 'input.against_layers=[stm]') && refuse input.against stm stem
input one_checkpoint one.h5
input appended appended.h5
overrides=(--set input.against=appended.h5) && refuse input.against "(3)" "found 4"
overrides=(--set input.against=other.h5 --set input.against_layers=all --set 'input.checkpoints=[100]')
refuse input.against 100 900
overrides=(--set input.against=other.h5 --set input.against_layers=all --set sampling.count=18)
refuse sampling.count other.h5 "17 rows"
overrides=(--set input.against=other.h5 --set input.against_layers=all --set solver.method=permutation)
refuse solver.method "numbers of inputs differ"

# --- Across checkpoints ------------------------------------------------------------------------------
solve across 16 --set input.pairs=across
expect_said "Each layer against itself at step 2000" halfway
facts across <<'PYTHON'
distance, status = a["gw/distance"][()], a["gw/status"][()]
assert distance.shape == (3, 4, 2) and [n.decode() for n in a["columns"][()]] == ["last", "before"]
assert (distance[2, :, 0] == 0).all() and np.isnan(distance[0, :, 1]).all()
assert (status[0, :, 1] != 0).all() and (status[0, :, 0] == 0).all()
assert np.isfinite(distance[1:]).all() and np.isfinite(distance[:2, :, 0]).all()
assert (distance[1, :, 0] == distance[2, :, 1]).all() # the same two checkpoints
assert set(a["across/settled"][()]) <= {0, 100, 2000}
PYTHON
strata 1 inspect across/results.h5 --pair block2 last --step 0
expect_status 0
expect_said "block2 and last at step 0" "Can this cell be trusted?"
overrides=(--set input.pairs=across --set 'input.checkpoints=[100]') && refuse input.pairs step-100
overrides=(--set input.pairs=acros) && refuse input.pairs acros across
cp good.h5 grows.h5
configuration grows.h5
strata 2 run config.yaml --out grows --set input.pairs=across
input appended grows.h5
strata 2 run config.yaml --out grows --set input.pairs=across
expect_status 0
expect_said "12 pairs are known" # of the 16, one of each layer is in two frames
strata 1 run config.yaml --out grown --set input.pairs=across
expect_same_numbers grown/results.h5 grows/results.h5
configuration good.h5
# What is solved within stays known: only the rest is solved, in the same folder.
strata 2 run config.yaml --out within --set input.pairs=across
expect_said "18 pairs are known"
expect_same_numbers across/results.h5 within/results.h5

# --- Weights -----------------------------------------------------------------------------------------
configuration weighted.h5
strata 1 run config.yaml --out unweighted
solve weighted 18 --set sampling.weights=weights
strata 2 run config.yaml --out doubled --set sampling.weights=doubled
strata 2 run config.yaml --out equal --set sampling.weights=equal
facts weighted doubled unweighted <<'PYTHON'
assert np.allclose(a["gw/loss"][()], b["gw/loss"][()], rtol=1e-9, atol=1e-15)
assert not np.allclose(a["gw/loss"][()], c["gw/loss"][()], rtol=1e-3)
assert np.isfinite(a["gw/identity_loss"][()]).all()
PYTHON
expect_same_numbers unweighted/results.h5 equal/results.h5
strata 2 run config.yaml --out weighted --set sampling.weights=counts
expect_status 2
expect_said "weights: weights" "weights: counts"
strata 1 run config.yaml --out few --set sampling.weights=one --dry-run
expect_said "by their weights the 24 inputs of weighted.h5 count as 1" "strata: sampling.weights: of the 24 inputs"
for bad in missing short square names negative not_a_number endless zeros; do
    overrides=(--set "sampling.weights=$bad") && refuse weighted.h5 "$bad" sampling.weights
done
overrides=(--set sampling.weights=one --set sampling.count=3) && refuse sampling.weights "weight zero"
overrides=(--set sampling.weights=weights --set solver.method=permutation) && refuse solver.method sampling.weights
overrides=(--set sampling.weights=weights --set input.against=good.h5) && refuse input.against good.h5 weights

# --- Methods and geodesic distances ------------------------------------------------------------------
configuration good.h5 'sampling: {count: 16}'
few=(--set 'input.checkpoints=[100]')
solve geodesic 6 "${few[@]}" --set metric.distance=geodesic --set metric.neighbours=3
strata 1 run config.yaml --out wider "${few[@]}" --set metric.distance=geodesic
solve entropic 6 "${few[@]}" --set solver.method=entropic --set solver.epsilon=0.05
solve proximal 6 "${few[@]}" --set solver.method=proximal
solve gradient 6 "${few[@]}" --set solver.method=conditional-gradient
facts geodesic wider <<'PYTHON'
assert np.isfinite(a["gw/loss"][()]).all() and not (a["gw/loss"][()] == b["gw/loss"][()]).all()
PYTHON
facts entropic proximal gradient <<'PYTHON'
pairs = np.triu_indices(4, 1)
for f in (a, b, c):
    assert np.isfinite(f["gw/loss"][()]).all() and (f["gw/swaps_left"][()][0][pairs] == -1).all()
    assert len(set(f["gw/method"][()][0][pairs])) == 1
assert a["gw/loss"][()].sum() > c["gw/loss"][()].sum() # what the regularisation costs
PYTHON
overrides=(--set solver.epsilon=0.1) && refuse solver.epsilon auto entropic
overrides=(--set solver.method=entropic --set solver.epsilon=-1) && refuse solver.epsilon
overrides=(--set solver.method=entropc) && refuse solver.method entropic
strata 1 run config.yaml --out coarse "${few[@]}" --set solver.method=entropic --set solver.epsilon=1e5
expect_said "6 of 6 pairs have a higher loss than matching each input to itself" solver.epsilon
strata 1 inspect coarse --pair block1 head
expect_said "trusted? No: matching each input to itself is better"
overrides=(--set metric.distance=geodesic --set metric.neighbours=15)
refuse metric.neighbours "15 other inputs" "found 15" euclidean
overrides=(--set metric.neighbours=0) && refuse metric.neighbours
overrides=(--set metric.distance=geodesic --set solver.method=permutation) && refuse solver.method geodesic

# --- Gangs, which solve permutations only --------------------------------------------------------------
gang=(--set solver.gang=always --set solver.effort=fast)
solve 'gang within' 20 "${few[@]}" "${gang[@]}" --set sampling.count=12 --set sampling.replicates=2
facts 'gang within' <<'PYTHON'
pairs = np.triu_indices(4, 1)
assert (a["gw/noise_floor"][()] > 0).all() and (a["gw/swaps_left"][()][0][pairs] == 0).all()
PYTHON
solve 'gang across' 16 "${gang[@]}" --set input.pairs=across
solve 'gang against' 12 "${few[@]}" "${gang[@]}" --set input.against=other.h5 \
    --set input.against_layers=all --set input.against_checkpoints=all
facts 'gang against' <<'PYTHON'
assert np.isfinite(a["gw/loss"][()]).all() and np.isnan(a["gw/identity_loss"][()]).all()
PYTHON
overrides=("${gang[@]}" --set solver.method=proximal) && refuse solver.gang permutations

# --- Noise floors ------------------------------------------------------------------------------------
configuration twins.h5 'sampling: {count: 30, replicates: 2}'
solve twins 60
expect_said "Noise floor at step 2000" "cannot be told apart with 30 samples" "block2, head"
facts twins <<'PYTHON'
floor, distance = a["gw/noise_floor"][()], a["gw/distance"][()]
assert floor.shape == (3, 4) and (floor > 0).all()
assert (distance[:, 2, 3] < 1e-6).all() and (distance[:, 2, 3] <= floor[:, 2]).all()
assert (a["gw/swaps_left"][()] == 0).all()
PYTHON
strata 1 inspect twins/results.h5 --pair block2 head
expect_said "zero up to rounding" "cannot tell the two apart"
strata 1 run config.yaml --out 'no replicates' --set sampling.count=0
expect_status 2
expect_said "sampling.replicates: 2 draws of 60 inputs from the 60 rows of \"twins.h5\" are all the same"
strata 1 run config.yaml --out 'no floor' --set sampling.count=31
expect_said "31 of 60 inputs in 2 draws, any two of which share about 52 %"
expect_said "no noise floor of twins.h5: it takes 62 rows" "there are 60" "Noise floor: not measured"
facts 'no floor' <<'PYTHON'
assert np.isnan(a["gw/noise_floor"][()]).all()
PYTHON

# --- The certificate: what is asked for and is not there ------------------------------------------------
for wrong in '--pair block2 haed' '--pair block9 head' '--pair block2 head --step 7' \
    '--pair block2 head --step x' '--step 100' '--pair block2'; do
    # shellcheck disable=SC2086 # words
    strata 1 inspect twins/results.h5 $wrong
    expect_status 2
done
strata 1 inspect twins/results.h5 --pair block2 haed
expect_said haed head
input constant constant.h5
configuration constant.h5
strata 1 run config.yaml --out constant
expect_status 3
strata 1 inspect constant/results.h5 --pair block1 head --step 100
expect_status 0
expect_said "It has no value: constant, all inputs have the same activations" input.layers

# --- Following two networks that train at the same time ---------------------------------------------------
if command -v gnuplot >/dev/null; then
    configuration good.h5 'sampling: {replicates: 2, count: 8}'
    strata 1 run config.yaml --out pictures --set input.pairs=across --set 'output.figures=[svg]'
    expect_file pictures/figures/across.svg
    strata 1 run config.yaml --out pictures2 --set input.against=other.h5 \
        --set input.against_layers=all --set 'output.figures=[svg]'
    expect_file pictures2/figures/overview.svg pictures2/figures/gw-100.svg
fi
cp good.h5 first.h5
cp good.h5 second.h5
configuration first.h5
what="following two networks"
"$strata_program" run config.yaml --out follow --follow --set input.against=second.h5 >stdout.txt 2>stderr.txt &
job=$!
steps() {
    "$python" -c 'import h5py, sys; sys.exit(len(h5py.File("follow/results.h5")["steps"]) != int(sys.argv[1]))' "$1" 2>/dev/null
}
wait_for() {
    for _ in $(seq 60); do steps "$1" && return 0; sleep 0.5; done
    complain "no results of $1 checkpoints in 30 s"
}
wait_for 3
input appended appended.h5
mv appended.h5 first.h5 # one is ahead of the other
sleep 4
input appended appended.h5
mv appended.h5 second.h5
wait_for 4
kill -USR1 $job
status=0
wait $job || status=$?
out=$(cat stdout.txt) err=$(cat stderr.txt)
expect_status 0
expect_said "waiting: input.against"
cp follow/results.h5 followed.h5
strata 2 run config.yaml --out anew --set input.against=second.h5
expect_same_numbers anew/results.h5 followed.h5

finish
