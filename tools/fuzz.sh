#!/usr/bin/env bash
# Runs every fuzz target of the module for a number of seconds (default 5):
# the targets are found, not listed, so that a new one cannot be forgotten.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}
said=$(mktemp)
trap 'rm -f "$said"' EXIT

fuzz() { # fuzz PACKAGE TARGET
	go test -run '^$' -fuzz "^$2\$" -fuzztime "${seconds}s" "$1" 2>&1 | tee "$said" && return 0
	# Before Go 1.27 the end of the time itself may be reported as a failure
	# (golang/go#75804). A real one names the input that it has written, or panics.
	grep -qx ' *context deadline exceeded' "$said" && ! grep -qE 'Failing input written|panic:|DATA RACE' "$said"
}

found=0
for pkg in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		found=$((found + 1))
		printf '%s %s\n' "$pkg" "$target"
		fuzz "$pkg" "$target"
	done
done
printf '%d fuzz targets, %d s each\n' "$found" "$seconds"
test "$found" -gt 0
