# The targets that people use; each prints what it does.

GO       ?= go
VERSION  ?= $(shell cat VERSION)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE     ?= $(shell git log -1 --format=%cI 2>/dev/null)
PKG      := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(PKG).Version=$(VERSION) -X $(PKG).Revision=$(REVISION) -X $(PKG).Branch=main -X $(PKG).BuildDate=$(DATE)

.PHONY: build
build: ## the program, ./wx_exporter
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o wx_exporter .

.PHONY: test
test: check race ## everything that CI checks

.PHONY: check
check: ## formatting, vet, go.mod and generated files
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not formatted: run gofmt -w .'; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet ./...

.PHONY: race
race: ## all tests, under the race detector and in random order
	$(GO) test -race -shuffle=on -timeout 40m ./...

.PHONY: bench
bench: ## the scrape benchmark of the README, about two minutes
	$(GO) run ./exposition/bench

.PHONY: dashboards
dashboards: ## writes the dashboards' JSON
	$(GO) generate ./dashboards

.PHONY: update
update: ## writes the golden files and the README's tables anew
	$(GO) test ./collector . -update
