#!/usr/bin/env bash
# The main job on the bundled data: sets up what is missing, builds, and finds the sub-networks of a
# network that learns composed modular sums, over its training.
#
#   jobs/demo.sh [CONFIG [OPTION…]]     default: configs/modular-sum.yaml; options as of strata run
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

if [ $# -eq 0 ]; then
    cd "$strata_root" # which the paths in it are relative to
    set -- configs/modular-sum.yaml
fi
install_packages "${strata_packages[@]}"
build build -DBUILD_TESTING=OFF
ranks=$(nproc)
say "mpirun --quiet -n $ranks $strata_root/build/strata run $* --fresh"
mpirun --quiet -n "$ranks" --oversubscribe --bind-to none "$strata_root/build/strata" run "$@" --fresh
