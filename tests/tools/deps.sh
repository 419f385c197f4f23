#!/bin/sh
# deps.sh [long|bench] - install what the wider gates use (Debian packages); bench: the peers of
# `make bench-peers`. `make test` needs none of it, and gates whose tool is missing are counted as
# skipped, so this never fails.

packages="gcc g++ make clang-14 clang-19 libclang-rt-14-dev libclang-rt-19-dev tcc
          universal-ctags shellcheck chromium valgrind qemu-user gcc-aarch64-linux-gnu
          libc6-dev-arm64-cross libroaring-dev"
long="musl-tools gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu
      libc6-dev-s390x-cross"
bench="hyperfine libboost-dev libigraph-dev pkg-config python3-numpy python3-scipy
       python3-sklearn python3-networkx"

case "${1:-}" in
long) packages="$packages $long" ;;
bench) packages="$packages $bench" ;;
esac
sudo=
[ "$(id -u)" -eq 0 ] || sudo="sudo -n"
export DEBIAN_FRONTEND=noninteractive

missing=
for package in $packages; do
    dpkg -s "$package" >/dev/null 2>&1 || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
echo "deps: installing$missing"
$sudo apt-get update -qq || echo "deps: no package lists; going on with what is here"
# One by one, so that a package this system does not offer takes no other with it.
for package in $missing; do
    $sudo apt-get install -y -qq --no-install-recommends "$package" >/dev/null ||
        echo "deps: no $package"
done
exit 0
