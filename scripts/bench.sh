#!/usr/bin/env bash
# Measures the Nexmark queries from a real Kafka that it starts and always stops. Arguments go to bench/nexmark:
#
#   scripts/bench.sh --queries q12 --runs 5
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. scripts/lib.sh
need_go
need_services
complain
trap 'stop_services' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
export KAFKA_HEAP=${KAFKA_HEAP:-1g}
start_services kafka
go run ./bench/nexmark --brokers "$MILLRACE_KAFKA" "$@"
