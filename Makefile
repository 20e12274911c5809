# The commands of the project. `make demo` and `make test` do everything, set-up included.
.POSIX:
SHELL = /bin/sh
JOBS = $$(nproc)
STORE = folder

help:
	@echo 'make demo   build, start the example service, drive it, and print what happened;'
	@echo '            with STORE=azurite or STORE=s3 on that server, started for it'
	@echo 'make test   every test, Rust and C++, sanitizers included'
	@echo 'make bench  what a crossing costs, in full; make bench-quick in under two minutes'
	@echo 'make lint   formatters and linters of both languages'
	@echo 'make build  the library, the tests, the examples and the benches (build/dev)'
	@echo 'make setup  install what is missing'
	@echo 'make clean  remove what was built'

setup:
	scripts/setup

build: setup
	cmake --preset dev
	cmake --build --preset dev -j $(JOBS)

demo: setup
	cmake --preset dev
	cmake --build --preset dev -j $(JOBS) --target demo-parts
	STORE='$(STORE)' scripts/demo build/dev

test: setup
	scripts/test

bench:
	scripts/setup benches
	scripts/bench

bench-quick:
	scripts/setup benches
	scripts/bench --quick

lint: setup
	scripts/lint

clean:
	rm -rf build target

.PHONY: help setup build demo test bench bench-quick lint clean
