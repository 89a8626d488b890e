#!/usr/bin/env bash
# One GW problem over many ranks: time on one rank and on more, PDGEMM's share of the solve and its
# rate against PDGEMM by itself, memory counted and measured; POT's exact solver on the same
# distances; the largest problem that fits into 20 GB, or as many as you say, and its solve; and, from
# the constants measured here, a projection to larger problems and machines.
#
#   tests/bench/gang.sh [--sizes "4000 8000"] [--ranks "1 2"] [--effort fast|standard] [--times 2]
#                       [--local yes] [--pot N] [--eigen "2000 4000"] [--largest GB]
#                       [--build FOLDER]
#
# The data are two layers of a random network over clustered points. --times: the fastest of so many
# solves counts. --local yes: the same by the local solver. --pot N: POT with N points, on one thread.
# --eigen: the spectral step of the analysis for so many layers. --largest GB: also solves the largest
# problem within so much memory on the most ranks, which takes long (--sizes "": nothing else).
# STRATA_BENCH_PYTHON: a Python that has NumPy and POT; otherwise one is made.
# Cores that do other work meanwhile spoil the numbers: ranks wait for each other thousands of times in
# a solve.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

sizes="4000 8000"
ranks="1 2"
effort=fast
times=1
local=no
pot=0
eigen=
largest=0
take_options build sizes ranks effort times local pot eigen largest -- "$@"
need bench_gang
python=${STRATA_BENCH_PYTHON:-build/bench-venv/bin/python}
[ -n "${STRATA_BENCH_PYTHON:-}" ] || environment build/bench-venv "${numerics[@]}"
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
bench=$build/tests/bench_gang
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
touch "$out/results"

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
        for _ in $(seq "$times"); do
            run "$p" solve "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n"
        done
        run "$p" pdgemm "$n"
    done
    [ "$local" = no ] || run 1 local "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n"
done
for n in $eigen; do
    for p in $ranks; do
        run "$p" eigen "$n"
    done
done
if [ "$pot" -gt 0 ]; then
    [ -e "$out/x$pot" ] || make_layers "$pot"
    (
        export OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
        run_pot "$pot"
    ) | tee -a "$out/results"
fi

most=${ranks##* }
limit=$largest
[ "$limit" != 0 ] || limit=20
n=$("$bench" largest "${limit}e9" 64 "$most")
echo "within $limit GB on $most ranks: n=$n, $((most * $("$bench" bytes "$n" 64 "$most") / 1000000)) MB in all"
if [ "$largest" != 0 ]; then
    make_layers "$n"
    mpirun -n "$most" "$bench" solve "$n" "$effort" 64 "$out/x$n" 48 "$out/y$n"
fi

# Projection, from the last size on the fewest ranks: the flops of the products as n^3, passes over the
# cost and the spaces as n^2, both as if all ranks shared them evenly; the work on candidate lists,
# which every rank does, as n^2 too (from n=2000 to 8000 it grew as n^1.6 to n^1.9). Messages are left out.
"$python" - "$out/results" <<'PYTHON'
import sys

solves, plain, pot, local, eigen = {}, {}, {}, {}, {}
for line in open(sys.argv[1]):
    fields = dict(f.split("=") for f in line.split() if "=" in f)
    key = int(fields["n"]), int(fields.get("ranks", 0))
    if line.startswith("pdgemm"):
        plain[key] = float(fields["gflops"])
    elif line.startswith("eigen"):
        eigen[key] = float(fields["seconds"])
    elif line.startswith("local"):
        local[key[0]] = {k: float(v) for k, v in fields.items()}
    elif "POT" in line:
        pot[key[0]] = float(fields["loss"]), float(fields["solve"])
    else:
        solve = {k: float(v) for k, v in fields.items() if k != "start"}
        if key not in solves or solve["solve"] < solves[key]["solve"]:
            solves[key] = solve

for (n, p), s in solves.items():
    print(f"n={n} ranks={p}: PDGEMM is {100 * s['pdgemm'] / s['solve']:.0f} % of the solve, at "
          f"{100 * s['gflops'] / plain[n, p]:.0f} % of the rate of PDGEMM by itself; memory counted "
          f"{s['counted_mb'] * 1e6 * p / n ** 2:.1f} n^2 bytes in all, peak {s['peak_mb']:.0f} MB a rank")
    if p > 1 and (n, 1) in solves:
        one = solves[n, 1]
        print(f"n={n}: {p} ranks are {(one['spaces'] + one['solve']) / (s['spaces'] + s['solve']):.2f} "
              "times as fast as one")
    if n in local:
        alone = local[n]
        print(f"n={n} ranks={p}: {(s['spaces'] + s['solve']) / (alone['spaces'] + alone['solve']):.2f} "
              f"times the time of the local solver, loss {s['loss'] / alone['loss']:.4f} of its")
    if n in pot:
        print(f"n={n} ranks={p}: {pot[n][1] / s['solve']:.1f} times as fast as POT, "
              f"loss {s['loss'] / pot[n][0]:.3f} of POT's")
for (n, p), seconds in eigen.items():
    if p > 1 and (n, 1) in eigen:
        print(f"spectral step, {n} layers: {p} ranks are {eigen[n, 1] / seconds:.2f} times as fast as one")
if not solves:
    sys.exit()
n = max(n for n, _ in solves)
p = min(p for m, p in solves if m == n)
s = solves[n, p]
lists = s["assignment"] - s["scans"]
passes = s["spaces"] + s["solve"] - s["product"] - lists
print(f"n={n} ranks={p}: products {s['product']:.1f} s, passes {passes:.1f} s, lists {lists:.1f} s")
for size in 20000, 50000:
    for ranks in 64, 1024:
        r = size / n
        seconds = (s["product"] * r**3 + passes * r**2) * p / ranks + lists * r**2
        print(f"projection from n={n}: n={size} on {ranks} ranks: {seconds:.0f} s, of which lists "
              f"{lists * r**2:.0f} s, without messages")
PYTHON
for n in 20000 50000; do
    for p in 64 1024; do
        echo "projection: n=$n on $p ranks: $(($("$bench" bytes "$n" 64 "$p") / 1000000)) MB a rank"
    done
done
