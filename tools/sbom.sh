#!/usr/bin/env bash
# sbom.sh PROGRAM OUTPUT: writes what a built program is made of, its modules with their versions
# and licences, as CycloneDX JSON. It is read from the program itself, not from go.mod. The same
# program gives the same bytes: the time in it is that of SOURCE_DATE_EPOCH, or of the last commit.
set -euo pipefail
[ $# -eq 2 ] || { echo 'usage: sbom.sh PROGRAM OUTPUT' >&2; exit 2; }
program=$(realpath "$1") output=$(realpath -m "$2")
cd "$(dirname "$0")/.."
mkdir -p "$(dirname "$output")"
version=$(sed -n 's/^const Version = "\(.*\)"$/\1/p' cmd/teahouse/server/version.go)
go tool -modfile=tools/packaging/go.mod cyclonedx-gomod bin -json -licenses -std -noserial -version "v$version" -output "$output" "$program" 2>/dev/null
# When it was made says nothing about the program.
at=$(date -u -d "@${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}" +%FT%TZ)
sed -i "0,/\"timestamp\": \"[^\"]*\"/s//\"timestamp\": \"$at\"/" "$output"
