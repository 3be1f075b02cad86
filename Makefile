# The index of what can be done here; CI calls the same targets (.ci/run).
# test, fuzz, bench and run need Go alone; e2e wants mosquitto-clients and Node.js.
export GOFLAGS ?= -buildvcs=false
SECONDS_EACH ?= 5

.PHONY: test race e2e lint fuzz bench generate run build
test: race                ## everything that needs Go alone, with the race detector
race:  ; go test -race -timeout 10m ./...
e2e:   ; npm --prefix e2e ci --no-audit --no-fund && go test -tags e2e -count 1 -timeout 10m ./e2e/...
lint:  ; tools/lint.sh
fuzz:  ; tools/fuzz.sh $(SECONDS_EACH)
bench: ; go test -run '^$$' -bench . -benchmem ./...
generate: ; go generate ./... && git diff --exit-code && test -z "$$(git status --porcelain --untracked-files=normal)"
run:   ; go run ./cmd/teahouse dev
build: ; CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/teahouse ./cmd/teahouse
