#!/usr/bin/env bash
# Runs the generators and fails when what they make differs from the tree.
set -euo pipefail
cd "$(dirname "$0")/.."
state() { git status --porcelain && git diff; }

before=$(state)
go generate ./...
if [ "$before" != "$(state)" ]; then
	echo 'generated files differ from their sources: commit what go generate makes' >&2
	git diff --stat >&2
	exit 1
fi
