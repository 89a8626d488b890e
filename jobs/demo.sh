#!/usr/bin/env bash
# The main job on the bundled data: sets up what is missing, builds, and finds the sub-networks of a
# network that learns composed modular sums, over its training.
#
#   jobs/demo.sh [CONFIG [OPTION…]]     default: configs/modular-sum.yaml; options as of strata run
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
cd "$strata_root"

config=${1:-configs/modular-sum.yaml}
[ $# -gt 0 ] && shift
install_packages "${strata_packages[@]}"
build build -DBUILD_TESTING=OFF
ranks=$(nproc)
say "mpirun -n $ranks build/strata run $config --fresh $*"
mpirun -n "$ranks" --oversubscribe --bind-to none build/strata run "$config" --fresh "$@"
