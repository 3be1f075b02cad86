#!/usr/bin/env bash
# ship.sh PROGRAM VERSION OS ARCH: makes what is released beside the archive of a built program, in
# bin/release/shipped: the list of what it is made of, and for Linux the Debian package. It needs
# bin/teahouse-host, which beside.sh builds.
set -euo pipefail
[ $# -eq 4 ] || { echo 'usage: ship.sh PROGRAM VERSION OS ARCH' >&2; exit 2; }
program=$(realpath "$1") version=$2 os=$3 arch=$4
cd "$(dirname "$0")/.."
shipped=bin/release/shipped
sbom=$shipped/teahouse_${version}_${os}_${arch}.cdx.json
tools/sbom.sh "$program" "$sbom"
if [ "$os" = linux ]; then
	HOST=bin/teahouse-host SBOM=$sbom deploy/deb/build.sh "$program" "$arch" "$shipped/teahouse_${version}_${arch}.deb"
fi
