# Every verb with what it does: `make`. Needs Go; `make test` brings the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test setup format generated workflows frontend lint gotest fmt generate fuzz bench plans mutants screens clean
.PHONY: release vulnerabilities chaos

lint := go tool -modfile=tools/go.mod golangci-lint
sources = find . -name '*.go' -not -path './node_modules/*' -not -path './.*'

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: ## serve on http://localhost:3000, with a private PostgreSQL
	go run ./cmd/stoa

version = $$(git describe --tags --always --dirty 2>/dev/null || echo dev)
gobuild = CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=$(version)"

build: ## make the one binary, bin/stoa
	$(gobuild) -o bin/stoa ./cmd/stoa

release: ## make what a release has, in bin/release: binaries, checksums, SBOM
	@rm -rf bin/release && mkdir -p bin/release
	@for on in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
		echo "$$on"; GOOS=$${on%/*} GOARCH=$${on#*/} $(gobuild) -o "bin/release/stoa-$(version)-$${on%/*}-$${on#*/}" ./cmd/stoa; \
	done
	@go tool -modfile=tools/go.mod cyclonedx-gomod app -json -output "bin/release/stoa-$(version).cdx.json" -main cmd/stoa .
	@cd bin/release && sha256sum * >SHA256SUMS

vulnerabilities: ## ask the Go vulnerability database about what is built in
	@go tool -modfile=tools/go.mod govulncheck ./cmd/stoa

# Cheapest first, so that a slip is told early. What golangci-lint says is a verb
# of its own: where it never was, building it takes as long as a third of the tests.
test: setup format generated workflows frontend gotest ## test everything, set-up included; ends with the counts

setup:
	@tools/setup.sh

format:
	@echo '== gofmt'
	@wrong=$$($(sources) | xargs gofmt -l); [ -z "$$wrong" ] || { echo "not gofmt-ed, run 'make fmt':"; echo "$$wrong"; exit 1; }

generated:
	@echo '== generated code'
	@tools/generated.sh check

workflows:
	@echo '== actionlint'
	@go tool -modfile=tools/go.mod actionlint

frontend: ## lint styles and scripts
	@echo '== biome'
	@if [ -x node_modules/.bin/biome ]; then node_modules/.bin/biome lint static tailwind.config.js --error-on-warnings --log-level=warn; else echo 'no Node packages here: not linted'; fi

lint: ## ask golangci-lint, which knows what go vet does
	@echo '== golangci-lint'
	@$(lint) run ./...

# All is compiled before the first test runs, and the faults of test/chaos
# are caused when all other tests are over: beside them they would take the time
# of tests that hold the program to deadlines. The tests run at nearly the
# priority of the password threads (19), which would starve beside them.
gotest: race = $(if $(shell command -v gcc),-race)
gotest:
	@echo '== go test $(or $(race),without -race: no C compiler here)'
	@go list $(race) -test -deps -export ./... >/dev/null || true
	@go build -o /dev/null ./cmd/stoa
	@nice -n 18 go run ./test/gotest $(race) -count=1 -timeout=20m $$(go list ./... | grep -v /test/chaos) -- ./test/chaos

fmt: ## format the Go code
	@$(sources) | xargs gofmt -w

generate: setup ## make db/ (sqlc) and static/dist (CSS, icons) anew from their sources
	@tools/generated.sh renew

fuzz: ## run every fuzz target for a while (FUZZTIME=30s each)
	@tools/fuzz.sh

bench: ## measure the program beside its yardsticks, for some minutes
	@go run ./test/bench

plans: ## see that every query uses an index, with a million users
	@PLANS_USERS=1000000 go test -count=1 -timeout=30m -v ./db

.PHONY: tls
tls: setup ## hold the samples of nginx and Caddy to what testssl.sh knows, for some minutes
	@TLS=1 go test -count=1 -timeout=60m -v -run '^TestTLS' ./test/journeys

mutants: ## undo each security decision and see its test turn red
	@go run ./test/mutants

.PHONY: secrets
secrets: ## write .env.production and .env.database with new secrets
	@deploy/secrets.sh

.PHONY: kit
kit: ## hold /dev/kit, every part in every state, to the bar of the pages
	@KIT=1 go test -count=1 -run '^TestKit' ./test/chromium

chaos: ## cause faults beside people at work and print promise and measurement (RUN=Database for some)
	@CHAOS=1 go test -count=1 -timeout=60m -v -run '$(RUN)' ./test/chaos

# Lighthouse is as large as all other Node packages together and wanted by hand
# alone, so it stays out of package-lock.json.
lighthouse = lighthouse@12.8.2

.PHONY: lighthouse
lighthouse: ## see what Lighthouse gives the screens, as on a phone; takes minutes
	@[ -e .cache/$(lighthouse)/done ] || { echo "installing $(lighthouse)"; mkdir -p .cache/$(lighthouse) && npm install --prefix .cache/$(lighthouse) --no-save --loglevel=error $(lighthouse) >.cache/lighthouse.log 2>&1 && touch .cache/$(lighthouse)/done; }
	@LIGHTHOUSE="$(CURDIR)/.cache/$(lighthouse)/node_modules/lighthouse/cli/index.js" go test -count=1 -v -timeout=30m -run '^TestLighthouse$$' ./test/chromium

screens: ## draw docs/screens.png anew
	@SCREENS=docs/screens.png go test -count=1 -run '^TestSheet$$' ./test/chromium

clean: ## remove what was built here; data in .stoa stays
	rm -rf bin .cache coverage.out
