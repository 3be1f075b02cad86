#!/usr/bin/env bash
# Formatting, vet and the linters of tools/lint, over code of every build tag.
set -euo pipefail
cd "$(dirname "$0")/.."

unformatted=$(git ls-files --cached --others --exclude-standard '*.go' | xargs go tool -modfile=tools/go.mod gofumpt -l)
if [ -n "$unformatted" ]; then
	printf 'not formatted, run: go tool -modfile=tools/go.mod gofumpt -w .\n%s\n' "$unformatted" >&2
	exit 1
fi
# Modules are named as they are used. Without a network, where some are not at hand, this
# cannot be told, and is passed over.
for folder in . tools tools/packaging; do
	if ! untidy=$(go mod tidy -C "$folder" -diff 2>/dev/null) && [ -n "$untidy" ]; then
		printf 'go.mod or go.sum is not tidy, run: go mod tidy -C %s\n%s\n' "$folder" "$untidy" >&2
		exit 1
	fi
done
go vet -tags e2e,drills ./...
go build -C tools -o ../bin/lint ./lint
bin/lint -tags e2e,drills ./...
