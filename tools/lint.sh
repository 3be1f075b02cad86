#!/usr/bin/env bash
# Formatting, vet and the linters of tools/lint, over code of every build tag.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | xargs go tool -modfile=tools/go.mod gofumpt -l)
if [ -n "$unformatted" ]; then
	printf 'not formatted, run: go tool -modfile=tools/go.mod gofumpt -w .\n%s\n' "$unformatted" >&2
	exit 1
fi
go vet -tags e2e,drills ./...
go build -C tools -o ../bin/lint ./lint
bin/lint -tags e2e,drills ./...
