# Everything a person or a machine does with this repository, by name.

.DEFAULT_GOAL := help
.PHONY: help demo up down test check fmt clippy proto deny manifests build release load bench fuzz clean

CARGO ?= cargo
SERVICES := identity directory presence routing reporting
TARGET := $(or $(CARGO_TARGET_DIR),target)
# Not by `cargo run`: for one package alone it would compile the dependencies
# again, with the features that this package asks for.
STROWGER := $(TARGET)/debug/strowger
# Extra arguments, such as `make test ARGS="--package store"`.
ARGS ?=

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: services ## Play a quarter of an hour of calls, and compare the report with it
	$(STROWGER) demo $(ARGS)

up: services ## Keep the mesh up until Ctrl-C; ARGS=--detach leaves it running
	$(STROWGER) up $(ARGS)

down: services ## Stop what `make up` started; its data stays
	$(STROWGER) down $(ARGS)

test: ## Run every test on a private Postgres and Redis
	$(CARGO) run --quiet --package sandbox -- exec -- \
		$(CARGO) test $(if $(ARGS),$(ARGS),--workspace)

check: fmt clippy proto deny manifests test ## Everything that must pass before a change is merged

fmt: ## Check the layout of the Rust code
	$(CARGO) fmt --all --check

clippy: ## Lint the Rust code; a warning is an error
	$(CARGO) clippy --workspace --all-targets --quiet -- --deny warnings

proto: ## Lint proto/, check its layout, and compare it with what clients speak
	.ci/buf lint proto
	.ci/buf format --diff --exit-code proto
	.ci/breaking

deny: ## Check licences, bans and sources of all dependencies
	.ci/deny

manifests: ## Validate the Kubernetes manifests
	deploy/check-manifests.sh .strowger/tools

build: ## Build everything for development
	$(CARGO) build --workspace

release: ## Build the services and the tool, optimised
	$(CARGO) build --release $(addprefix --package ,$(SERVICES) cli)

load: release ## Measure latency and throughput of the running mesh
	$(TARGET)/release/strowger load $(ARGS)

bench: ## Measure sign-in, token verification and Refresh
	$(CARGO) run --quiet --package sandbox -- exec -- \
		$(CARGO) bench --package identity --bench auth $(if $(ARGS),-- $(ARGS))

fuzz: ## Fuzz what reads tokens and files, a minute a target; ARGS=600 for longer
	.ci/fuzz $(ARGS)

clean: ## Remove everything that was built or started here
	$(CARGO) clean
	rm -rf .strowger

.PHONY: services
services:
	@$(CARGO) build --quiet $(addprefix --package ,$(SERVICES) cli)
