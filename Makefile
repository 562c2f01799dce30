# Botswain. "make" lists the targets.

# A machine that was set up a minute ago may lack these.
export PATH := $(PATH):/usr/local/go/bin
HOME_IS_USABLE := $(shell [ -n "$$HOME" ] && [ -d "$$HOME" ] && [ -w "$$HOME" ] && echo yes)
ifeq ($(HOME_IS_USABLE),)
# Go, npm and Chromium want a place of their own.
TOOL_HOME := $(CURDIR)/.cache/home
export GOCACHE ?= $(CURDIR)/.cache/go-build
export GOPATH ?= $(CURDIR)/.cache/go
export npm_config_cache ?= $(CURDIR)/.cache/npm
else
TOOL_HOME := $(HOME)
endif

# Where a system's Go is older than go.mod asks for, it fetches that version by itself.
export GOTOOLCHAIN ?= auto

VERSION ?= $(or $(shell git describe --tags --always --dirty 2>/dev/null),dev)
# The version comes from above; Go's own stamp fails in a clone that belongs to another user.
GO_BUILD := CGO_ENABLED=0 go build -buildvcs=false -ldflags "-X main.version=$(VERSION)"
# Packages tested at a time: their tests run processes and a browser of their own.
TEST_PARALLEL ?= $(shell n=$$(nproc 2>/dev/null || echo 2); [ $$n -gt 4 ] && n=4; echo $$n)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

## Use

.PHONY: run
run: server-deps build ## install what is missing, build, and serve on http://127.0.0.1:8080
	@exec bin/botswain serve

.PHONY: dev
dev: server-deps bin/templ ## serve, with debug log, and start again whenever a source file changes; bots go on
	@trap 'bin/templ generate >/dev/null' EXIT; \
	BOTSWAIN_LOG_LEVEL=$${BOTSWAIN_LOG_LEVEL:-debug} BOTSWAIN_ON_SHUTDOWN=leave \
		bin/templ generate --watch --open-browser=false --cmd "go run -buildvcs=false ./cmd/botswain serve"

.PHONY: gallery
gallery: go ## serve a page with all components of the interface, without a database (ARGS="-addr :8090")
	@go run -buildvcs=false ./cmd/gallery $(ARGS)

.PHONY: build
build: go ## build bin/botswain
	@$(GO_BUILD) -o bin/botswain ./cmd/botswain

.PHONY: test
test: test-deps ## run all tests with the race detector, the browser ones too
	@mkdir -p $(TOOL_HOME)
	HOME=$(TOOL_HOME) go test -race -p $(TEST_PARALLEL) -timeout 30m ./...

.PHONY: test-long
test-long: test-deps ## run the long forms of tests: 5,000 lines/s followed for a minute (wants a machine that does nothing else)
	@mkdir -p $(TOOL_HOME)
	HOME=$(TOOL_HOME) BOTSWAIN_TEST_LONG=1 go test -count=1 -timeout 10m -v -run TestLogFollowsForAMinute ./app/e2e

MINUTES ?= 10
SEED ?= $(shell date +%s)
.PHONY: test-faults
test-faults: test-deps ## torment the real binary and check that nothing is lost or doubled; MINUTES=60 SEED=7; CLOCK=1 sets the machine's clock, too
	@mkdir -p $(TOOL_HOME)
	HOME=$(TOOL_HOME) go test -count=1 -timeout 0 -v ./app/e2e/faults -faults.minutes=$(MINUTES) -faults.seed=$(SEED) $(if $(CLOCK),-faults.clock)

.PHONY: seed
seed: build ## add example bots to the Botswain that runs, and start them
	@bin/botswain bot examples

.PHONY: screenshots
screenshots: test-deps ## take pictures of all pages into screenshots/, and the README's into static/docs/
	@mkdir -p screenshots static/docs $(TOOL_HOME)
	HOME=$(TOOL_HOME) BOTSWAIN_SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -timeout 10m -run TestScreenshots ./app/e2e
	@for f in dashboard-desktop-dark dashboard-desktop-light bot-desktop-dark logs-desktop-dark; do cp screenshots/$$f.png static/docs/; done

.PHONY: audit
audit: server-deps build node_modules/.package-lock.json ## have Lighthouse look at dashboard and bot page; REPORTS=folder keeps its reports (needs Node)
	@scripts/deps.sh browser
	@[ -z "$(REPORTS)" ] || mkdir -p "$(REPORTS)"
	@node static/src/audit.mjs bin/botswain $(REPORTS)

.PHONY: bench
bench: server-deps build ## measure bin/botswain against other supervisors; ARGS="-only crash -runs 5"
	@scripts/bench-peers.sh .cache/bench
	@go run -buildvcs=false ./cmd/bench $(ARGS)

.PHONY: bench-ui
bench-ui: test-deps build ## measure what the dashboard costs server and browser with 12, 100 and 500 bots; ARGS="-bots 500 -view table"
	@mkdir -p $(TOOL_HOME)
	@HOME=$(TOOL_HOME) go run -buildvcs=false ./cmd/benchui $(ARGS)

.PHONY: bench-go
bench-go: server-deps go ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

## Code

.PHONY: check
check: check-generated lint ## what is generated is current, and lint

.PHONY: lint
lint: go bin/staticcheck ## gofmt, vet, staticcheck
	@bad=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); [ -z "$$bad" ] || { echo "gofmt these:"; echo "$$bad"; exit 1; }
	go vet ./...
	bin/staticcheck ./...

.PHONY: untranslated
untranslated: go ## list the text that isn't in the catalogue of languages yet
	@go test -count=1 -v -run 'TestUntranslated|TestReasons' ./views/i18n | sed -n 's/^ *[a-z_]*test.go:[0-9]*: //p'

.PHONY: generate
generate: sqlc templ bots-go $(if $(filter skip,$(CSS)),,css js) ## make all generated code anew: queries, pages, css, scripts (CSS=skip: without Node)

.PHONY: sqlc
sqlc: bin/sqlc
	bin/sqlc generate

.PHONY: templ
templ: bin/templ
	bin/templ generate -log-level=warn

.PHONY: bots-go
bots-go: go ## pack the Go examples anew, as they are embedded
	go generate ./bots

.PHONY: css
css: node_modules/.package-lock.json ## make static/css anew (needs Node)
	npm run --silent css

.PHONY: js
js: node_modules/.package-lock.json ## make static/js anew from static/src/js (needs Node)
	npm run --silent js

.PHONY: vendor-js
vendor-js: node_modules/.package-lock.json ## copy fonts, scripts and icons from node_modules (needs Node)
	npm run --silent vendor
	npm run --silent icons

.PHONY: migration
migration: ## begin a migration: make migration name=add_colours
	@[ -n "$(name)" ] || { echo "say its name: make migration name=add_colours" >&2; exit 2; }
	@last=$$(ls db/migrations | sed -n 's/^0*\([0-9]*\)_.*/\1/p' | sort -n | tail -n 1); \
	file=$$(printf 'db/migrations/%05d_%s.sql' $$(($${last:-0} + 1)) "$(name)"); \
	printf -- '-- +goose Up\n\n-- +goose Down\n' > "$$file"; echo "$$file"

# Compares with what is committed or staged; generated files that git doesn't know count as well.
.PHONY: check-generated
check-generated: generate $(if $(filter skip,$(CSS)),,vendor-js)
	@git diff --exit-code --stat -- $(GENERATED) || { echo "generated code is not current: commit what make generate changed" >&2; exit 1; }
	@new=$$(git ls-files --others --exclude-standard -- $(GENERATED)); [ -z "$$new" ] || { echo "generated, but not in git:" >&2; echo "$$new" >&2; exit 1; }
GENERATED := db/gen '*_templ.go' bots/go.zip static/css static/js static/vendor views/icon app/e2e/axe

.PHONY: clean
clean: ## remove what was built; data stays
	rm -rf bin node_modules
	@if [ -d .cache ]; then chmod -R u+w .cache && rm -rf .cache; fi

## Needs

.PHONY: server-deps
server-deps:
	@[ -n "$$DATABASE_URL$$DATABASE_URL_FILE" ] || scripts/deps.sh server

.PHONY: test-deps
test-deps: go
	@scripts/deps.sh server browser compiler

.PHONY: go
go:
	@scripts/deps.sh go

# The tools' versions are pinned in tools/go.mod. sqlc takes a minute or two to build, once.
TOOL = cd tools && CGO_ENABLED=0 GOBIN=$(CURDIR)/bin go install -buildvcs=false
bin/sqlc: tools/go.mod tools/go.sum | go
	$(TOOL) github.com/sqlc-dev/sqlc/cmd/sqlc && touch ../$@
bin/templ: tools/go.mod tools/go.sum | go
	$(TOOL) github.com/a-h/templ/cmd/templ && touch ../$@
bin/staticcheck: tools/go.mod tools/go.sum | go
	$(TOOL) honnef.co/go/tools/cmd/staticcheck && touch ../$@

node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "botswain: css is made with Node.js 20 or newer, which is missing (CSS=skip goes without)" >&2; exit 1; }
	npm install --no-save --no-audit --no-fund # like ci, but a lock without other platforms' binaries will do
	@touch $@
