#!/usr/bin/env bash
# Builds our pages into their dist folders, which are committed: the program embeds them, so
# that Go alone builds it. They are packed there: clients take them so, and the program is smaller.
# The same sources give the same bytes, on any machine.
#   web/build.sh        all pages
#   web/build.sh chat   one of them
set -euo pipefail
cd "$(dirname "$0")"

[ $# -gt 0 ] || set -- chat console

# Modules are fetched when they are missing or not those of the lock file.
modules() {
	[ -f node_modules/.package-lock.json ] && [ ! package-lock.json -nt node_modules/.package-lock.json ] && return 0
	npm ci --no-audit --no-fund --loglevel error
	touch node_modules/.package-lock.json
}

for page in "$@"; do
	[ -f "$page/package.json" ] || continue
	(
		cd "$page"
		modules
		npm run --silent check
		npm run --silent build
		go run -C ../../tools ./pack "$PWD/dist"
	)
done
