# shellcheck shell=bash
# Set-up shared by the scripts of jobs/ and tests/: sourced, not run.
#
# Installs the packages that are missing (Debian and Ubuntu), and builds. Does nothing that is done.

strata_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What building and running need; tests add theirs.
# shellcheck disable=SC2034 # for the scripts that source this
strata_packages=(build-essential cmake ninja-build pkg-config libopenmpi-dev openmpi-bin
    libhdf5-openmpi-dev libscalapack-openmpi-dev libopenblas-dev liblapacke-dev libyaml-dev
    libxxhash-dev gnuplot-nox fonts-dejavu-core)

say() { printf '== %s\n' "$*" >&2; }

# install_packages NAME…: installs those of the packages that are missing.
install_packages() {
    local missing=() as_root=() package
    if ! command -v dpkg-query apt-get >/dev/null; then
        say "not Debian or Ubuntu: taking these as there: $*"
        return 0
    fi
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        if ! command -v sudo >/dev/null; then
            say "missing, and neither root nor sudo to install them: ${missing[*]}"
            return 1
        fi
        as_root=(sudo)
    fi
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" </dev/null >/dev/null
}

# build FOLDER [CMAKE OPTION…]: configures and builds a folder below the project's root.
build() {
    local folder=$strata_root/$1 log
    shift
    log=$(mktemp)
    say "building ${folder#"$strata_root"/}"
    if ! { cmake -S "$strata_root" -B "$folder" -G Ninja "$@" &&
        cmake --build "$folder"; } >"$log" 2>&1; then
        tail -n 60 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}

# Open MPI refuses to start as root unless told that it is meant.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
# Containers often forbid one process to read another's memory; Open MPI says so at every start.
export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
