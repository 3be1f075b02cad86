#!/usr/bin/env bash
# Runs every fuzz target of the module for a number of seconds (default 5):
# the targets are found, not listed, so that a new one cannot be forgotten. Each
# package's test binary is built once, whatever it has of targets.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz # where go test -fuzz keeps what it has found

fuzz() { # fuzz PACKAGE TARGET: in the package's folder, as go test does
	(cd "$dir" && "$work/fuzz.test" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "${seconds}s" \
		-test.fuzzcachedir "$cache/$1") 2>&1 | tee "$work/said" && return 0
	# Before Go 1.27 the end of the time itself may be reported as a failure
	# (golang/go#75804). A real one names the input that it has written, or panics.
	grep -qx ' *context deadline exceeded' "$work/said" && ! grep -qE 'Failing input written|panic:|DATA RACE' "$work/said"
}

found=0
while read -r pkg dir; do
	grep -qsE '^func Fuzz' "$dir"/*_test.go || continue
	go test -c -fuzz . -o "$work/fuzz.test" "$pkg"
	while read -r target; do
		found=$((found + 1))
		printf '%s %s\n' "$pkg" "$target"
		fuzz "$pkg" "$target"
	done < <(cd "$dir" && "$work/fuzz.test" -test.list '^Fuzz' | grep '^Fuzz')
done < <(go list -f '{{.ImportPath}} {{.Dir}}' ./...)
printf '%d fuzz targets, %d s each\n' "$found" "$seconds"
test "$found" -gt 0
