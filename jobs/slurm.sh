# shellcheck shell=bash
# What the batch scripts share: sourced by strata.sbatch and sweep.sbatch, not run.
#
# A job runs strata on all its tasks. Before the time limit Slurm sends USR1 to the batch script, which
# hands it on; the ranks stop within two seconds, with status 4, and the job queues itself again. What
# was solved is in the ledger, so the next life goes on from there. Any other end is the job's own.

# By environment:
strata_program=${STRATA:-}                  # the program; else build/strata here, else that on PATH
strata_launch=${STRATA_LAUNCH:-}            # srun or mpirun; else srun where its PMIx plugin is there
strata_lives_most=${STRATA_MAX_RESTARTS:-100} # restarts after which a job gives up

strata_life=${STRATA_LIFE:-${SLURM_RESTART_COUNT:-0}} # STRATA_LIFE: handed on where requeue is forbidden

say() { printf '%s  %s\n' "$(date +%Y-%m-%dT%H:%M:%S)" "$*"; }

# --- Run ------------------------------------------------------------------------------------------

# Sets launcher and program to words of a command.
choose_program() {
    if [ -z "$strata_program" ]; then
        strata_program=strata
        [ ! -x build/strata ] || strata_program=$PWD/build/strata
    fi
    command -v "$strata_program" >/dev/null || {
        say "no program \"$strata_program\": build it, or say where it is by STRATA=PATH"
        exit 2
    }
    if [ -z "$strata_launch" ]; then
        strata_launch=mpirun
        ! srun --mpi=list 2>&1 | grep -qw pmix || strata_launch=srun
    fi
    case $strata_launch in
    # A rank that dies takes the others with it: they would wait for it until the time limit.
    srun) launcher=(srun --mpi=pmix --wait=30) ;;
    # mpirun kills two seconds after it passed a TERM on; ranks may need all of them. Not --quiet: a log
    # is to say which rank was killed.
    mpirun) launcher=(mpirun -n "${SLURM_NTASKS:-1}" --mca odls_base_sigkill_timeout 10) ;;
    *)
        say "STRATA_LAUNCH=$strata_launch: expected srun or mpirun"
        exit 2
        ;;
    esac
}

# A signal ends `wait` early; the ranks are waited for again.
hand_on() {
    asked=$1
    interrupted=yes
    [ "$1" != USR1 ] || kill -USR1 "$child" 2>/dev/null || true
}

# run_strata ARGUMENT…: runs it and sets status, and asked: the signal that came, or nothing; and idle,
# where no pair was solved.
run_strata() {
    local said messages log
    asked='' interrupted='' child='' idle=''
    trap 'hand_on USR1' USR1
    trap 'hand_on TERM' TERM # Slurm sends TERM to the ranks itself
    choose_program
    say "host $(hostname), job $SLURM_JOB_ID, ${SLURM_NTASKS:-1} ranks on ${SLURM_JOB_NUM_NODES:-1}" \
        "nodes (${SLURM_JOB_NODELIST:-}), restart $strata_life: ${launcher[0]} $strata_program $*"
    said=$(mktemp)
    exec {messages}> >(tee "$said" >&2)
    log=$!
    "${launcher[@]}" "$strata_program" "$@" 2>&"$messages" {messages}>&- &
    child=$!
    exec {messages}>&-
    [ -z "$asked" ] || kill -"$asked" "$child"
    status=0
    wait "$child" || status=$?
    while [ -n "$interrupted" ]; do
        interrupted='' status=0
        wait "$child" || status=$?
    done
    wait "$log" # until all that was said is in the file
    ! grep -q 'the 0 pairs that were solved' "$said" || idle=yes
    rm -f "$said"
    say "ended with status $status${asked:+ after SIG$asked}"
}

# --- Again ----------------------------------------------------------------------------------------

# field NAME: of this job, as Slurm knows it.
field() {
    scontrol show job "$SLURM_JOB_ID" | tr -s ' ' '\n' | sed -n "s|^$1=||p" | head -n 1
}

# submit OPTION…: sbatch from inside a job; what this job was told about itself must not reach it.
submit() {
    local hidden=() name
    for name in $(compgen -e SLURM_); do
        [ "$name" = SLURM_CONF ] || hidden+=(-u "$name")
    done
    env "${hidden[@]}" sbatch --parsable "$@"
}

# Options that ask for what this job has.
same_resources() {
    local memory
    printf '%s\n' "--job-name=$SLURM_JOB_NAME" "--partition=$(field Partition)" \
        "--time=$(field TimeLimit)" "--nodes=$SLURM_JOB_NUM_NODES" "--ntasks=${SLURM_NTASKS:-1}" \
        "--cpus-per-task=${SLURM_CPUS_PER_TASK:-1}" --no-requeue --open-mode=append \
        "--output=$(scontrol show job "$SLURM_JOB_ID" | sed -n 's/^ *StdOut=//p')"
    memory=$(field MinMemoryNode)
    [ -z "$memory" ] || [ "$memory" = 0 ] || printf '%s\n' "--mem=$memory"
    memory=$(field MinMemoryCPU)
    [ -z "$memory" ] || [ "$memory" = 0 ] || printf '%s\n' "--mem-per-cpu=$memory"
    [ "$(field Account)" = '(null)' ] || printf '%s\n' "--account=$(field Account)"
    [ "$(field QOS)" = '(null)' ] || printf '%s\n' "--qos=$(field QOS)"
}

# The job in Slurm's words: of an array, this task only.
this_job() {
    if [ -n "${SLURM_ARRAY_TASK_ID:-}" ]; then
        printf '%s_%s\n' "$SLURM_ARRAY_JOB_ID" "$SLURM_ARRAY_TASK_ID"
    else
        printf '%s\n' "$SLURM_JOB_ID"
    fi
}

# Gives up where another life would be like this one.
check_progress() {
    if [ -n "$idle" ]; then
        say "no pair was solved in this life, so another would solve none: ask for more time, or for" \
            "more ranks (strata plan)"
        exit 4
    fi
    if [ "$strata_life" -ge "$strata_lives_most" ]; then
        say "restarted $strata_life times: giving up; the same sbatch goes on from here" \
            "(STRATA_MAX_RESTARTS)"
        exit 4
    fi
}

# queue_again ARGUMENT…: requeues this job, or, where that is forbidden, submits one with these
# arguments that waits for its end, and sets next.
queue_again() {
    local options
    check_progress
    next=''
    if [ "$(field Requeue)" = 1 ]; then
        say "queueing this job again"
        # Slurm kills the job at once.
        if scontrol requeue "$(this_job)"; then
            sleep 60
            exit 4
        fi
    fi
    mapfile -t options < <(same_resources)
    next=$(STRATA_LIFE=$((strata_life + 1)) submit "${options[@]}" \
        --dependency="afterany:$SLURM_JOB_ID" --kill-on-invalid-dep=yes "$0" "$@") || {
        say "cannot be queued again: submit it by hand, and it goes on from here"
        exit 4
    }
    say "requeue is forbidden: job $next goes on from here"
}
