# `make` lists the targets. Requires Go; `make test` installs the rest.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run build test setup format generated workflows frontend lint gotest fmt generate fuzz bench plans mutants screens icons clean
.PHONY: release vulnerabilities chaos

lint := go tool -modfile=tools/go.mod golangci-lint
sources = find . -name '*.go' -not -path './node_modules/*' -not -path './.*'

help:
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

run: ## serve on http://localhost:3000, with a private PostgreSQL
	go run ./cmd/stoa

version = $$(git describe --tags --always --dirty 2>/dev/null || echo dev)
gobuild = CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=$(version)"

build: ## build the binary, bin/stoa
	$(gobuild) -o bin/stoa ./cmd/stoa

release: ## build a release in bin/release: binaries, checksums, SBOM
	@rm -rf bin/release && mkdir -p bin/release
	@for on in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
		echo "$$on"; GOOS=$${on%/*} GOARCH=$${on#*/} $(gobuild) -o "bin/release/stoa-$(version)-$${on%/*}-$${on#*/}" ./cmd/stoa; \
	done
	@go tool -modfile=tools/go.mod cyclonedx-gomod app -json -output "bin/release/stoa-$(version).cdx.json" -main cmd/stoa .
	@cd bin/release && sha256sum * >SHA256SUMS

vulnerabilities: ## check the binary's dependencies against the Go vulnerability database
	@go tool -modfile=tools/go.mod govulncheck ./cmd/stoa

# The fastest checks run first, to fail early. golangci-lint is a separate target:
# its first build takes as long as a third of the tests.
test: setup format generated workflows frontend gotest ## install what is missing and run all tests; prints their counts

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

frontend: ## lint style sheets and scripts
	@echo '== biome'
	@if [ -x node_modules/.bin/biome ]; then node_modules/.bin/biome lint static tailwind.config.js --error-on-warnings --log-level=warn; else echo 'no Node packages: not linted'; fi

lint: ## run golangci-lint, which includes go vet
	@echo '== golangci-lint'
	@$(lint) run ./...

# All packages are compiled before the first test runs. PROVE=quick adds the tests
# that are slow by nature, in their short form, after all others.
# The packages that take longest run first, beside all others.
proofs := ./test/chaos ./test/deployment
longest := ./test/chromium ./test/journeys
gotest: race = $(if $(shell command -v gcc),-race)
gotest:
	@echo '== go test $(or $(race),without -race: no C compiler here)'
	@go list $(race) -test -deps -export ./... >/dev/null || true
	@go build -o /dev/null ./cmd/stoa
	@tools/test.sh $(race) -count=1 -timeout=20m $(longest) $$(go list ./... | grep -v $(patsubst .%,-e %,$(longest) $(proofs))) $(if $(PROVE),-- $(proofs))

.PHONY: prove
prove: setup ## run what is slow by nature, in its long form, about an hour (RUN=Failover for those tests only)
	@PROVE=long CHAOS=1 KIT=1 TLS=1 tools/test.sh -count=1 -p=1 -timeout=90m $(if $(RUN),'-run=$(RUN)') $(proofs) ./test/chromium

fmt: ## format the Go code
	@$(sources) | xargs gofmt -w

generate: setup ## generate db/, static/dist, openapi.yaml, docs/routes.md and the list of names that stay
	@tools/generated.sh renew

.PHONY: sqlc
sqlc: ## generate db/ alone: needs Go only
	@tools/generated.sh sqlc

fuzz: ## run every fuzz target (FUZZTIME=30s each)
	@tools/fuzz.sh

bench: ## measure the program beside yardsticks, or beside the build of a commit (BEFORE=commit); takes minutes
	@go run ./test/bench $(if $(BEFORE),-before '$(BEFORE)')

plans: ## check that every query uses an index, with a million users
	@PLANS_USERS=1000000 go test -count=1 -timeout=30m -v ./db

.PHONY: tls
tls: setup ## check the samples of nginx and Caddy with testssl.sh; takes minutes
	@TLS=1 go test -count=1 -timeout=60m -v -run '^TestTLS' ./test/deployment

mutants: ## undo each security decision and check that its test fails
	@go run ./test/mutants

.PHONY: secrets
secrets: ## write .env.production and .env.database with new secrets
	@deploy/secrets.sh

.PHONY: kit
kit: ## run the checks of the pages on /dev/kit, which shows every component in every state
	@KIT=1 PROVE=long go test -count=1 -run '^TestKit' ./test/chromium

chaos: ## cause faults under load, print targets and measurements (RUN=Database for those tests only)
	@CHAOS=1 go test -count=1 -timeout=60m -v -run '$(RUN)' ./test/chaos

# Lighthouse is as large as all other Node packages together and only run by hand,
# so it is not in package-lock.json.
lighthouse = lighthouse@12.8.2

.PHONY: lighthouse
lighthouse: ## print the Lighthouse scores of the pages on a phone; takes minutes
	@[ -e .cache/$(lighthouse)/done ] || { echo "installing $(lighthouse)"; mkdir -p .cache/$(lighthouse) && npm install --prefix .cache/$(lighthouse) --no-save --loglevel=error $(lighthouse) >.cache/lighthouse.log 2>&1 && touch .cache/$(lighthouse)/done; }
	@LIGHTHOUSE="$(CURDIR)/.cache/$(lighthouse)/node_modules/lighthouse/cli/index.js" go test -count=1 -v -timeout=30m -run '^TestLighthouse$$' ./test/chromium

screens: ## redraw docs/screens.png
	@SCREENS=docs/screens.png go test -count=1 -run '^TestSheet$$' ./test/chromium

icons: ## redraw the icons of static/src from the mark and the front page; then make generate
	@ICONS=static/src go test -count=1 -run '^TestIcons$$' ./test/chromium

clean: ## remove build results; the data in .stoa stays
	rm -rf bin .cache coverage.out
