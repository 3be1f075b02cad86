#!/usr/bin/env bash
# Runs every fuzz target of the module for a number of seconds (default 5):
# the targets are found, not listed, so that a new one cannot be forgotten.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:-5}

found=0
for pkg in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$pkg" | grep '^Fuzz' || true); do
		found=$((found + 1))
		printf '%s %s\n' "$pkg" "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${seconds}s" "$pkg"
	done
done
printf '%d fuzz targets, %d s each\n' "$found" "$seconds"
test "$found" -gt 0
