#!/usr/bin/env bash
# The batch scripts under a real Slurm: to the end, through the time limit's signal with and without
# requeue, cancelled, failing, and a sweep as an array with a job that gathers.
. "$(dirname "${BASH_SOURCE[0]}")/../run/common.sh" "$1"
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
over() { [ -z "$(timeout 5 squeue -h -j "$1" 2>/dev/null)" ]; }
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

# What the jobs' results must be: the unbroken runs, by hand.
input good good.h5
configuration good.h5
cp config.yaml small.yaml
configuration "$data/modular-sum.h5" 'sampling: {count: 120}' 'input.checkpoints: {every: 4}'
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

finish
