#!/usr/bin/env bash
# The program is built for the other systems it is released for, and nothing of that is kept.
set -euo pipefail
cd "$(dirname "$0")/.."
for target in linux/arm64 darwin/arm64; do
	echo "$target"
	CGO_ENABLED=0 GOOS=${target%/*} GOARCH=${target#*/} GOFLAGS=-buildvcs=false go vet ./cmd/teahouse/... >/dev/null
done
