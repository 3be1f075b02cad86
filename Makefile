# The index of what can be done here; CI calls the same targets (.ci/run).
# All need Go alone, except e2e and drills: they want mosquitto-clients, curl, jq, g++, Node.js,
# Chromium and python3-paho-mqtt; sdk, uikit and pages: Node.js and Chromium; turn: these, coturn
# and iproute2, and root; and web: Node.js.
# race leaves out what has nothing to race: the tests of the root folder that read sources, api/describe and backup, which
# read on one goroutine, and cmd/teahouse, which runs the built program. The detector has every process sleep for a
# second before its end; GORACE turns that off.
export GOFLAGS ?= -buildvcs=false
COMMIT ?= $(shell git describe --always --abbrev=40 --match= --dirty=+changes 2>/dev/null)
EACH ?= 3# seconds for one fuzz target
SLOW := ./storage/badger ./chat/core ./cmd/teahouse/server ./broker ./hooks ./webhook# race begins with them, or one of them would be alone in the end
RACE := $(if $(filter 1,$(shell go env CGO_ENABLED)),-race)# it needs a C compiler

.PHONY: first test race e2e sdk uikit web pages picture turn soak crash drills lint fuzz bench compare generate run build sbom deb packaging
first:    ; tools/first.sh
test:     ; go test $(RACE) -timeout 10m ./...
race:     export GORACE = atexit_sleep_ms=10
race:     ; go test -race -timeout 10m $(SLOW) $$(go list ./... | grep -vxE '[^/]+/[^/]+/[^/]+|.*/api/describe|.*/backup|.*/cmd/teahouse' | grep -vE '/($(subst $() ,|,$(SLOW:./%=%)))$$') && go test -race -run '^(Example|TestEmbed|TestStart)' .
e2e:      ; npm --prefix e2e ci --no-audit --no-fund && npm --prefix e2e/nodered ci --no-audit --no-fund --prefer-offline && go test -tags e2e -count 1 -timeout 10m ./e2e/...
sdk:      ; cd sdk/typescript && npm ci --no-audit --no-fund --prefer-offline && npm run check && npm test
uikit:    ; npm --prefix e2e/uikit ci --prefer-offline && cd e2e/uikit && npx vitest run
web:      ; web/build.sh
pages:    ; npm --prefix e2e ci --no-audit --no-fund && { [ -d web/chat/node_modules ] || npm --prefix web/chat ci --no-audit --no-fund; } && $(if $(TEAHOUSE),,go build -o bin/teahouse-pages ./cmd/teahouse &&) TEAHOUSE=$(or $(TEAHOUSE),$(CURDIR)/bin/teahouse-pages) node --test --test-concurrency=2 --test-timeout=240000 $$(find e2e/pages -name '*.test.mjs' ! -name scroll.test.mjs | sort) && node --test --test-timeout=240000 e2e/pages/chat/scroll.test.mjs # which measures, alone
picture:  ; npm --prefix e2e ci --no-audit --no-fund --prefer-offline && $(if $(TEAHOUSE),,go build -o bin/teahouse-pages ./cmd/teahouse &&) TEAHOUSE=$(or $(TEAHOUSE),$(CURDIR)/bin/teahouse-pages) node e2e/pages/picture.mjs
turn:     ; npm --prefix e2e ci --no-audit --no-fund --prefer-offline && $(if $(TEAHOUSE),,go build -o bin/teahouse-pages ./cmd/teahouse &&) TEAHOUSE=$(or $(TEAHOUSE),$(CURDIR)/bin/teahouse-pages) e2e/turn/run node --test --test-timeout=60000 e2e/turn/turn.test.mjs
soak:     ; go test -tags e2e -run '^TestSoak' -count 1 -v -timeout 30m ./e2e/contract -full
crash:    ; go test -run Crash -count 1 -timeout 10m ./storage/badger -crashes 200 && go test -tags e2e -run '^TestCrash(OfState)?$$' -count 1 -timeout 10m ./e2e/contract -crashes 20
drills:   ; npm --prefix e2e ci --no-audit --no-fund && go test -tags e2e -run '^Test(Crash|UnrulyLine|TenantsNeverMeet)$$' -count 1 -v -timeout 60m ./e2e/contract -crashes 300 -messages 1000 -operations 5000 && go test -tags e2e -count 1 -v -timeout 20m ./e2e/agree -steps 10000 && go test -tags e2e -run '^TestMigration$$' -count 1 -v -timeout 20m ./e2e/contract -migrants 10000 && go test -run '^Test(StalledMember|OfflineBacklog|ParallelConnects|MassReconnects)' -count 1 -v -timeout 20m ./broker -full && go test -run '^TestSyncSince' -count 1 -timeout 20m ./chat/inbox -walks 300 && go test -run '^Test(TasksSurviveKills|SearchesFind)' -count 1 -timeout 20m ./chat/core -pushed-to 10000 -push-kills 5 -search-steps 3000 && go test -tags drills -count 1 -v -timeout 60m ./drills
lint:     ; tools/lint.sh
fuzz:     ; tools/fuzz.sh $(EACH)
bench:    ; go test -run '^$$' -bench . -benchmem ./...
generate: ; tools/generate.sh
compare:  ; tools/compare.sh
run:      ; go run ./cmd/teahouse dev
build:    ; CGO_ENABLED=0 go build -trimpath -pgo cmd/teahouse/release.pgo -ldflags '-s -w -X github.com/teahouse-im/teahouse/cmd/teahouse/server.commit=$(COMMIT)' -o bin/teahouse ./cmd/teahouse
sbom:     build ; tools/sbom.sh bin/teahouse bin/teahouse.cdx.json
deb:      sbom ; SBOM=bin/teahouse.cdx.json deploy/deb/build.sh bin/teahouse $$(go env GOARCH) bin/teahouse_$$(go env GOARCH).deb
packaging: ; $(if $(TEAHOUSE),,$(MAKE) build &&) TEAHOUSE=$(or $(TEAHOUSE),$(CURDIR)/bin/teahouse) CGO_ENABLED=0 GOFLAGS='-buildvcs=false -trimpath' go test -C tools/packaging -count 1 -timeout 15m ./...
