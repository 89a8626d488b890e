#!/usr/bin/env bash
# The batch scripts under a real Slurm: to the end, through the time limit's signal with and without
# requeue, cancelled, failing, and a sweep as an array with a job that gathers.
. "$(dirname "${BASH_SOURCE[0]}")/../run/common.sh"
. "$run_folder/../jobs/cluster.sh"

for needed in munged slurmctld slurmd sbatch; do
    command -v "$needed" >/dev/null && continue
    command -v apt-get >/dev/null || { echo "skipped: no $needed here"; exit 77; }
    echo "FAILED: no $needed; tests/run.sh installs it"
    exit 1
done
trap 'cluster_stop; chmod -R u+rwX "$scratch"; rm -rf "$scratch"' EXIT
cluster_start || exit 1
jobs=$(cd "$run_folder/../../jobs" && pwd)
export STRATA=$strata_program STRATA_JOBS=$jobs OMPI_MCA_rmaps_base_oversubscribe=1

# batch OPTION… SCRIPT ARGUMENT…: submits and sets id; output goes to job-<id>.log.
batch() {
    what="sbatch $*"
    id=$(timeout 20 sbatch --parsable --output=job-%A.log "$@") || complain "not submitted"
}

# until_true SECONDS COMMAND…: waits for it.
until_true() {
    local try tries=$(($1 * 10))
    shift
    for ((try = 0; try < tries; try++)); do
        ! "$@" 2>/dev/null || return 0
        sleep 0.1
    done
    out=$(timeout 5 squeue -a; cat job-*.log 2>/dev/null; tail -n 5 "$cluster/slurmctld.log") err=''
    complain "waited in vain for: $*"
    return 1
}

# Without accounting, the completion file knows how jobs ended: JobId=… JobState=…
ended() { grep -q "^JobId=$1 .*JobState=$2" "$cluster/ended"; }
# shellcheck disable=SC2317 # these two are called by until_true
over() {
    local left
    left=$(timeout 5 squeue -h -j "$1") && [ -z "$left" ]
}
# shellcheck disable=SC2317
solving() { grep -q '"done": *[1-9]' "$1/progress.json"; }

# expect_log JOB TEXT…
expect_log() {
    local text job=$1
    shift
    for text in "$@"; do
        grep -qF -- "$text" "job-$job.log" || {
            out=$(tail -n 30 "job-$job.log") err=''
            complain "the log of job $job does not say: $text"
        }
    done
}

# --- The time limit itself, by a stand-in for the program that waits for it -----------------------
# Slurm looks at limits twice a minute, so this goes on beside all else until the end.
mkdir bin
cat >bin/patient <<'EOF'
#!/usr/bin/env bash
echo "asked for: $*"
[ ! -e "$LIVED" ] || exit 0
touch "$LIVED"
trap 'exit 4' USR1
for _ in {1..900}; do sleep 0.1; done
EOF
cat >bin/idle <<'EOF'
#!/usr/bin/env bash
trap 'echo "strata: stopped by SIGUSR1; the 0 pairs that were solved since the start are kept" >&2
    exit 4' USR1
touch idling
while :; do sleep 0.1; done
EOF
chmod +x bin/*
STRATA=$PWD/bin/patient LIVED=lived batch -n 1 --time=1 --signal=B:USR1@40 "$jobs/strata.sbatch" none.yaml
patient=$id

# --- A life in which nothing was solved is not repeated -------------------------------------------
mkdir temporary
STRATA=$PWD/bin/idle TMPDIR=$PWD/temporary batch -n 1 "$jobs/strata.sbatch" none.yaml
idle=$id
until_true 20 test -e idling
timeout 10 scancel -b -s USR1 "$idle"

# --- A member of a sweep where requeue is forbidden: a job goes on, and what gathers waits for that -
STRATA=$PWD/bin/patient LIVED=lived-member STRATA_OFFSET=40 batch -n 1 --no-requeue --array=2 \
    "$jobs/sweep.sbatch" none.yaml --out there
member=$id
until_true 20 test -e lived-member
timeout 10 scancel -b -s USR1 "${member}_2"

# What the jobs' results must be: the unbroken runs, by hand.
input good good.h5
configuration good.h5
cp config.yaml small.yaml
configuration "$data/modular-sum.h5" 'sampling: {count: 150}'
cp config.yaml long.yaml
strata 1 run small.yaml --out small
strata 2 run long.yaml --out long
expect_status 0

# --- To the end -----------------------------------------------------------------------------------
batch -n 2 "$jobs/strata.sbatch" small.yaml --out one
until_true 20 ended "$id" COMPLETED
expect_log "$id" "host $(hostname), job $id, 2 ranks on 1 nodes" "restart 0" "ended with status 0" \
    "18 pairs on 2 ranks" srun
expect_same_numbers small/results.h5 one/results.h5
STRATA_CONFIG=small.yaml STRATA_LAUNCH=mpirun batch -n 2 "$jobs/strata.sbatch"
first=$id

# --- A run that fails is not started again --------------------------------------------------------
batch -n 1 "$jobs/strata.sbatch" missing.yaml
failing=$id

# --- The time limit's signal: stop, requeue, resume -----------------------------------------------
batch -n 2 "$jobs/strata.sbatch" long.yaml --out again
again=$id
until_true 20 solving again
timeout 10 scancel -b -s USR1 "$again"

# --- The same where requeue is forbidden ----------------------------------------------------------
batch -n 2 --no-requeue --time=7 "$jobs/strata.sbatch" long.yaml --out chain
chain=$id
until_true 20 solving chain
timeout 10 scancel -b -s USR1 "$chain"

until_true 20 ended "$first" COMPLETED
expect_log "$first" mpirun "18 pairs on 2 ranks"
until_true 20 ended "$failing" FAILED
expect_log "$failing" "missing.yaml" "ended with status 2"
[ "$(grep -c 'restart 0' "job-$failing.log")" -eq 1 ] || complain "a failing run was started again"

until_true 60 ended "$again" COMPLETED
expect_log "$again" "ended with status 4 after SIGUSR1" "queueing this job again" "restart 1" \
    "pairs are known" "ended with status 0"
expect_same_numbers long/results.h5 again/results.h5

until_true 30 over "$chain"
next=$(sed -n 's/.*requeue is forbidden: job \([0-9]*\) goes on.*/\1/p' "job-$chain.log")
[ -n "$next" ] || { out=$(cat "job-$chain.log") && complain "no job that goes on"; }
until_true 60 ended "${next:-0}" COMPLETED
expect_log "$chain" "ended with status 4 after SIGUSR1" "restart 1" "pairs are known"
grep -q "^JobId=$next .*TimeLimit=7 " "$cluster/ended" || complain "other resources than before"
expect_same_numbers long/results.h5 chain/results.h5

# --- scancel: stopped, not started again, nothing lost --------------------------------------------
batch -n 2 "$jobs/strata.sbatch" long.yaml --out cancelled
until_true 20 solving cancelled
timeout 10 scancel "$id"
until_true 20 ended "$id" CANCELLED
expect_log "$id" "restart 0"
! grep -q "queueing" "job-$id.log" || complain "a cancelled job queued itself again"
strata 2 run long.yaml --out cancelled --resume
expect_status 0
expect_said "pairs are known"
expect_same_numbers long/results.h5 cancelled/results.h5

# --- A proposal, not submitted --------------------------------------------------------------------
# The stand-in plans the same on all machines; all else is the program.
cat >bin/strata <<EOF
#!/usr/bin/env bash
[ "\$1" = plan ] || exec "$strata_program" "\$@"
! grep -q bad.h5 "\$2" || { echo "strata: bad.h5: truncated" >&2; exit 2; }
case " \$* " in *" --out "*) exit 2 ;; esac
printf '%s\n' 'a plan, among prose' 'pairs 420' "least_ranks \${LEAST:-1}" 'useful_ranks 2' 'seconds 61.5' \
    'core_seconds 123' 'memory_per_rank_bytes 1e6' 'memory_per_node_bytes 2.5e8'
EOF
chmod +x bin/strata
# submit ARGUMENT…: with the program in $planner.
planner=$scratch/bin/strata
submit() {
    what="submit.sh $*" status=0
    STRATA=$planner timeout 60 "$jobs/submit.sh" "$@" >stdout.txt 2>stderr.txt || status=$?
    out=$(cat stdout.txt) err=$(cat stderr.txt)
}
submit small.yaml --out proposed --set sampling.seed=0 </dev/null
expect_status 0
expect_said "about 62 s on 2 ranks" "partition main: 1 nodes of 4 cores" " --ntasks=2 " " --nodes=1 " \
    " --time=7 " " --mem=556 " "strata.sbatch small.yaml --out proposed --set sampling.seed=0 " "not submitted"
[ ! -e proposed ] || complain "submitted"
LEAST=3 submit small.yaml </dev/null # a pair that no two ranks hold
expect_said "on 3 ranks" " --ntasks=3 "
submit missing.yaml
expect_status 2
expect_said missing.yaml
submit --ranks many small.yaml
expect_status 2
submit --help
expect_status 0
expect_said "jobs/submit.sh [--yes]"
mkdir deaf && printf '#!/bin/sh\necho "sinfo: error: no controller" >&2\nexit 1\n' >deaf/sinfo && chmod +x deaf/sinfo
PATH=$scratch/deaf:$PATH submit small.yaml
expect_status 2
expect_said 'submit.sh: Slurm does not answer ("sinfo: error: no controller")'
printf '#!/bin/sh\nexit 2\n' >bin/broken && chmod +x bin/broken
status=0 what="submit.sh without a plan"
STRATA=$scratch/bin/broken "$jobs/submit.sh" --yes small.yaml >stdout.txt 2>stderr.txt || status=$?
expect_status 2
expect_said "plan failed"

# --- Submitted: a run, by the program's own plan --------------------------------------------------
planner=$strata_program
submit --yes small.yaml --out submitted
planner=$scratch/bin/strata
expect_status 0
expect_said "small.yaml: about " "job "
single=$(sed -n 's/^job //p' stdout.txt)

# --- Submitted: a sweep, of which a member fails and another is requeued; and what gathers it ------
input truncated bad.h5 >/dev/null
configuration good.h5 'sweep: {zip: {' \
    "input.activations: {small: good.h5, bad: bad.h5, long: '$data/modular-sum.h5'}," \
    'sampling.count: [24, 20, 150]}}'
cp config.yaml sweep.yaml
submit --yes sweep.yaml --out swept
expect_status 0
expect_said "member 1 cannot be planned" bad.h5 "3 members, each at most about 62 s on 2 ranks" \
    "0.1 core hours in all" "STRATA_OFFSET=0 " "--array=0-1%2" "STRATA_OFFSET=2 " "--array=0-0%2" afterany
# Three members are more than this cluster has in an array.
read -r array rest <<<"$(sed -n 's/^array //p' stdout.txt | tr '\n' ' ')"
gather=$(sed -n 's/^gather //p' stdout.txt)
until_true 30 solving swept/activations=long_count=150
timeout 10 scancel -b -s USR1 "${rest}_0"
until_true 90 over "$gather"
ended "$gather" FAILED || complain "a gather without all members is not marked"
mv "strata-gather-$gather.log" "job-$gather.log"
expect_log "$gather" "2 of 3 members are complete" "failed" "bad.h5"
expect_file swept/sweep.csv swept/sweep.h5
mv "strata-sweep-$rest-0.log" "job-$rest.log"
expect_log "$rest" "restart 0" "queueing this job again" "restart 1" "pairs are known" \
    "ended with status 0"
[ "$(grep -c "host " "strata-sweep-$array-1.log")" -eq 1 ] || complain "a failing member was repeated"
expect_same_numbers long/results.h5 swept/activations=long_count=150/results.h5
expect_same_numbers small/results.h5 submitted/results.h5
ended "$single" COMPLETED || complain "the submitted run is not complete"

# --- What went on beside --------------------------------------------------------------------------
ended "$idle" FAILED || complain "a job without progress is not over"
expect_log "$idle" "no pair was solved in this life"
what="job $idle"
[ -z "$(find temporary -name 'tmp.*')" ] || complain "left $(find temporary -name 'tmp.*')"
expect_log "$member" "asked for: sweep none.yaml --out there --index 42" "requeue is forbidden" \
    "restart 1" "ended with status 0" "asked for: sweep none.yaml --out there --gather"
[ "$(grep -c -- '--index 42$' "job-$member.log")" -ge 2 ] || complain "another member went on"
tail -n 1 "job-$member.log" | grep -q -- --gather || complain "gathered before the end"
until_true 60 ended "$patient" COMPLETED
expect_log "$patient" "ended with status 4 after SIGUSR1" "queueing this job again" "restart 1"

finish
