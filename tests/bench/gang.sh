#!/usr/bin/env bash
# One GW problem over many ranks: time on one rank and on more, the share and the rate of PDGEMM,
# memory counted and measured; POT's exact solver on the same distances; and, from the constants
# measured here, a projection to larger problems and machines.
#
#   tests/bench/gang.sh [--sizes "4000 8000"] [--ranks "1 2"] [--effort fast|standard]
#                       [--pot N] [--python PYTHON] [--build FOLDER]
#
# The data are two layers of a random network over clustered points. --pot N: also POT with N
# points; PYTHON needs NumPy, and POT for that. Cores that do other work meanwhile spoil the numbers:
# ranks wait for each other thousands of times in a solve.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../../jobs/setup.sh"
cd "$strata_root"

sizes="4000 8000"
ranks="1 2"
effort=fast
pot=0
python=python3
folder=
while [ $# -gt 0 ]; do
    case $1 in
    --sizes) sizes=$2 ;;
    --ranks) ranks=$2 ;;
    --effort) effort=$2 ;;
    --pot) pot=$2 ;;
    --python) python=$2 ;;
    --build) folder=$2 ;;
    *)
        sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
    shift 2
done
if [ -z "$folder" ]; then
    folder=build/bench/gang
    mkdir -p build/bench
    build "$folder"
fi
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
bench=$folder/tests/bench_gang
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# make_layers N: $out/x$N and $out/y$N, double [N, 64] and [N, 48]
make_layers() {
    "$python" - "$1" "$out" <<'PYTHON'
import sys
import numpy as np
n, out = int(sys.argv[1]), sys.argv[2]
r = np.random.default_rng(5)
z = r.normal(size=(n, 8)) + 2 * r.normal(size=(10, 8))[r.integers(0, 10, n)]
def layer(x, width):
    return x @ r.normal(size=(x.shape[1], width)) / np.sqrt(x.shape[1])
x = np.tanh(layer(z, 64))
y = np.maximum(layer(np.maximum(layer(x, 64), 0), 48), 0)
x.tofile(f"{out}/x{n}")
y.tofile(f"{out}/y{n}")
PYTHON
}

run_pot() {
    "$python" - "$1" "$out" <<'PYTHON'
import sys
import time
import numpy as np
import ot
n, out = int(sys.argv[1]), sys.argv[2]
def distances(path, d):
    D = ot.dist(np.fromfile(path).reshape(n, d), metric="euclidean")
    return D / D.mean()
A, B, p = distances(f"{out}/x{n}", 64), distances(f"{out}/y{n}", 48), np.full(n, 1 / n)
begin = time.time()
_, log = ot.gromov.gromov_wasserstein(A, B, p, p, "square_loss", log=True)
print(f"n={n} POT loss={log['gw_dist']:.9f} solve={time.time() - begin:.2f}")
PYTHON
}

for n in $sizes; do
    make_layers "$n"
    for p in $ranks; do
        mpirun -n "$p" "$bench" "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n" | tee -a "$out/results"
    done
done
if [ "$pot" -gt 0 ]; then
    [ -e "$out/x$pot" ] || make_layers "$pot"
    run_pot "$pot"
fi

# Time: the products' flops at the rate measured with most ranks; all else is n^2 or n^2 log n.
"$python" - "$out/results" <<'PYTHON'
import sys
last = {}
for line in open(sys.argv[1]):
    fields = dict(f.split("=") for f in line.split())
    print("n=%s ranks=%s: PDGEMM is %.0f %% of products, %.0f %% of the solve" % (
        fields["n"], fields["ranks"], 100 * float(fields["pdgemm"]) / float(fields["product"]),
        100 * float(fields["pdgemm"]) / float(fields["solve"])))
    last = fields
n, p = int(last["n"]), int(last["ranks"])
product, rest = float(last["product"]), float(last["solve"]) - float(last["product"])
for size in (20000, 50000):
    for ranks in (64, 1024):
        seconds = (product * (size / n) ** 3 + rest * (size / n) ** 2) * p / ranks
        print(f"projection, n={size} on {ranks} ranks: {seconds:.0f} s if all of it scales")
PYTHON
for n in 20000 50000; do
    for p in 64 1024; do
        bytes=$(mpirun -n 1 "$bench" bytes "$n" 64 "$p")
        echo "projection, n=$n on $p ranks: $((bytes / 1000000)) MB a rank"
    done
done
