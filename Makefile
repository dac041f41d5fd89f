# Crosstide. `make help` lists the targets.
GO ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)
LINKS := connect-mirror-maker connect-distributed connect-standalone

.PHONY: help build test

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

build: ## bin/crosstide and the links named as Kafka's commands
	$(GO) build -ldflags '$(LDFLAGS)' -o bin/crosstide ./cmd/crosstide
	@cd bin && for l in $(LINKS); do ln -sf crosstide $$l; ln -sf crosstide $$l.sh; done

test: ## everything that needs no Java
	$(GO) test ./...
