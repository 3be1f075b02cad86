#!/usr/bin/env bash
# Builds the pages that the server embeds, into web/*/dist: the same bytes each time.
set -euo pipefail
cd "$(dirname "$0")"

for page in chat console; do
  [ -f "$page/package.json" ] || continue
  [ -d "$page/node_modules" ] || npm --prefix "$page" ci --no-audit --no-fund --loglevel=error
  npm --prefix "$page" run --silent check
  npm --prefix "$page" run --silent build
done
