#!/usr/bin/env bash
# Kills runs at random moments, again and again, until each is complete, and compares what comes out
# with an unbroken run. The number of ranks changes from life to life.
#
#   tests/run/kill_harness.sh BUILD [KILLS [SEED]]
#
# Ways to die: SIGKILL of one rank, of mpirun, of all at once; SIGTERM, SIGINT and SIGUSR1 to mpirun;
# SIGTERM to one rank. Default: 100 kills, some minutes.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kills=${2:-100}
RANDOM=${3:-$$}
echo "seed ${3:-$$}"
configuration "$data/modular-sum.h5" 'sampling: {count: 100, replicates: 2}'
part=(--set 'input.layers=[block*.out]' --set 'solver.memory=0.02') # several windows
strata 2 run config.yaml "${part[@]}" --out whole
expect_status 0

# The ranks of the run: those of mpirun's children that are the program.
ranks_of() {
    pgrep -P "$1" -x strata || true
}

a_rank_of() {
    ranks_of "$1" | shuf -n 1 --random-source=<(yes "$RANDOM")
}

# A signal to processes, of which some may have ended just now.
signal() {
    local name=$1
    shift
    kill "-$name" "$@" 2>/dev/null || true
}

# die WAY MPIRUN
die() {
    local members
    mapfile -t members < <(ranks_of "$2")
    case $1 in
    one-rank) signal KILL "$(a_rank_of "$2")" ;;
    mpirun) signal KILL "$2" ;;
    all) signal KILL "$2" "${members[@]}" ;;
    term | int | usr1) signal "${1^^}" "$2" ;;
    term-one) signal TERM "$(a_rank_of "$2")" ;;
    esac
    wait "$2" 2>/dev/null || status=$?
    local waited=0
    while [ ${#members[@]} -gt 0 ] && kill -0 "${members[@]}" 2>/dev/null && [ $waited -lt 100 ]; do
        sleep 0.1 # ranks whose mpirun is dead need a moment to notice
        waited=$((waited + 1))
    done
    [ $waited -lt 100 ] || complain "ranks outlive their mpirun by 10 s"
}

ways=(one-rank mpirun all term int usr1 term-one)
declare -A died=()
killed=0 runs=0 lives=0 known=0
rm -rf out
while [ $killed -lt "$kills" ] || [ -e out ]; do
    ranks=$((1 + RANDOM % 4))
    way=${ways[RANDOM % ${#ways[@]}]}
    status=0
    mpirun -n $ranks --oversubscribe --bind-to none "$strata_program" run config.yaml "${part[@]}" \
        --out out >stdout.txt 2>stderr.txt &
    job=$!
    lives=$((lives + 1))
    if [ $killed -lt "$kills" ]; then
        sleep "$((RANDOM % 3)).$((RANDOM % 10))"
        if kill -0 $job 2>/dev/null; then
            killed=$((killed + 1))
            died[$way]=$((${died[$way]:-0} + 1))
        fi
        die "$way" $job
    else
        wait $job || status=$?
    fi
    out=$(cat stdout.txt) err=$(cat stderr.txt)
    what="life $lives, $ranks ranks, $way"
    case $way$status in
    usr14 | term-one4) grep -q 'strata: stopped' stderr.txt || complain "stopped without a word" ;;
    esac
    [ "$status" -ne 2 ] || complain "refused"
    now=$(sed -n 's/^\([0-9]*\) pairs are known.*/\1/p' stdout.txt)
    [ -z "$now" ] || [ "$now" -ge "$known" ] || complain "$known pairs were known, now $now"
    known=${now:-$known}
    if [ "$status" -eq 0 ] && [ -e out/results.h5 ]; then
        expect_same_numbers whole/results.h5 out/results.h5
        runs=$((runs + 1))
        known=0
        rm -rf out
    fi
    [ $failures -eq 0 ] || break
done
printf '%d kills (' $killed
for way in "${!died[@]}"; do printf ' %s: %d' "$way" "${died[$way]}"; done
printf ' ) in %d lives of %d runs, all equal to the unbroken one\n' $lives $runs
finish
