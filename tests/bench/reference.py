"""Everybody's losses and seconds on the reference set; started by reference.sh.

Every contender gets the same matrices, on one thread; Strata's are its three efforts. A loss is
compared with the best known one, and computed for all alike, in NumPy, from the coupling that the
contender returned. Seconds of Strata are those of a solve: what it computes once per layer, whatever
the number of pairs, is timed apart.

Others run in a process of their own, which ends at the time limit; one that ended so is not tried on
larger problems. Problems with optimum 0 have no ratio: of these is counted who solved them.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
import warnings

import numpy as np
import ot
import scipy

import contenders
from measure import ABOVE, machine, timed
from strata import EFFORTS, Strata

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "reference"))

import best  # noqa: E402
import problems  # noqa: E402

POT = "POT conditional gradient"
OTHERS = {POT: contenders.pot_gw,
          "POT entropic PPA": contenders.pot_ppa,
          "CAJAL GW": contenders.cajal_gw,
          "SciPy FAQ": contenders.scipy_faq,
          "SciPy 2opt": contenders.scipy_2opt}
NAMES = ["Strata " + effort for effort in EFFORTS] + list(OTHERS)
LIMITS = {"Strata fast": (15, None), "Strata standard": (0.3, 2), "Strata thorough": (0.05, 0.5)}
COLOURS = ["#9ecae1", "#3182bd", "#08306b", "C3", "C4", "C5", "C1", "C7"]
LEAST = 1e-3  # percent above the best known that the picture shows as none
SOLVED = 1e-12  # a loss that is 0 but for rounding
QUICK = ("sum-01", "sum-13", "sum-03", "digits-04", "digits-07", "isometric-1", "noise-3")


# --- Running -------------------------------------------------------------------------------------

def call(solve, A, B, pipe):
    warnings.simplefilter("ignore")  # of POT, on its inner solver's limits
    coupling, seconds = timed(solve, A, B)
    pipe.send((problems.loss(A, B, coupling), seconds))


def limited(solve, A, B, limit):
    """{loss, seconds} of a call in a process of its own, or {error}."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=call, args=(solve, A, B, there))
    process.start()
    there.close()
    try:
        if here.poll(limit):
            loss, seconds = here.recv()
            return {"loss": loss, "seconds": seconds}
        process.kill()
        return {"error": "time"}
    except EOFError:
        return {"error": "failed"}
    finally:
        process.join()


def solve_strata(strata, A, B):
    """{contender: {loss, seconds}}, and the seconds of preparing a layer."""
    a, prepare = timed(strata.space, A)
    b = strata.space(B)
    results = {}
    for effort in EFFORTS:
        (_, permutation), seconds = timed(strata.solve, len(A), a, b, effort)
        results["Strata " + effort] = {"loss": problems.loss(A, B, permutation), "seconds": seconds}
    strata.free(a)
    strata.free(b)
    return results, prepare


def run_problem(strata, problem, others, limit):
    A, B, _ = problems.build(problem)
    results, prepare = solve_strata(strata, A, B)
    for name in others:
        results[name] = limited(OTHERS[name], A, B, limit)
    return {"name": problem.name, "n": problem.n, "prepare": prepare, "results": results}


def run(strata, chosen, limit, path):
    """The report, written after every problem."""
    report = {"machine": machine(np, scipy, ot), "limit": limit, "problems": []}
    solve_strata(strata, *problems.build(chosen[0])[:2])  # warms up
    tried = list(OTHERS)
    for problem in sorted(chosen, key=lambda p: p.n):
        row = run_problem(strata, problem, tried, limit)
        tried = [name for name in tried if row["results"][name].get("error") != "time"]
        report["problems"].append(row)
        with open(path, "w", encoding="utf-8") as f:
            json.dump(report, f, indent=1)
        print("%-12s n = %4d  %s" % (problem.name, problem.n, "  ".join(
            "%s %.3g s" % (name, result["seconds"]) if "seconds" in result else
            "%s: %s" % (name, result["error"]) for name, result in row["results"].items())),
            file=sys.stderr, flush=True)
    return report


# --- Reporting -----------------------------------------------------------------------------------

def results_of(report, name):
    """(row, result) of every problem that the contender ended."""
    return [(row, row["results"][name]) for row in report["problems"]
            if "loss" in row["results"].get(name, {})]


def excesses(report, name):
    """Percent above the best known, of problems whose optimum is not 0."""
    return [100 * (result["loss"] / row["best"] - 1)
            for row, result in results_of(report, name) if row["best"] > SOLVED]


def speeds(report, name):
    """POT's seconds over the contender's, of problems that both ended."""
    return [row["results"][POT]["seconds"] / result["seconds"]
            for row, result in results_of(report, name)
            if "seconds" in row["results"].get(POT, {})]


def above_pot(report, name):
    return sum(result["loss"] > row["results"][POT]["loss"] * (1 + ABOVE) + SOLVED
               for row, result in results_of(report, name)
               if "loss" in row["results"].get(POT, {}))


def table_row(report, name):
    ended = results_of(report, name)
    if not ended:
        return "| %s | none of %d | | | | | | |" % (name, len(report["problems"]))
    above, faster = excesses(report, name), speeds(report, name)
    zero = [result["loss"] <= SOLVED for row, result in ended if row["best"] <= SOLVED]
    return "| %s | %d of %d | %.3g %% | %.3g %% | %d of %d | %d | %.3g | %s |" % (
        name, len(ended), len(report["problems"]), statistics.median(above), max(above), sum(zero),
        len(zero), above_pot(report, name), statistics.median(r["seconds"] for _, r in ended),
        "%.3g ×" % statistics.median(faster) if faster else "")


def table(report):
    lines = ["| | problems | above best known: median | worst | optimum 0: reached | above POT on "
             "| seconds | faster than POT |",
             "|---|--:|--:|--:|--:|--:|--:|--:|"]
    return "\n".join(lines + [table_row(report, name) for name in NAMES])


def verdicts(report):
    """Whether each effort keeps what is promised of it."""
    for name, (median, worst) in LIMITS.items():
        above, higher = excesses(report, name), above_pot(report, name)
        kept = statistics.median(above) <= median and (worst is None or max(above) <= worst)
        yield "%s: within %g %% in the median%s, never above POT: %s" % (
            name, median, "" if worst is None else ", %g %% at worst" % worst,
            "yes" if kept and higher == 0 else "NO (%.3g %%, %.3g %%, above POT on %d)" % (
                statistics.median(above), max(above), higher))


def text(report):
    rows, at = report["problems"], report["machine"]
    largest = max(row["n"] for row in rows)
    return "\n".join([
        "%d problems of %d to %d points; %s, one thread each, %s, load average %.1f; time limit "
        "%g s, after which a contender gets no larger problem. Seconds and ratios are medians over "
        "the problems that were ended. A layer is prepared once, in %.3f s at n = %d.\n" % (
            len(rows), min(row["n"] for row in rows), largest, at["processor"], at["date"],
            at["load_average"], report["limit"],
            statistics.median(row["prepare"] for row in rows if row["n"] == largest), largest),
        table(report), "", *verdicts(report)])


def points(report, name):
    """Seconds over POT's, percent above the best known, of problems whose optimum is not 0."""
    return [(result["seconds"] / row["results"][POT]["seconds"],
             max(LEAST, 100 * (result["loss"] / row["best"] - 1)))
            for row, result in results_of(report, name)
            if row["best"] > SOLVED and "seconds" in row["results"].get(POT, {})]


def draw(report, path):
    """Time against quality: a dot a problem, a large one for the medians."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(figsize=(8, 4.4), constrained_layout=True)
    for name, colour in zip(NAMES, COLOURS):
        if not points(report, name):
            continue
        x, y = zip(*points(report, name))
        style = {"color": colour, "marker": "o" if name.startswith("Strata") else "s"}
        axes.scatter(x, y, s=12, alpha=0.5, linewidths=0, **style)
        axes.scatter(statistics.median(x), statistics.median(y), s=100, alpha=0.9,
                     edgecolors="black", label=name, zorder=3, **style)
    axes.set(xscale="log", yscale="log", xlabel="time, relative to POT's conditional gradient",
             ylabel="loss above the best known, %")
    axes.set_ylim(bottom=LEAST / 1.5)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter("{x:g}")
    axes.grid(alpha=0.3)
    figure.legend(loc="outside right upper", frameon=False)
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--library", required=True, help="made by reference.sh")
    parser.add_argument("--work", required=True, help="folder for reference.json, all numbers")
    parser.add_argument("--quick", action="store_true", help="%d small problems; all goes to "
                        "reference-quick.* in the work folder" % len(QUICK))
    parser.add_argument("--limit", type=float, help="seconds per problem for each of the others "
                        "(default 300; with --quick 20)")
    parser.add_argument("--report", action="store_true", help="table and picture of the numbers "
                        "there are, without a run")
    parser.add_argument("--out", help="folder for reference.md and .png (default: .readme)")
    arguments = parser.parse_args()
    stem = "reference-quick" if arguments.quick else "reference"
    numbers = os.path.join(arguments.work, stem + ".json")
    out = arguments.out or (arguments.work if arguments.quick else ".readme")
    if arguments.report:
        with open(numbers, encoding="utf-8") as f:
            report = json.load(f)
    else:
        chosen = [p for p in problems.PROBLEMS if not arguments.quick or p.name in QUICK]
        limit = arguments.limit or (20 if arguments.quick else 300)
        report = run(Strata(arguments.library), chosen, limit, numbers)
    known = best.read()
    for row in report["problems"]:
        row["best"] = known[row["name"]].loss
    print(text(report))
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, stem + ".md"), "w", encoding="utf-8") as f:
        f.write(text(report) + "\n")
    draw(report, os.path.join(out, stem + ".png"))


if __name__ == "__main__":
    main()
