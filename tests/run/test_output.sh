#!/usr/bin/env bash
# The output folder: what is made, what is refused, and what is left when things end early.
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"

input good good.h5
configuration good.h5

# Folders that cannot be used.
echo text >file
strata 2 run config.yaml --out file
expect_status 2
expect_said output.directory file "not a folder"
strata 1 run config.yaml --out file/inner
expect_status 2
expect_said output.directory
if [ "$(id -u)" -ne 0 ]; then
    mkdir closed
    chmod 500 closed
    strata 2 run config.yaml --out closed
    expect_status 2
    expect_said output.directory closed "ermission"
    expect_nothing_in closed
fi

# The same run again is fine, another is not, unless told.
strata 2 run config.yaml --out 'a/b c'
expect_status 0
expect_file 'a/b c/results.h5' 'a/b c/summary.csv'
strata 1 run config.yaml --out 'a/b c'
expect_status 0
cp 'a/b c/results.h5' first.h5
strata 2 run config.yaml --out 'a/b c' --set sampling.count=20
expect_status 2
expect_said "sampling" "count: 0" "count: 20" --fresh
check "untouched" cmp first.h5 'a/b c/results.h5'
strata 2 run config.yaml --out 'a/b c' --set sampling.count=20 --fresh
expect_status 0

# Killed in the middle: no results, and nothing half-made. (300 samples of 15 layers take seconds.)
configuration "$data/modular-sum.h5" 'sampling: {count: 500}'
"$strata_program" run config.yaml --out killed >stdout.txt 2>stderr.txt &
sleep 2
{ kill -KILL $! && wait $!; } 2>/dev/null || true
what="killed" out=$(cat stdout.txt) err=$(cat stderr.txt)
expect_nothing_in killed

# Odd names run through to the tables and the pictures.
input odd_names odd.h5
configuration odd.h5
strata 2 run config.yaml --out odd --set 'output.figures=[svg, png]'
expect_status 0
expect_file odd/results.h5 odd/summary.csv
if command -v gnuplot >/dev/null; then
    expect_file odd/figures/overview.svg odd/figures/overview.png odd/figures/series.svg
    for picture in odd/figures/*.svg; do
        check "$picture is XML" "$python" -c \
            'import sys, xml.etree.ElementTree as t; t.parse(sys.argv[1])' "$picture"
        ! grep -q '<script' "$picture" || complain "$picture holds a script"
    done
fi
# Another run in the folder: its pictures only, and what is not Strata's stays.
if command -v gnuplot >/dev/null; then
    touch odd/figures/gw-7.svg odd/figures/gw-007.svg odd/figures/gw-7.svg.bak odd/figures/across.png \
        odd/figures/mine.png odd/figures/overview.txt
    strata 1 run config.yaml --out odd --set 'output.figures=[svg]'
    expect_status 0
    what="pictures of a second run"
    for name in gw-007.svg gw-7.svg.bak mine.png overview.txt; do
        [ -e "odd/figures/$name" ] || complain "$name is gone"
    done
    others=$(find odd/figures -name '*.png' ! -name mine.png -o -name gw-7.svg)
    [ -z "$others" ] || complain "left $others"
    expect_file odd/figures/overview.svg
fi
check "names in table and results" "$python" - "$run_folder" <<'PYTHON'
import csv
import sys

import h5py

sys.path.insert(0, sys.argv[1])
from make_input import ODD

with h5py.File("odd/results.h5") as f:
    assert [name.decode() for name in f["layers"][()]] == ODD
rows = list(csv.reader(open("odd/summary.csv", newline="", encoding="utf-8")))
assert len({len(row) for row in rows}) == 1 and len(rows) == 4, rows
PYTHON
strata 1 inspect odd.h5
expect_status 0
strata 1 inspect odd/results.h5
expect_status 0
rm -rf odd/figures
strata 1 report odd/results.h5
expect_status 0
if command -v gnuplot >/dev/null; then # as the run was configured
    expect_file odd/figures/overview.svg
    [ ! -e odd/figures/overview.png ] || complain "drew a format that was not asked for"
fi

# Without gnuplot: all but the pictures, and a warning.
mkdir bin
IFS=: read -ra folders <<<"$PATH"
for folder in "${folders[@]}"; do
    ln -s "$folder"/* bin/ 2>/dev/null || true # what came first stays
done
rm -f bin/gnuplot*
configuration good.h5
status=0
PATH=$scratch/bin timeout 60 "$strata_program" run config.yaml --out plain \
    --set 'output.figures=[png]' >stdout.txt 2>stderr.txt || status=$?
what="without gnuplot" out=$(cat stdout.txt) err=$(cat stderr.txt)
expect_status 0
expect_said gnuplot
expect_file plain/results.h5 plain/summary.csv
[ ! -e plain/figures ] || [ -z "$(ls -A plain/figures)" ] || complain "pictures without gnuplot"

finish
