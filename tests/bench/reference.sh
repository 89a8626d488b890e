#!/usr/bin/env bash
# The reference set (tests/bench/reference): everybody's losses and seconds on it, or its making.
#
#   tests/bench/reference.sh [--quick] [--limit SECONDS] [--report] [OPTION of reference.py]…
#       Strata's efforts, POT, CAJAL and SciPy, one thread each: the table, .readme/reference.md, and
#       the picture, .readme/reference.png. An hour, since some are slow (--limit 30: ten minutes);
#       --quick: a minute, on small problems, into build/bench. --report: of the last run's numbers.
#   tests/bench/reference.sh search [--minutes N]
#       goes on with the search for the best-known losses, and keeps what is better.
#   tests/bench/reference.sh check
#       recomputes the stored losses from data and permutations.
#
# Makes a virtual environment with pinned versions (Python 3.11 or later) below build/.
# STRATA_BENCH_PYTHON names a Python that has the same, to be used instead.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

python=${STRATA_BENCH_PYTHON:-build/bench-reference-venv/bin/python}
if [ -z "${STRATA_BENCH_PYTHON:-}" ]; then
    environment build/bench-reference-venv "${numerics[@]}" matplotlib==3.11.2
    # Without the sixty packages that CAJAL's module of GW does not use.
    "$python" -c 'import cajal' 2>/dev/null ||
        "$python" -m pip install --quiet --disable-pip-version-check --no-deps cajal==2.0.3
fi

case ${1:-} in
check) exec "$python" tests/bench/reference/best.py ;;
search)
    shift
    library
    one_thread nice "$python" tests/bench/reference/search.py --library "$library" "$@"
    ;;
*)
    library
    one_thread "$python" tests/bench/reference.py --library "$library" --work "$work" "$@"
    ;;
esac
