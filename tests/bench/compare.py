"""Times Strata's solver beside POT and SciPy; started by compare.sh.

What is compared
    gw          Strata, fast and standard, with ot.gromov_wasserstein from its default start. Both
                get the same distance matrices: Euclidean, divided by their mean, of real
                activations, for pairs of layers drawn over all checkpoints. POT's time is that
                call; Strata's is one solve. What Strata computes once per layer is timed apart
                (`prepare`); `with prepare` charges every pair with both of its layers, as if they
                were used for no other pair.
    assignment  Strata with ot.emd and SciPy's linear_sum_assignment on GW gradients: those of real
                pairs at the identity and at the first step from the product coupling, doubly
                centred. Strata gets them in single precision, which it needs, the others in
                double; objectives are evaluated in double for all.

    transport   Strata with ot.emd on the same gradients for couplings that are no permutations:
                random weights, and different sizes. Both in double precision, from nothing.

How
    One thread each, one process, every contender warmed up once. Within a pair the contenders take
    turns, and their order rotates from pair to pair. Ratios are per pair, then medians over pairs:
    `loss` is Strata's over POT's (below 1: Strata found a better coupling), `faster` is the other's
    seconds over Strata's. That both mean the same number by loss is checked on POT's own coupling.
"""

import argparse
import json
import os
import statistics
import sys

import h5py
import numpy as np
import ot
import scipy
from scipy.optimize import linear_sum_assignment

from measure import ABOVE, machine, timed
from strata import Strata

HERE = os.path.dirname(os.path.abspath(__file__))
BUNDLED = os.path.join(HERE, "..", "data", "modular-sum.h5")
EFFORTS = ("fast", "standard")
EMD_STEPS = 10**8  # never the limit: the default stops early with a warning


def in_turn(contenders, turn):
    """{name: (value, seconds)} of {name: callable}, starting at another one each turn."""
    names = list(contenders)
    first = turn % len(names)
    results = {name: timed(contenders[name]) for name in names[first:] + names[:first]}
    return {name: results[name] for name in names}


def layer_names(path):
    with h5py.File(path, "r") as f:
        return [s.decode() for s in f["layers"][()]]


def load(path, step, layer, n):
    """Activations [n, d] of a layer at a checkpoint."""
    with h5py.File(path, "r") as f:
        group, = (g for g in f["checkpoints"].values() if g.attrs["step"] == step)
        x = group[layer][:n]
    if len(x) < n:
        sys.exit("%s has %d inputs, %d are needed" % (path, len(x), n))
    return x.reshape(n, -1).astype(np.float64)


def choose_pairs(path, count):
    """(step, layer, layer) over all checkpoints and pairs of different layers, in a random order:
    the same for every size, if the files have the same layers and steps."""
    with h5py.File(path, "r") as f:
        steps = sorted(int(g.attrs["step"]) for g in f["checkpoints"].values())
    names = layer_names(path)
    pairs = [(step, a, b) for step in steps for k, a in enumerate(names) for b in names[k + 1:]]
    order = np.random.RandomState(0).permutation(len(pairs))
    return [pairs[k] for k in order[:count]]


# --- GW ------------------------------------------------------------------------------------------

def pot_gw(A, B):
    uniform = np.full(len(A), 1 / len(A))
    T, log = ot.gromov.gromov_wasserstein(A, B, uniform, uniform, "square_loss", log=True)
    return T, log["gw_dist"].item()


def check_same_loss(strata, a, b, T, value):
    """POT's value of its own coupling must be Strata's, where the coupling is a permutation."""
    permutation = T.argmax(1).astype(np.int32)
    if len(set(permutation.tolist())) < len(T) or T.max(1).min() * len(T) < 1 - 1e-9:
        return None
    difference = abs(strata.loss(a, b, permutation) - value)
    if difference > 1e-9:
        sys.exit("POT and Strata differ by %g in the loss of one coupling" % difference)
    return difference


def compare_pair(strata, A, B, turn):
    """A row of numbers; the first turn warms up."""
    n = len(A)
    a, prepare_a = timed(strata.space, A)
    b, prepare_b = timed(strata.space, B)
    contenders = {"pot": lambda: pot_gw(A, B)}
    for effort in EFFORTS:
        contenders[effort] = lambda e=effort: strata.solve(n, a, b, e)[0]
    if turn == 0:
        for effort in EFFORTS:
            contenders[effort]()
        pot_gw(A[:50, :50].copy(), B[:50, :50].copy())
    results = in_turn(contenders, turn)
    (T, pot_loss), pot_seconds = results["pot"]
    row = {"n": n, "pot_loss": pot_loss, "pot_seconds": pot_seconds,
           "prepare_seconds": prepare_a + prepare_b,
           "same_loss": check_same_loss(strata, a, b, T, pot_loss)}
    for effort in EFFORTS:
        values, seconds = results[effort]
        row.update({effort + "_loss": values[0], effort + "_seconds": seconds,
                    effort + "_loss_ratio": values[0] / pot_loss,
                    effort + "_faster": pot_seconds / seconds,
                    effort + "_faster_with_prepare":
                        pot_seconds / (seconds + row["prepare_seconds"])})
        row["lower_bound"] = values[1]
    strata.free(a)
    strata.free(b)
    return row


def compare_gw(strata, path, n, count):
    rows = []
    for turn, (step, a, b) in enumerate(choose_pairs(path, count)):
        A, B = (strata.distances(load(path, step, layer, n)) for layer in (a, b))
        rows.append({"step": step, "a": a, "b": b, **compare_pair(strata, A, B, turn)})
        print_gw_row(rows[-1], turn == 0)
    print_gw_medians(rows)
    return rows


def print_gw_row(row, first):
    if first:
        print("\n## GW, n = %d\n" % row["n"])
        print("| step | pair | POT loss | s | fast: loss | faster | standard: loss | faster "
              "| lower bound |")
        print("|--:|---|--:|--:|--:|--:|--:|--:|--:|")
    print("| {step} | {a} – {b} | {pot_loss:.6f} | {pot_seconds:.3f} "
          "| {fast_loss_ratio:.3f} × | {fast_faster:.1f} × "
          "| {standard_loss_ratio:.3f} × | {standard_faster:.1f} × | {lower_bound:.6f} |"
          .format(**row), flush=True)


def median(rows, key):
    return statistics.median(row[key] for row in rows)


def print_gw_medians(rows):
    print("| | **median of %d** | | %.3f | %.3f × | %.1f × | %.3f × | %.1f × | |" % (
        len(rows), median(rows, "pot_seconds"), median(rows, "fast_loss_ratio"),
        median(rows, "fast_faster"), median(rows, "standard_loss_ratio"),
        median(rows, "standard_faster")))
    print("| | with prepare (%.3f s) | | | | %.1f × | | %.1f × | |" % (
        median(rows, "prepare_seconds"), median(rows, "fast_faster_with_prepare"),
        median(rows, "standard_faster_with_prepare")))
    print()
    for effort in EFFORTS:
        faster = [row[effort + "_faster"] for row in rows]
        ratios = [row[effort + "_loss_ratio"] for row in rows]
        print("%s: above POT on %d of %d pairs, at worst %.4f × its loss; %.1f to %.1f times faster"
              % (effort, sum(ratio > 1 + ABOVE for ratio in ratios), len(rows), max(ratios),
                 min(faster), max(faster)))


# --- Assignment ----------------------------------------------------------------------------------

def gradient(A, B, permutation):
    """A quarter of the gradient of n^2 * loss, without what no permutation feels: -J A P B J."""
    return double_centre(-(A @ B[permutation]))


def double_centre(C):
    return C - C.mean(0) - C.mean(1, keepdims=True) + C.mean()


def first_step(A, B):
    """Where the product coupling's gradient leads: points sorted by their mean distance."""
    permutation = np.empty(len(A), np.int64)
    permutation[A.mean(1).argsort(kind="stable")] = B.mean(1).argsort(kind="stable")
    return permutation


def compare_assignment(strata, path, n, count):
    uniform = np.full(n, 1 / n)
    rows = []
    for step, a, b in choose_pairs(path, count):
        A, B = (strata.distances(load(path, step, layer, n)) for layer in (a, b))
        for start, permutation in (("identity", np.arange(n)), ("product", first_step(A, B))):
            cost = gradient(A, B, permutation)
            narrow = cost.astype(np.float32)
            contenders = {
                "strata": lambda: strata.assign(narrow),
                "emd": lambda: ot.emd(uniform, uniform, cost, numItermax=EMD_STEPS).argmax(1),
                "scipy": lambda: linear_sum_assignment(cost)[1]}
            if not rows:
                contenders["strata"]()
            row = {"n": n, "step": step, "a": a, "b": b, "start": start}
            for name, (columns, seconds) in in_turn(contenders, len(rows)).items():
                row[name + "_seconds"] = seconds
                row[name + "_objective"] = float(cost[np.arange(n), columns].sum())
            scale = np.abs(cost).max() * n
            row["above_emd"] = (row["strata_objective"] - row["emd_objective"]) / scale
            for name in ("emd", "scipy"):
                row[name + "_faster"] = row[name + "_seconds"] / row["strata_seconds"]
            rows.append(row)
            print_assignment_row(row, len(rows) == 1)
    print("| | **median of %d** | | %.4f | %.3f | %.1f × | %.3f | %.1f × | |" % (
        len(rows), median(rows, "strata_seconds"), median(rows, "emd_seconds"),
        median(rows, "emd_faster"), median(rows, "scipy_seconds"), median(rows, "scipy_faster")))
    return rows


def print_assignment_row(row, first):
    if first:
        print("\n## Assignment on GW gradients, n = %d\n" % row["n"])
        print("| step | pair | at | Strata s | ot.emd s | faster | SciPy s | faster "
              "| objective above emd's, parts of n max abs cost |")
        print("|--:|---|---|--:|--:|--:|--:|--:|--:|")
    print("| {step} | {a} – {b} | {start} | {strata_seconds:.4f} | {emd_seconds:.3f} | {emd_faster:.1f} × "
          "| {scipy_seconds:.3f} | {scipy_faster:.1f} × | {above_emd:.1e} |".format(**row),
          flush=True)


# --- Transport -----------------------------------------------------------------------------------

def weights(random, n, uniform):
    w = np.ones(n) if uniform else random.exponential(size=n)
    return w / w.sum()


def coupling_gradients(A, B, p, q):
    """Half the gradient of the loss, at the product coupling and where its first step leads."""
    constant = (A**2 @ p)[:, None] + B**2 @ q
    at_product = constant - 2 * np.outer(A @ p, B @ q)
    step = ot.emd(p, q, at_product, numItermax=EMD_STEPS)
    return {"product": at_product, "first step": constant - 2 * (A @ step @ B)}


def compare_transport(strata, path, n, count):
    rows = []
    random = np.random.RandomState(0)
    for step, a, b in choose_pairs(path, count):
        A, B = (strata.distances(load(path, step, layer, n)) for layer in (a, b))
        for m, uniform in ((n, False), (7 * n // 10, True), (7 * n // 10, False)):
            p, q = weights(random, n, uniform), weights(random, m, uniform)
            costs = coupling_gradients(A, np.ascontiguousarray(B[:m, :m]), p, q)
            for at, cost in costs.items():
                contenders = {"strata": lambda: strata.transport(cost, p, q),
                              "emd": lambda: ot.emd2(p, q, cost, numItermax=EMD_STEPS)}
                if not rows:
                    contenders["strata"]()
                results = in_turn(contenders, len(rows))
                row = {"n": n, "m": m, "step": step, "a": a, "b": b, "at": at,
                       "weights": "uniform" if uniform else "random",
                       "strata_seconds": results["strata"][1], "emd_seconds": results["emd"][1],
                       "faster": results["emd"][1] / results["strata"][1],
                       "above_emd": (results["strata"][0] - results["emd"][0]) / np.abs(cost).max()}
                rows.append(row)
                print_transport_row(row, len(rows) == 1)
    print("| | **median of %d**, least %.1f × | | | | %.4f | %.3f | %.1f × | |" % (
        len(rows), min(row["faster"] for row in rows), median(rows, "strata_seconds"),
        median(rows, "emd_seconds"), median(rows, "faster")))
    return rows


def print_transport_row(row, first):
    if first:
        print("\n## Transport between weights, n = %d\n" % row["n"])
        print("| step | pair | m | weights | at | Strata s | ot.emd s | faster "
              "| cost above emd's, parts of max abs cost |")
        print("|--:|---|--:|---|---|--:|--:|--:|--:|")
    print("| {step} | {a} – {b} | {m} | {weights} | {at} | {strata_seconds:.4f} "
          "| {emd_seconds:.3f} | {faster:.1f} × | {above_emd:.1e} |".format(**row), flush=True)


# --- The whole -----------------------------------------------------------------------------------

def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, help="made by compare.sh")
    parser.add_argument("--json", help="where to write all numbers")
    parser.add_argument("--activations", default=BUNDLED, help="default: the bundled study")
    parser.add_argument("--n2000-file", help="activations of at least 2000 inputs, made by "
                        "tests/studies/modular_sum.py --samples 2000")
    parser.add_argument("--pairs", type=int, help="GW pairs per size (default 20, 12, 6)")
    parser.add_argument("--quick", action="store_true", help="a smoke test at n = 200")
    arguments = parser.parse_args()
    strata = Strata(arguments.library)
    report = {"machine": machine(np, scipy, ot), "gw": []}
    print("# Strata beside POT {ot} and SciPy {scipy}\n\n{processor}, one thread each, {date}, "
          "load average {load_average:.1f}".format(**report["machine"]))
    plan = [(200, 3, arguments.activations)] if arguments.quick else [
        (500, 20, arguments.activations), (1000, 12, arguments.activations),
        (2000, 6, arguments.n2000_file)]
    for n, pairs, path in plan:
        if path is None:
            print("\n(n = %d left out: no --n2000-file)" % n)
            continue
        report["gw"] += compare_gw(strata, path, n, arguments.pairs or pairs)
    n, _, path = plan[-1] if plan[-1][2] else plan[-2]
    report["assignment"] = compare_assignment(strata, path, n, 3)
    report["transport"] = compare_transport(strata, arguments.activations, min(n, 1000), 3)
    if arguments.json:
        with open(arguments.json, "w", encoding="utf-8") as f:
            json.dump(report, f, indent=1)


if __name__ == "__main__":
    main()
