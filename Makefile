# make test is the one that counts: all tests, on a real Kafka and a real Cassandra that it starts and stops.

.PHONY: help build test test-fast bench bench-tpch bench-wire superset fuzz fuzz-sql demo docs

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "%-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## bin/millrace
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/millrace ./cmd/millrace

test: ## all tests; needs Go, gcc, a JDK 17, Maven and PostgreSQL (it says what is missing)
	@scripts/test.sh

test-fast: ## what needs no JVM
	@scripts/test.sh fast

bench: ## Nexmark from a real Kafka: events/s, CPU-seconds a million, peak memory; ARGS='--queries q12' narrows it
	@scripts/bench.sh $(ARGS)

bench-tpch: ## TPC-H at scale factor 1 from Parquet, beside DuckDB: seconds, ratio, peak memory; ARGS='--queries q1,q5' narrows it
	@scripts/bench-tpch.sh $(ARGS)

bench-wire: ## a scan of 5 million rows through psql, beside PostgreSQL in one run: seconds, CPU of the server, peak memory
	@scripts/bench-wire.sh $(ARGS)

superset: ## Apache Superset makes a chart of a materialized view, in a headless browser; docs/guide/superset.png
	@scripts/superset.sh $(ARGS)

fuzz: ## each fuzz target for FUZZTIME (60s)
	@scripts/fuzz.sh $(ARGS)

fuzz-sql: ## queries drawn from a grammar, on PostgreSQL and on millrace: ARGS='-queries 5000 -seed 7'
	go test -tags services -timeout 2h -v -run TestFreshQueries ./internal/sqllogic $(or $(ARGS),-queries 3000)

demo: ## the main job on an embedded broker
	go run ./cmd/millrace demo $(ARGS)

docs: ## what of the pages is made from the code: functions, connectors, types, and what the examples of docs/sql print
	go run ./scripts/docs
	go test ./cmd/millrace -run 'TestTheExamplesOfTheManual|TestTheCommandsOfTheReadme' -update
