# Crosstide. `make help` lists the targets.
GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
LINKS   := connect-mirror-maker connect-distributed connect-standalone

# The record client is C inside, so a C compiler is part of the toolchain.
export CGO_ENABLED = 1

# Pinned here and not in go.mod: the linter's own needs must not move the program's.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

# PKG narrows test, race and lint; RUN picks tests: make test PKG=./connect/... RUN=Joining
PKG      ?= ./...
RUN      ?= .
FUZZTIME ?= 10s
# ENGINE builds the image: docker, podman or buildah.
ENGINE   ?= docker
# BENCH passes flags on: make bench BENCH='-write', make bench BENCH='-cases 1k,latency -mirrors crosstide'
BENCH    ?=

.PHONY: help build demo test race integration soak bench check fmt format-check vet lint arrows fuzz chart chart-golden static image notices notices-check clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

build: ## bin/crosstide and the links named as Kafka's commands
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/crosstide ./cmd/crosstide
	@cd bin && for l in $(LINKS); do ln -sf crosstide $$l; ln -sf crosstide $$l.sh; done

demo: build ## the main job on two in-memory clusters, nothing else needed
	bin/crosstide demo

test: ## everything that needs no Java
	$(GO) test -run '$(RUN)' $(PKG)

race: ## the same under the race detector
	$(GO) test -race -timeout 20m -run '$(RUN)' $(PKG)

integration: build ## the stories on real Kafka brokers; needs Java 17 and Maven
	$(GO) run ./internal/kafkatest/rig check
	$(GO) test -tags integration -count=1 -timeout 40m -v -run '$(RUN)' ./internal/integration/...

soak: build ## stories not in integration yet, five times over; needs Java 17 and Maven
	$(GO) run ./internal/kafkatest/rig check
	$(GO) test -tags 'integration soak' -count=5 -timeout 60m -v -run 'MovingLeaders' ./internal/integration/...

bench: build ## Java MirrorMaker 2 and Crosstide side by side; BENCH=-write puts it into docs/benchmarks.md
	$(GO) run ./internal/kafkatest/rig check
	$(GO) run ./internal/bench $(BENCH)

check: format-check vet lint notices-check chart race integration ## what CI runs

fmt: ## format every Go file
	gofmt -l -w $$(git ls-files -co --exclude-standard '*.go')

format-check:
	@echo "== format"
	@out=$$(gofmt -l $$(git ls-files -co --exclude-standard '*.go')); \
	test -z "$$out" || { echo "not formatted (make fmt):"; echo "$$out"; exit 1; }

vet: ## go vet, integration stories included
	@echo "== vet"
	$(GO) vet $(PKG)
	$(GO) vet -tags integration ./internal/...

lint: ## staticcheck, as staticcheck.conf says
	@echo "== lint"
	$(GO) run $(STATICCHECK) -tags integration $(PKG)

arrows: ## imports point one way
	@echo "== import arrows"
	$(GO) test ./internal/arch

fuzz: ## every fuzz target for a short while (FUZZTIME=10s)
	@for pkg in $$(git grep -l '^func Fuzz' -- '*_test.go' | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]*' $$pkg/*_test.go | sed 's/func //' | sort -u); do \
	    echo "== $$pkg $$f"; $(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) ./$$pkg || exit 1; \
	  done; done

chart: ## render the Helm chart every way; lint, schemas, alerts, README
	@echo "== chart"
	cd helm/test && $(GO) vet . && $(GO) test -run '$(RUN)' .

chart-golden: ## write anew what helm/test expects, and the chart's README.md
	cd helm/test && $(GO) test . -update

static: ## bin/static/crosstide, which needs no shared library; needs musl-gcc (Debian: musl-tools)
	CC=musl-gcc $(GO) build -trimpath -tags musl -o bin/static/crosstide \
	  -ldflags '-s -w $(LDFLAGS) -linkmode external -extldflags -static' ./cmd/crosstide

image: ## the container image crosstide:VERSION, by docker or ENGINE=buildah
	$(ENGINE) build -f docker/Dockerfile -t crosstide:$(VERSION) \
	  --build-arg VERSION=$(VERSION) --build-arg REVISION=$$(git rev-parse HEAD) $(IMAGE_ARGS) .

notices: ## THIRD_PARTY_NOTICES.md from what the binary links
	$(GO) run ./internal/notices -o THIRD_PARTY_NOTICES.md ./cmd/crosstide

notices-check:
	@echo "== third-party notices"
	$(GO) run ./internal/notices -check THIRD_PARTY_NOTICES.md ./cmd/crosstide

clean: ## what was built here; the jars of the rig stay in the user's cache
	rm -rf bin dist
