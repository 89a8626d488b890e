#!/usr/bin/env bash
# Plans a run or a sweep, proposes nodes, ranks, memory and time, and submits it to Slurm.
#
#   jobs/submit.sh [--yes] [--partition NAME] [--ranks N] [--concurrent N] CONFIG [OPTION…]
#
# OPTIONs are those of strata run (--set, --out). Shows the sbatch line and asks before it submits,
# unless --yes. STRATA says where the program is; else build/strata here, or that on PATH.
set -euo pipefail
jobs=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

stop() {
    printf 'submit.sh: %s\n' "$*" >&2
    exit 2
}

yes='' partition='' most='' concurrent=''
while [ $# -gt 0 ]; do
    case $1 in
    -h | --help) sed -n '2,/^set /{/^#/s/^# \?//p}' "${BASH_SOURCE[0]}" && exit ;;
    --yes) yes=yes ;;
    --partition) partition=${2:?--partition takes a name} && shift ;;
    --ranks) most=${2:?--ranks takes a number} && shift ;;
    --concurrent) concurrent=${2:?--concurrent takes a number} && shift ;;
    -*) stop "unknown option $1; options of strata run come after CONFIG" ;;
    *) break ;;
    esac
    shift
done
[ $# -gt 0 ] || stop "a configuration is expected, such as configs/modular-sum.yaml"
for number in "$most" "$concurrent"; do
    [[ $number =~ ^([1-9][0-9]*)?$ ]] || stop "expected a number from 1, found \"$number\""
done
config=$1
[ -r "$config" ] || stop "cannot read $config"
strata=${STRATA:-}
if [ -z "$strata" ]; then
    strata=strata
    [ ! -x build/strata ] || strata=$PWD/build/strata
fi
command -v "$strata" >/dev/null || stop "no program \"$strata\": build it, or say where it is by STRATA"
command -v sbatch >/dev/null || stop "no sbatch on PATH: is this a login node of a Slurm cluster?"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# --- The cluster: cores and memory (MB) of a node, nodes, longest time (minutes) -------------------

# minutes [D-]HH:MM:SS: nothing where there is no limit.
minutes() {
    local days=0 time=$1 parts
    case $time in
    *-*) days=${time%%-*} time=${time#*-} ;;
    infinite | *[!0-9:]*) return ;;
    esac
    IFS=: read -ra parts <<<"$time"
    while [ ${#parts[@]} -lt 3 ]; do parts=(0 "${parts[@]}"); done
    echo $((days * 1440 + 10#${parts[0]} * 60 + 10#${parts[1]}))
}

# Of the partition, or of the default one, the kind of node that there is most of.
sinfo -h -o '%P|%c|%m|%D|%l' ${partition:+-p "$partition"} >"$scratch/nodes" 2>"$scratch/said" ||
    stop "Slurm does not answer (\"$(head -n 1 "$scratch/said")\"): are this a login node of a cluster," \
        "and its controller up? Without Slurm: mpirun --quiet $strata run $config"
sort -t'|' -k4,4nr -o "$scratch/nodes" "$scratch/nodes"
nodes=$(awk -F'|' -v any="$partition" 'any != "" || $1 ~ /\*$/ { print; exit }' "$scratch/nodes")
[ -n "$nodes" ] || nodes=$(head -n 1 "$scratch/nodes")
[ -n "$nodes" ] || stop "sinfo shows no nodes${partition:+ of a partition \"$partition\"}"
IFS='|' read -r partition cores node_memory node_count longest <<<"$nodes"
partition=${partition%\*} cores=${cores%+} node_memory=${node_memory%+}
longest=$(minutes "$longest")

# --- The plan -------------------------------------------------------------------------------------

# Of the options, those that bear on the work.
settings=()
for ((k = 2; k <= $#; k++)); do
    case ${!k} in
    -s | --set) k=$((k + 1)) && settings+=(--set "${!k:?--set takes KEY=VALUE}") ;;
    -s* | --set=*) settings+=("${!k}") ;;
    esac
done

# plan RANKS FILE OPTION…: asks strata plan; what it says is then in plan[seconds] and so on.
declare -A plan
plan() {
    local ranks=$1 key value
    shift
    "$strata" plan "$@" --ranks "$ranks" --ranks-per-node "$cores" --seconds 5 --format keys \
        >"$scratch/plan" || return
    plan=()
    while read -r key value; do
        [ -z "$key" ] || plan[$key]=$value
    done <"$scratch/plan"
    for key in seconds core_seconds memory_per_node_bytes least_ranks useful_ranks; do
        [[ ${plan[$key]:-} =~ ^[0-9.eE+]+$ ]] || stop "strata plan did not say $key"
    done
}

# whole NUMBER: rounded up.
whole() { awk -v x="$1" 'BEGIN { printf "%d\n", x == int(x) ? x : int(x) + 1 }'; }

# at_least NAME NUMBER: raises the variable to the number.
at_least() {
    local number
    number=$(whole "$2")
    [ "$number" -le "${!1}" ] || printf -v "$1" %d "$number"
}

# propose FILE OPTION…: raises ranks, seconds and bytes to what this run needs. A node's cores are right,
# or as many ranks as make it ten minutes where that is longer; never more than help, nor fewer than a pair
# fits on.
propose() {
    local number
    plan "$limit" "$@" || return
    number=$(awk -v most="$limit" -v cores="$cores" -v work="${plan[core_seconds]}" \
        -v least="${plan[least_ranks]}" -v useful="${plan[useful_ranks]}" -v given="$most" 'BEGIN {
            n = given != "" ? given : work / 600 > cores ? work / 600 : cores
            n = n < useful ? n : useful
            n = n > least ? n : least
            n = n < most ? n : most
            n = n > 1 ? n + 0.999 : 1
            printf "%d\n", n }')
    [ "$number" -eq "$limit" ] || plan "$number" "$@" || return
    at_least ranks "$number"
    at_least seconds "${plan[seconds]}"
    at_least bytes "${plan[memory_per_node_bytes]}"
    work=$((work + $(whole "${plan[core_seconds]}")))
    planned=$((planned + 1))
}

# hours SECONDS
hours() { awk -v s="$1" 'BEGIN { printf "%.1f core hours", s < 360 ? 0.1 : s / 3600 }'; }

ranks=1 seconds=0 bytes=0 work=0 planned=0 members='' most_planned=8
if grep -q '^sweep:' "$config"; then
    # A member on one node; some of many, evenly, stand for all.
    "$strata" sweep "$@" --list >"$scratch/list" || exit
    members=$(wc -l <"$scratch/list")
    limit=${most:-$cores}
    some=$((members < most_planned ? members : most_planned))
    for ((k = 0; k < some; k++)); do
        member=$((some > 1 ? k * (members - 1) / (some - 1) : 0))
        "$strata" sweep "$@" --show "$member" >"$scratch/member.yaml"
        propose "$scratch/member.yaml" || printf 'member %d cannot be planned\n' "$member"
    done
    [ "$planned" -gt 0 ] || stop "strata plan failed for all members that were asked for"
    work=$((work * members / planned))
else
    limit=${most:-$((cores * node_count))}
    [ "$limit" -le 4096 ] || limit=4096 # as far as strata plan looks
    propose "$config" "${settings[@]}" || stop "strata plan failed for $config"
fi
job_nodes=$(((ranks + cores - 1) / cores))
time=$((5 + (seconds * 3 / 2 + 59) / 60)) # half as long again: other nodes are slower than this one
memory=$((256 + bytes * 6 / 5 / 1000000))

# --- The proposal ---------------------------------------------------------------------------------

if [ -z "$members" ]; then
    printf '%s: about %d s on %d ranks, %s\n' "$config" "$seconds" "$ranks" "$(hours "$work")"
else
    printf '%s: %d members, each at most about %d s on %d ranks, %s in all (by %d of them)\n' "$config" \
        "$members" "$seconds" "$ranks" "$(hours "$work")" "$planned"
fi
printf 'partition %s: %d nodes of %d cores\n' "$partition" "$node_count" "$cores"
if [ -n "$longest" ] && [ "$time" -gt "$longest" ]; then
    printf 'longer than the %d minutes allowed: the job will queue itself again until it is complete\n' \
        "$longest"
    time=$longest
fi
with=(env "STRATA=$strata" "STRATA_JOBS=$jobs")
line=(sbatch --parsable "--partition=$partition" "--nodes=$job_nodes" "--ntasks=$ranks" "--time=$time")
if [ "$node_memory" -gt 1 ]; then # 1: this cluster does not count memory
    if [ "$memory" -gt "$node_memory" ]; then
        printf 'a node has %d MB, and %d would be right: lower solver.memory or sampling.count\n' \
            "$node_memory" "$memory"
        memory=$node_memory
    fi
    line+=("--mem=$memory")
fi

show() { printf '  '; printf '%q ' "$@"; printf '\n'; }

# A sweep may have more members than an array can have tasks: one array for each `tasks` of them.
tasks=$(scontrol show config | sed -n 's/^MaxArraySize *= *//p')
tasks=$((${tasks:-1001} - 1))
if [ -z "$concurrent" ]; then
    concurrent=$((cores * node_count / ranks))
    [ "$concurrent" -ge 1 ] || concurrent=1
fi
# set_array OFFSET: the command for the array of the members from there on.
set_array() {
    local last=$((members - $1 - 1))
    [ "$last" -lt "$tasks" ] || last=$((tasks - 1))
    array=("${with[@]}" "STRATA_OFFSET=$1" "${line[@]}" "--array=0-$last%$concurrent")
}
gather=("${with[@]}" sbatch --parsable "--partition=$partition" --nodes=1 --ntasks=1 --time=30
    --kill-on-invalid-dep=yes "--output=strata-gather-%j.log")

if [ -z "$members" ]; then
    show "${with[@]}" "${line[@]}" "$jobs/strata.sbatch" "$@"
else
    for ((offset = 0; offset < members; offset += tasks)); do
        set_array "$offset"
        show "${array[@]}" "$jobs/sweep.sbatch" "$@"
    done
    show "${gather[@]}" --dependency=afterany:ARRAY "$jobs/sweep.sbatch" "$@" --gather
fi
if [ -z "$yes" ]; then
    read -r -p 'Submit? [y/N] ' answer || answer=''
    case $answer in
    y | Y | yes) ;;
    *)
        echo 'not submitted'
        exit 0
        ;;
    esac
fi
if [ -z "$members" ]; then
    id=$("${with[@]}" "${line[@]}" "$jobs/strata.sbatch" "$@")
    printf 'job %s\n' "$id"
    exit
fi
after=afterany
for ((offset = 0; offset < members; offset += tasks)); do
    set_array "$offset"
    id=$("${array[@]}" "$jobs/sweep.sbatch" "$@")
    after+=:${id%%;*}
    printf 'array %s\n' "${id%%;*}"
done
id=$("${gather[@]}" "--dependency=$after" "$jobs/sweep.sbatch" "$@" --gather)
printf 'gather %s\n' "$id"
