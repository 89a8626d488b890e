#!/usr/bin/env bash
# How well `strata plan` foretells a run: the bundled study, as it is configured and with options.
#
#   tests/bench/plan.sh [--ranks N] [--build FOLDER] [OPTION of strata run]…
#
# such as --set sampling.count=1000. Foretold and measured: seconds of the whole command, as the user
# waits for it, and of computing, in all processes together. Where the machine does other work, only
# the latter can agree.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root"

ranks=$(nproc)
folder=
options=()
while [ $# -gt 0 ]; do
    case $1 in
    --ranks) ranks=$2 && shift ;;
    --build) folder=$2 && shift ;;
    -h | --help)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
    *) options+=("$1") ;;
    esac
    shift
done
if [ -z "$folder" ]; then
    folder=build/bench/run
    mkdir -p build/bench
    build "$folder" -DBUILD_TESTING=OFF
fi
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

"$folder/strata" plan configs/modular-sum.yaml --ranks "$ranks" --format keys "${options[@]}" | tee "$out/keys"
TIMEFORMAT='%R %U %S'
{ time mpirun -n "$ranks" --oversubscribe --bind-to none "$folder/strata" run \
    configs/modular-sum.yaml --fresh --out "$out/run" "${options[@]}" >"$out/log" 2>&1; } 2>"$out/time"
awk -v ranks="$ranks" '
    $1 == "seconds" { seconds = $2 }
    $1 == "seconds_doubt" { doubt = $2 }
    $1 == "core_seconds" { core = $2 }
    NF == 3 { real = $1; computed = $2 + $3 }
    END {
        printf "\n%d ranks: foretold %.1f s, give or take %.0f %%; took %.1f s (%+.0f %%)\n", ranks, seconds,
               100 * doubt, real, 100 * (seconds / real - 1)
        printf "computing: foretold %.1f s, took %.1f s (%+.0f %%)\n", core, computed,
               100 * (core / computed - 1)
    }' "$out/keys" "$out/time"
