# The targets that people use; `make help` lists them.

GO       ?= go
VERSION  ?= $(shell cat VERSION)
REVISION ?= $(shell git rev-parse HEAD 2>/dev/null)
DATE     ?= $(shell TZ=UTC git log -1 --date=format-local:%Y-%m-%dT%H:%M:%SZ --format=%cd 2>/dev/null)
PKG      := github.com/prometheus/common/version
LDFLAGS  := -s -w -X $(PKG).Version=$(VERSION) -X $(PKG).Revision=$(REVISION) -X $(PKG).Branch=main -X $(PKG).BuildDate=$(DATE)

# Tools that are built from source where they are first needed. STRICT=1, as in
# CI, makes a tool that cannot be had a failure rather than something to skip.
# goreleaser stays at v2.16: later ones need a newer Go, or a module that some
# module proxies refuse to serve.
STRICT      ?= 0
TOOLS       := $(CURDIR)/.tools
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
GOVULNCHECK := golang.org/x/vuln/cmd/govulncheck@v1.8.0
ACTIONLINT  := github.com/rhysd/actionlint/cmd/actionlint@v1.7.12
GORELEASER  := github.com/goreleaser/goreleaser/v2@v2.16.0
SYFT        := github.com/anchore/syft/cmd/syft@v1.52.0
skip         = { echo 'SKIPPED: $(1)' >&2; exit $(STRICT); }

.PHONY: help
help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t16

.PHONY: build
build: ## the program, ./wx_exporter, of what go run has compiled already
	$(GO) build -ldflags '$(LDFLAGS)' -o wx_exporter .

# Tests are short, and most of what they allocate is small: GOGC saves a sixth of the time.
.PHONY: test
test: check ## what a change has to pass: formatting, vet and all tests that need Go alone
	GOGC=400 $(GO) test -vet=off -shuffle=on ./...

.PHONY: check
check: ## formatting, vet, go.mod
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo 'not formatted: run gofmt -w .'; exit 1; }
	$(GO) mod tidy -diff
	$(GO) vet -tags e2e ./...

.PHONY: e2e
e2e: race simulations manifests ## all that is left: tests with Prometheus, PostgreSQL, kill -9 and fleets, under the race detector

.PHONY: race
race: ## all tests, under the race detector and in random order, and what they cover
	@mkdir -p dist
	@race=-race; command -v "$$($(GO) env CC)" >/dev/null || \
		{ race=; echo 'SKIPPED: the race detector, which needs a C compiler' >&2; [ $(STRICT) = 0 ]; }; \
	WX_REQUIRE_POSTGRES=1 $(GO) test $$race -tags e2e -shuffle=on -timeout 60m -coverprofile dist/cover.out ./...
	@$(GO) tool cover -func dist/cover.out | tail -n 1

.PHONY: simulations
simulations: ## replicas and simulated worlds on a fake clock, without the race detector
	$(GO) test -tags e2e -timeout 20m -run 'TestReplicasForADay|TestManyLeases|TestSeeds' ./simulation

# MINUTES of fresh scripts, as many as a night has, or the one of the file SCRIPT.
MINUTES ?= 1
SCRIPT  ?=

.PHONY: simulate
simulate: ## exporters in a simulated world, for MINUTES or as SCRIPT says
	WX_SIMULATE_MINUTES=$(MINUTES) WX_SIMULATE_SCRIPT='$(if $(SCRIPT),$(abspath $(SCRIPT)))' \
		$(GO) test -v -timeout 0 -run '$(if $(SCRIPT),TestScript,TestFresh)' ./simulation

.PHONY: manifests
manifests: ## Dockerfile, Kubernetes manifests, Helm chart and systemd unit
	$(GO) -C deploy/check mod tidy -diff
	$(GO) -C deploy/check vet ./...
	$(GO) -C deploy/check test -shuffle=on ./...

.PHONY: lint
lint: ## golangci-lint and actionlint, after some minutes of building them
	@GOBIN=$(TOOLS) $(GO) install $(GOLANGCI) || $(call skip,golangci-lint cannot be built here); \
	$(TOOLS)/golangci-lint run ./...
	@GOBIN=$(TOOLS) $(GO) install $(ACTIONLINT) || $(call skip,actionlint cannot be built here); \
	$(TOOLS)/actionlint -shellcheck= -pyflakes=

# govulncheck ends with 3 when it has found something.
.PHONY: vuln
vuln: ## known vulnerabilities in what the program calls
	@GOBIN=$(TOOLS) $(GO) install $(GOVULNCHECK) || $(call skip,govulncheck cannot be built here); \
	$(TOOLS)/govulncheck ./... || { [ $$? -ne 3 ] || exit 1; $(call skip,govulncheck cannot run here: is its database in reach?); }

.PHONY: bench
bench: ## the benchmarks of the README, some minutes
	$(GO) test -run '^$$' -bench 'Scrape|Change|Probe' -benchtime 10x ./exposition
	$(GO) test -run '^$$' -bench Heap -benchtime 1x ./exposition

.PHONY: dashboards
dashboards: ## writes the dashboards' JSON
	$(GO) generate ./dashboards

.PHONY: rules
rules: ## writes the alert rules with Chinese annotations
	cd prometheus && $(GO) run ./gen

# PROMETHEUS is one that scrapes a demo: docker compose up, or by hand.
PROMETHEUS ?= http://127.0.0.1:9090

.PHONY: pictures
pictures: ## draws the dashboards for the documents, with npm, Chromium and pngquant, from PROMETHEUS
	@mkdir -p $(TOOLS)/grafana
	cp -r dashboards/test dashboards/pictures $(TOOLS)/grafana/
	cd $(TOOLS)/grafana/pictures && npm ci --no-audit --no-fund --ignore-scripts
	node $(TOOLS)/grafana/pictures/draw.mjs $(PROMETHEUS) docs/images dashboards/en/*.json dashboards/zh/*.json
	pngquant --force --nofs --ext .png --speed 1 64 docs/images/wx-*.png

.PHONY: update
update: ## writes the golden files and the documents' tables anew
	$(GO) test ./collector -update
	$(GO) test -run TestGolden ./history -update
	$(GO) test -run TestGolden ./web/sheets -update
	$(GO) test -run Table ./docs -update

# goreleaser believes git about the commit only where there is a remote, and not
# every checkout has one.
.PHONY: release
release: release-check ## archives for all platforms with checksums, in dist/
	VERSION=$(VERSION) GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=remote.origin.url GIT_CONFIG_VALUE_0=https://github.com/wxexporter/wx_exporter \
		$(TOOLS)/goreleaser release --snapshot --clean --skip=docker

.PHONY: release-check
release-check: ## the configuration of releases, after some minutes of building goreleaser
	@GOBIN=$(TOOLS) $(GO) install $(GORELEASER) || $(call skip,goreleaser cannot be built here); \
	$(TOOLS)/goreleaser check

.PHONY: sbom
sbom: build ## what the program is made of, dist/*.cdx.json (CycloneDX)
	@mkdir -p dist
	@GOBIN=$(TOOLS) $(GO) install $(SYFT) || $(call skip,syft cannot be built here); \
	SYFT_CHECK_FOR_APP_UPDATE=false $(TOOLS)/syft scan file:wx_exporter --source-name wx_exporter --source-version '$(VERSION)' -q -o cyclonedx-json=dist/wx_exporter-$(VERSION).cdx.json

.PHONY: image
image: ## the image wx_exporter:VERSION, with Docker
	docker build -t wx_exporter:$(VERSION) --build-arg REVISION=$(REVISION) --build-arg DATE=$(DATE) .

# Time zones are in the program, certificates come from the machine that builds.
CERTIFICATES ?= /etc/ssl/certs/ca-certificates.crt

# PROGRAM is a program that has been built already.
PROGRAM ?=

.PHONY: image-rootfs
image-rootfs: ## the image's file system, dist/rootfs, without Docker
	rm -rf dist/rootfs dist/volume
	mkdir -p dist/rootfs/bin dist/rootfs/etc/ssl/certs dist/rootfs/etc/wx_exporter dist/rootfs/tmp dist/volume
	chmod 1777 dist/rootfs/tmp
	cp $(CERTIFICATES) dist/rootfs/etc/ssl/certs/ca-certificates.crt
	$(if $(PROGRAM),cp $(PROGRAM) dist/rootfs/bin/wx_exporter,GOOS=$${GOOS:-linux} CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -tags timetzdata -ldflags '$(LDFLAGS)' -o dist/rootfs/bin/wx_exporter .)

.PHONY: image-check
image-check: image-rootfs ## runs that file system like a container; takes root
	deploy/check-rootfs.sh

.PHONY: clean
clean: ## what the other targets leave behind
	rm -rf dist .tools wx_exporter
