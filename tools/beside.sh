#!/usr/bin/env bash
# beside.sh FOLDER: writes what is shipped beside the program: man page and completions. It runs
# the program of this source on this machine.
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -eq 1 ] || { echo 'usage: beside.sh FOLDER' >&2; exit 2; }
mkdir -p "$1" bin
CGO_ENABLED=0 GOFLAGS='-buildvcs=false -trimpath' go build -o bin/teahouse-host ./cmd/teahouse
bin/teahouse-host man --date "$(TZ=UTC git log -1 --date=format-local:%F --format=%cd)" >"$1/teahouse.1"
for shell in bash zsh fish; do bin/teahouse-host completion "$shell" >"$1/teahouse.$shell"; done
