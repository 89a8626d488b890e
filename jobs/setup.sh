# Set-up shared by the scripts of jobs/ and tests/: sourced, not run.
#
# Installs the packages that are missing (Debian and Ubuntu), and builds. Does nothing that is done.

strata_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What building and running need; tests add theirs. Each with a file that tells it is there.
strata_packages="build-essential cmake ninja-build pkg-config libopenmpi-dev openmpi-bin
    libhdf5-openmpi-dev libscalapack-openmpi-dev libopenblas-dev liblapacke-dev libyaml-dev
    libxxhash-dev libcunit1-dev gnuplot-nox fonts-dejavu-core"

say() { printf '== %s\n' "$*" >&2; }

# install_packages NAME…: installs those of the packages that are missing.
install_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    if ! command -v apt-get >/dev/null; then
        say "missing: ${missing[*]}; this script installs on Debian and Ubuntu only, please install them"
        return 1
    fi
    local as_root=()
    [ "$(id -u)" -eq 0 ] || as_root=(sudo)
    say "installing ${missing[*]}"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
        --no-install-recommends "${missing[@]}" >/dev/null
}

# build FOLDER [CMAKE OPTION…]: configures and builds below the project's root.
build() {
    local folder=$strata_root/$1
    shift
    say "building ${folder#"$strata_root"/}"
    cmake -S "$strata_root" -B "$folder" -G Ninja "$@" >"$folder.log" 2>&1 ||
        { cat "$folder.log" >&2; return 1; }
    cmake --build "$folder" >"$folder.log" 2>&1 || { tail -n 50 "$folder.log" >&2; return 1; }
    rm -f "$folder.log"
}

# Open MPI refuses to start as root unless told that it is meant.
if [ "$(id -u)" -eq 0 ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
