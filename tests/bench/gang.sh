#!/usr/bin/env bash
# One GW problem over many ranks: time on one rank and on more, PDGEMM's share of the solve and its
# rate against PDGEMM by itself, memory counted and measured; POT's exact solver on the same
# distances; the largest problem that fits into 20 GB; and, from the constants measured here, a
# projection to larger problems and machines.
#
#   tests/bench/gang.sh [--sizes "4000 8000"] [--ranks "1 2"] [--effort fast|standard]
#                       [--pot N] [--largest yes] [--python PYTHON] [--build FOLDER]
#
# The data are two layers of a random network over clustered points. --pot N: also POT with N points
# (compare.sh makes a Python that has it: build/bench-venv/bin/python); PYTHON needs NumPy.
# --largest yes: also solves the largest problem, which takes long. Cores that do other work
# meanwhile spoil the numbers: ranks wait for each other thousands of times in a solve.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

sizes="4000 8000"
ranks="1 2"
effort=fast
pot=0
largest=no
python=python3
take_options build sizes ranks effort pot python largest -- "$@"
need bench_gang
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
bench=$build/tests/bench_gang
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

# run RANKS ARGUMENT…: prints what the program prints, and keeps it.
run() {
    mpirun -n "$1" "$bench" "${@:2}" | tee -a "$out/results"
}

for n in $sizes; do
    make_layers "$n"
    for p in $ranks; do
        run "$p" solve "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n"
        run "$p" pdgemm "$n"
    done
done
if [ "$pot" -gt 0 ]; then
    [ -e "$out/x$pot" ] || make_layers "$pot"
    run_pot "$pot" | tee -a "$out/results"
fi

most=${ranks##* }
n=$("$bench" largest 20e9 64 "$most")
echo "within 20 GB on $most ranks: n=$n, $((most * $("$bench" bytes "$n" 64 "$most") / 1000000)) MB in all"
if [ "$largest" = yes ]; then
    make_layers "$n"
    mpirun -n "$most" "$bench" solve "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n"
fi

# Projection: the products' flops at the rate of the last size with most ranks, whatever their
# number; all else as n^2. Both as if all ranks shared them evenly.
"$python" - "$out/results" <<'PYTHON'
import sys

solves, plain, pot = {}, {}, {}
for line in open(sys.argv[1]):
    fields = dict(f.split("=") for f in line.split() if "=" in f)
    key = int(fields["n"]), int(fields.get("ranks", 0))
    if line.startswith("pdgemm"):
        plain[key] = float(fields["gflops"])
    elif "POT" in line:
        pot[key[0]] = float(fields["loss"]), float(fields["solve"])
    else:
        solves[key] = {k: float(v) for k, v in fields.items() if k != "start"}

for (n, p), s in solves.items():
    print(f"n={n} ranks={p}: PDGEMM is {100 * s['pdgemm'] / s['solve']:.0f} % of the solve, at "
          f"{100 * s['gflops'] / plain[n, p]:.0f} % of the rate of PDGEMM by itself; memory counted "
          f"{s['counted_mb'] * 1e6 * p / n ** 2:.1f} n^2 bytes in all, peak {s['peak_mb']:.0f} MB a rank")
    if p > 1 and (n, 1) in solves:
        one = solves[n, 1]
        print(f"n={n}: {p} ranks are {(one['spaces'] + one['solve']) / (s['spaces'] + s['solve']):.2f} "
              "times as fast as one")
    if n in pot:
        print(f"n={n} ranks={p}: {pot[n][1] / s['solve']:.1f} times as fast as POT, "
              f"loss {s['loss'] / pot[n][0]:.3f} of POT's")
n, p = max(solves)
s = solves[n, p]
rest = s["spaces"] + s["solve"] - s["product"]
for size in 20000, 50000:
    for ranks in 64, 1024:
        seconds = (s["product"] * (size / n) ** 3 + rest * (size / n) ** 2) * p / ranks
        print(f"projection from n={n}: n={size} on {ranks} ranks: {seconds:.0f} s if all of it scales")
PYTHON
for n in 20000 50000; do
    for p in 64 1024; do
        echo "projection: n=$n on $p ranks: $(($("$bench" bytes "$n" 64 "$p") / 1000000)) MB a rank"
    done
done
