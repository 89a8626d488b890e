#!/usr/bin/env bash
# Durable runs: what was solved is never solved again, never mixed with another run, and comes out as if
# the run had not been broken. Kills at random moments are kill_harness.sh, of which a few are done here.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
build=$(dirname "$strata_program")

# expect_known COUNT: how many pairs the last run found in the ledger.
expect_known() {
    if [ "$1" -eq 0 ]; then
        ! grep -q 'pairs are known' stdout.txt || complain "knew something"
    else
        expect_said "$1 pairs are known"
    fi
}

# expect_progress KEY=VALUE…: what progress.json of the last run says.
expect_progress() {
    "$python" - "$@" <<'PYTHON' 2>err.txt || complain "progress.json: $(cat err.txt)"
import json, sys
state = json.load(open("out/progress.json"))
for fact in sys.argv[1:]:
    key, value = fact.split("=")
    assert str(state[key]) == value, (fact, state)
PYTHON
}

# --- The same run again, moved, and damaged -------------------------------------------------------
input good good.h5
configuration good.h5
strata 2 run config.yaml --out out
expect_status 0
expect_known 0
cp out/results.h5 whole.h5
strata 3 run config.yaml --out out --resume
expect_status 0
expect_known 18
expect_progress state=complete done=18 known=18 total=18 failures=0
check "the seconds, too" "$python" - <<'PYTHON'
import h5py
with h5py.File("whole.h5") as a, h5py.File("out/results.h5") as b:
    assert (a["gw/seconds"][()] == b["gw/seconds"][()]).all()
PYTHON
expect_same_numbers whole.h5 out/results.h5

mv good.h5 moved.h5
configuration moved.h5 'subnets: {significance: 0.2}' 'solver: {memory: 1, effort: fast}'
strata 1 run config.yaml --out out
expect_status 0
expect_known 18
mv moved.h5 good.h5
configuration good.h5

for file in out/ledger/*.bin; do
    printf '\001' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 20)) conv=notrunc status=none
done
strata 2 run config.yaml --out out
expect_status 0
expect_said "damaged record" "solved again"
expect_same_numbers whole.h5 out/results.h5
head -c 2100 /dev/zero >out/ledger/zero.bin
strata 2 run config.yaml --out out
expect_status 2
expect_said "not a ledger" zero.bin --fresh
rm out/ledger/zero.bin

# --- Another run ----------------------------------------------------------------------------------
for other in metric.distance=cosine sampling.seed=1 solver.effort=thorough; do
    strata 2 run config.yaml --out out --set $other
    expect_status 2
    expect_said "${other%.*}:" "${other#*=}" --fresh --out
done
input one_value_changed changed.h5
configuration changed.h5
strata 2 run config.yaml --out out
expect_status 2
expect_said changed.h5 step-2000 block2
input wide wide.h5
configuration wide.h5
strata 1 run config.yaml --out out
expect_status 2
expect_said "other input"
configuration good.h5
strata 2 run config.yaml --out out
expect_status 0
expect_known 18
strata 2 run config.yaml --out out --fresh --set sampling.seed=1
expect_status 0
expect_known 0
strata 1 run config.yaml --out nothing --resume
expect_status 2
expect_said --resume
strata 1 run config.yaml --out out --resume --fresh
expect_status 2
rm -rf out/ledger
strata 1 run config.yaml --out out
expect_status 2
expect_said "without the ledger"

# --- More of the same input: only what is new is solved -----------------------------------------------
rm -rf out
strata 2 run config.yaml --out out --set 'input.layers=[stem, block1, head]'
expect_progress known=0 total=9
strata 2 run config.yaml --out out
expect_progress known=9 total=18
expect_same_numbers whole.h5 out/results.h5
strata 2 run config.yaml --out out --set sampling.count=0 --set sampling.replicates=1
expect_progress known=18 total=18
input appended good.h5
strata 2 run config.yaml --out out
expect_status 0
expect_progress known=18 total=24
strata 1 run config.yaml --out appended
expect_same_numbers appended/results.h5 out/results.h5
configuration good.h5 'sampling: {count: 20}'
strata 2 run config.yaml --out replicates
strata 3 run config.yaml --out replicates --set sampling.replicates=3
expect_said "24 pairs are known"
strata 1 run config.yaml --out 'replicates anew' --set sampling.replicates=3
expect_same_numbers 'replicates anew/results.h5' replicates/results.h5

# --- Signals --------------------------------------------------------------------------------------
configuration "$data/modular-sum.h5" 'sampling: {count: 400}' # takes long
long=("$strata_program" run config.yaml --out out)

# launch RANKS [OPTION…]: starts the long run in the background, as $job.
launch() {
    local ranks=$1
    shift
    touch launched
    if [ "$ranks" -eq 1 ]; then
        "${long[@]}" "$@" >stdout.txt 2>stderr.txt &
    else
        mpirun -n "$ranks" --oversubscribe --bind-to none "${long[@]}" "$@" >stdout.txt 2>stderr.txt &
    fi
    job=$!
}

# begin RANKS: the same, and waits for its first pairs.
begin() {
    launch "$@"
    for _ in $(seq 300); do
        [ -z "$(find out/ledger -type f -newer launched -size +3k 2>/dev/null)" ] || return 0
        sleep 0.1
    done
    complain "no pair in 30 s"
}

# ended: its status is in $status, and the seconds that it took from $asked in $took.
ended() {
    status=0
    wait $job || status=$?
    took=$(($(date +%s%N) / 1000000 - asked))
    out=$(cat stdout.txt) err=$(cat stderr.txt)
}

now() { asked=$(($(date +%s%N) / 1000000)); }

rm -rf out
for signal in TERM INT USR1; do
    begin 1
    what="SIG$signal to a process"
    now
    kill -$signal $job
    kill -$signal $job # once more does no harm
    ended
    expect_status 4
    expect_said "stopped by SIG$signal" "the same command"
    [ $took -le 2000 ] || complain "took $took ms"
    expect_nothing_in out
done
expect_progress state=stopped
for whom in mpirun worker; do
    begin 3
    what="SIGUSR1 to $whom"
    target=$job
    [ $whom = mpirun ] || target=$(pgrep -P $job -x strata | tail -n 1)
    now
    kill -USR1 "$target"
    ended
    expect_status 4
    expect_said "stopped by SIGUSR1"
    [ $took -le 4000 ] || complain "took $took ms" # of which mpirun may wait two
done

# --- The input changes under the run, or goes -----------------------------------------------------
# change_input COMMAND OPTION…: does this to growing.h5 once the run is on.
change_input() {
    rm -rf growing
    cp "$data/modular-sum.h5" growing.h5
    "$strata_program" run config.yaml "${@:2}" --out growing >stdout.txt 2>stderr.txt &
    job=$!
    for _ in $(seq 300); do
        [ ! -d growing/ledger ] || break
        sleep 0.1
    done
    "$1" growing.h5
    now
    ended
    what="$1 of an input during the run"
    expect_status 0
    expect_said "growing.h5 $([ "$1" = touch ] && echo changed || echo was removed) during the run"
    [ "$(grep -c 'during the run' stderr.txt)" -eq 1 ] || complain "more than one input is named"
}
configuration "$data/modular-sum.h5" 'sampling: {count: 100}'
change_input rm --set input.against=growing.h5 --set 'input.checkpoints=[0, 5000]' \
    --set 'input.against_checkpoints=[0, 5000]'
configuration growing.h5 'sampling: {count: 100}'
change_input touch
change_input rm
strata 1 run config.yaml --out growing
expect_status 2
expect_said growing.h5
cp "$data/modular-sum.h5" growing.h5
strata 1 run config.yaml --out growing
expect_said "1365 pairs are known"
configuration "$data/modular-sum.h5" 'sampling: {count: 400}'

# --- Two at once; the folder goes; the disk is full --------------------------------------------------
begin 2
strata 1 run config.yaml --out out
expect_status 2
expect_said "in use by another run (process"
what="the folder is removed"
rm -rf out
now
ended
expect_status 1
expect_said out/progress.json removed

begin 3
for _ in $(seq 300); do # rank 0's ledger begins with digests, the others' with a pair
    [ -z "$(find out/ledger -name '*[12].bin')" ] || break
    sleep 0.1
done
what="a limit on the size of files on one rank"
prlimit --pid "$(pgrep -P $job -x strata | tail -n 1)" --fsize=100
now
ended
expect_status 1
expect_said out/ledger "File too large" "the same command"
expect_nothing_in out
begin 2
now
kill -USR1 $job
ended
expect_said "pairs are known"

# --- Following ------------------------------------------------------------------------------------
rm -rf out
# arrive STEP: as a training job exports it.
arrive() {
    "$python" - "$run_folder" "$1" <<'PYTHON'
import os, sys
sys.path.insert(0, sys.argv[1])
from make_input import write
name = "follow-%04d.h5" % int(sys.argv[2])
write(name + ".part", steps=[int(sys.argv[2])], seed=int(sys.argv[2])).close()
os.rename(name + ".part", name)
PYTHON
}

# until_steps COUNT: waits until the results have as many checkpoints.
until_steps() {
    for _ in $(seq 60); do
        "$python" -c 'import h5py, sys; sys.exit(len(h5py.File("out/results.h5")["steps"]) != int(sys.argv[1]))' \
            "$1" 2>/dev/null && return 0
        sleep 0.5
    done
    complain "no results of $1 checkpoints in 30 s"
}

configuration 'follow-*.h5'
for ranks in 1 2; do
    what="following on $ranks ranks"
    rm -rf out follow-*.h5
    launch $ranks --follow
    sleep 1
    arrive 0
    arrive 100
    until_steps 2
    arrive 200
    until_steps 3
    now
    kill -USR1 $job
    ended
    expect_status 0
    expect_said waiting
    cp out/results.h5 followed.h5
    strata 1 run config.yaml --out anew
    expect_same_numbers anew/results.h5 followed.h5
    rm -rf anew
done

# --- Killed at random -----------------------------------------------------------------------------
what="kill_harness.sh"
bash "$run_folder/kill_harness.sh" "$build" "${STRATA_TEST_KILLS:-4}" >killed.txt 2>&1 || complain "$(cat killed.txt)"
tail -n 2 killed.txt

finish
