#!/usr/bin/env bash
# Runs a real Apache Cassandra on this machine's loopback.
#
#   cassandra.sh start [n]   n nodes (default 1); waits until all take CQL and see each other
#   cassandra.sh stop        stops them (TERM, then KILL), only by the recorded pids; the data stay
#   cassandra.sh status      one line a node; exit 0 only if all that were started are up
#   cassandra.sh kill i      kill -9 node i            cassandra.sh up i       start node i again, with its data; waits
#                            until it and the running ones see each other
#   cassandra.sh pause i     SIGSTOP node i            cassandra.sh resume i   SIGCONT node i
#   cassandra.sh wipe        stop, then remove the data
#   cassandra.sh addresses   prints the nodes, host:port with commas between
#   cassandra.sh nodetool i  ARGS...  runs nodetool against node i (status, ring, flush, drain, ...)
#   cassandra.sh fetch       only fills the cache of jars
#
# Node i is 127.0.0.i: CQL on CASSANDRA_PORT (19042) of each, between nodes CASSANDRA_PORT-2042 (17000), JMX on
# 127.0.0.1:CASSANDRA_PORT-1844+i (17199...). Tokens are fixed: 16 a node, spread evenly and interleaved, so node i owns
# 1/n of the ring and the ring is the same in every run.
#
# Environment: SERVICES_DIR (/tmp/millrace-services), SERVICES_CACHE (~/.cache/millrace-services), CASSANDRA_PORT (19042),
# CASSANDRA_HEAP (1g; -Xms is CASSANDRA_HEAP_MIN, 256m, since Cassandra locks in memory what the heap starts with),
# CASSANDRA_OPTS (more JVM flags), CASSANDRA_CONF (a file of YAML lines added to each cassandra.yaml; the last of two
# equal keys counts), CASSANDRA_TOKENS (16), CASSANDRA_WAIT (seconds, 180), SERVICES_JAVA_HOME (a JDK 17; 5.0 runs on
# no newer one).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
me=cassandra.sh
what=node
grace=30
dir=${SERVICES_DIR:-/tmp/millrace-services}/cassandra
cache=${SERVICES_CACHE:-$HOME/.cache/millrace-services}
port=${CASSANDRA_PORT:-$(cat "$dir/port" 2>/dev/null || echo 19042)} # later verbs take what start was given
storage=$((port - 2042))
heap=${CASSANDRA_HEAP:-$(cat "$dir/heap" 2>/dev/null || echo 1g)}
tokens=${CASSANDRA_TOKENS:-16}
wait_s=${CASSANDRA_WAIT:-180}
pom=$here/cassandra-pom.xml
jars=$cache/cassandra-$(sha256sum "$pom" | cut -c1-12)
# shellcheck source=common.sh
. "$here/common.sh"

address() { echo "127.0.0.$1:$port"; }
jmx() { echo $((port - 1844 + $1)); } # node

# What Cassandra 5.0 needs of JDK 17's closed packages (the list of its own conf/jvm17-server.options).
opens=(
  --add-exports java.base/jdk.internal.misc=ALL-UNNAMED
  --add-exports java.management.rmi/com.sun.jmx.remote.internal.rmi=ALL-UNNAMED
  --add-exports java.rmi/sun.rmi.registry=ALL-UNNAMED
  --add-exports java.rmi/sun.rmi.server=ALL-UNNAMED
  --add-exports java.sql/java.sql=ALL-UNNAMED
  --add-exports java.base/java.lang.ref=ALL-UNNAMED
  --add-exports jdk.unsupported/sun.misc=ALL-UNNAMED
  --add-exports jdk.compiler/com.sun.tools.javac.file=ALL-UNNAMED
  --add-exports jdk.attach/sun.tools.attach=ALL-UNNAMED
  --add-opens java.base/java.lang.module=ALL-UNNAMED
  --add-opens java.base/jdk.internal.loader=ALL-UNNAMED
  --add-opens java.base/jdk.internal.ref=ALL-UNNAMED
  --add-opens java.base/jdk.internal.reflect=ALL-UNNAMED
  --add-opens java.base/jdk.internal.math=ALL-UNNAMED
  --add-opens java.base/jdk.internal.module=ALL-UNNAMED
  --add-opens java.base/jdk.internal.util.jar=ALL-UNNAMED
  --add-opens jdk.management/com.sun.management.internal=ALL-UNNAMED
  --add-opens java.base/sun.nio.ch=ALL-UNNAMED
  --add-opens java.base/java.io=ALL-UNNAMED
  --add-opens java.base/java.lang=ALL-UNNAMED
  --add-opens java.base/java.lang.reflect=ALL-UNNAMED
  --add-opens java.base/java.util=ALL-UNNAMED
  --add-opens java.base/java.util.concurrent=ALL-UNNAMED
  --add-opens java.base/java.util.concurrent.atomic=ALL-UNNAMED
  --add-opens java.base/java.nio=ALL-UNNAMED
  --add-opens jdk.compiler/com.sun.tools.javac=ALL-UNNAMED
)

ring_tokens() { # $1 node, $2 of how many: -2^63 + (j*n + i-1) * 2^64/(tokens*n), in two 62-bit halves bash can add
  local i=$1 n=$2 j step out=
  step=$(((9223372036854775807 / (tokens * n)) * 2))
  for j in $(seq 0 $((tokens - 1))); do
    out+=${out:+,}$((-9223372036854775807 + (j * n + i - 1) * step))
  done
  echo "$out"
}

configure() { # $1 node, $2 of how many
  local i=$1 n=$2 d=$dir/$1 j seeds=
  for j in $(seq 1 $((n < 3 ? n : 3))); do seeds+=${seeds:+,}127.0.0.$j:$storage; done
  mkdir -p "$d/data" "$d/tmp"
  cat >"$d/cassandra.yaml" <<EOF
cluster_name: millrace
num_tokens: $tokens
initial_token: "$(ring_tokens "$i" "$n")"
auto_bootstrap: false
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
endpoint_snitch: SimpleSnitch
dynamic_snitch: false
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "$seeds"
listen_address: 127.0.0.$i
rpc_address: 127.0.0.$i
storage_port: $storage
ssl_storage_port: $((storage + 1))
native_transport_port: $port
start_native_transport: true
data_file_directories: ["$d/data/data"]
commitlog_directory: $d/data/commitlog
hints_directory: $d/data/hints
saved_caches_directory: $d/data/saved_caches
cdc_raw_directory: $d/data/cdc_raw
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
# durable as Cassandra comes: the log is fsynced every 10 s; small files
commitlog_sync: periodic
commitlog_sync_period: 10s
commitlog_segment_size: 8MiB
commitlog_total_space: 128MiB
commitlog_disk_access_mode: legacy
auto_snapshot: false
incremental_backups: false
snapshot_before_compaction: false
disk_failure_policy: stop
commit_failure_policy: stop
# a fresh cluster: all of 5.0, no fallback for 4.x peers
storage_compatibility_mode: NONE
# small: a test machine of 2 cores
memtable_allocation_type: heap_buffers
memtable_heap_space: 192MiB
memtable_offheap_space: 64MiB
file_cache_size: 64MiB
key_cache_size: 16MiB
counter_cache_size: 2MiB
row_cache_size: 0MiB
networking_cache_size: 32MiB
concurrent_reads: 16
concurrent_writes: 16
concurrent_counter_writes: 8
concurrent_compactors: 1
compaction_throughput: 64MiB/s
internode_compression: none
hinted_handoff_enabled: true
materialized_views_enabled: true
user_defined_functions_enabled: true
EOF
  if [ -n "${CASSANDRA_CONF:-}" ]; then cat "$CASSANDRA_CONF" >>"$d/cassandra.yaml"; fi
  cat >"$d/logback.xml" <<'EOF'
<configuration scan="false">
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%-5level [%thread] %date{ISO8601} %F:%L - %msg%n</pattern></encoder>
  </appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
EOF
}

launch() { # $1 node
  local i=$1 d=$dir/$1 p
  if live_pid "$i" >/dev/null; then return; fi
  for p in "$port" "$storage"; do
    if open_port "127.0.0.$i" "$p"; then die "127.0.0.$i:$p is taken by another process"; fi
  done
  if open_port 127.0.0.1 "$(jmx "$i")"; then die "port $(jmx "$i") is taken by another process"; fi
  if [ -f "$d/server.log" ]; then mv "$d/server.log" "$d/server.log.old"; fi
  # shellcheck disable=SC2086
  setsid nohup "$java" -Xms"${CASSANDRA_HEAP_MIN:-256m}" -Xmx"$heap" -Xss512k -XX:MaxDirectMemorySize=512m \
    -XX:+UseG1GC -XX:MaxGCPauseMillis=300 -XX:+ParallelRefProcEnabled -XX:+PerfDisableSharedMem \
    -XX:+ExitOnOutOfMemoryError -XX:-UseBiasedLocking -ea -da:net.openhft... \
    "${opens[@]}" -javaagent:"$(echo "$jars"/jamm-*.jar)" -Djdk.attach.allowAttachSelf=true \
    -Djava.net.preferIPv4Stack=true -Djava.awt.headless=true -Djava.io.tmpdir="$d/tmp" -Djna.tmpdir="$d/tmp" \
    -Dio.netty.tryReflectionSetAccessible=true -Dio.netty.allocator.useCacheForAllThreads=true \
    -Dlogback.configurationFile="$d/logback.xml" -Dcassandra.config="file://$d/cassandra.yaml" \
    -Dcassandra.storagedir="$d/data" -Dcassandra.logdir="$d" -Dcassandra.jmx.local.port="$(jmx "$i")" \
    -Dcassandra-foreground=yes -Dcassandra.ring_delay_ms=1000 -Dcassandra.shutdown_announce_in_ms=500 \
    -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.superuser_setup_delay_ms=0 \
    -Dcassandra.disable_tcactive_openssl=true ${CASSANDRA_OPTS:-} \
    -cp "$jars/*" org.apache.cassandra.service.CassandraDaemon >"$d/server.log" 2>&1 </dev/null &
  record_pid "$i" $!
}

await() { await_log "$1" 'Startup complete' "127.0.0.$1" "$port" "$wait_s"; }

ups() { grep -c "/127.0.0.$2:$storage is now UP" "$dir/$1/server.log" 2>/dev/null || :; } # how often $1 saw $2 come up
await_up() { # $1 node, $2 other node, $3 how often $1 had seen $2 come up before
  local end=$((SECONDS + wait_s))
  until [ "$(ups "$1" "$2")" -gt "$3" ]; do
    if [ $SECONDS -ge $end ]; then die "node $1 does not see node $2 after $wait_s s"; fi
    sleep 0.2
  done
}

case "${1:-}" in
start)
  n=${2:-1}
  java=$(need_java 17 17)
  fetch
  begin "$n" "$port" "$heap"
  for i in $(seq 1 "$n"); do if ! live_pid "$i" >/dev/null; then configure "$i" "$n"; fi; done
  for i in $(seq 1 "$n"); do launch "$i"; done
  for i in $(seq 1 "$n"); do await "$i"; done
  for i in $(seq 1 "$n"); do
    for j in $(seq 1 "$n"); do if [ "$i" != "$j" ]; then await_up "$i" "$j" 0; fi; done
  done
  status_all
  ;;
stop) stop_all ;;
status) status_all ;;
kill) kill_one "${2:?node}" ;;
pause) signal STOP "${2:?node}" ;;
resume) signal CONT "${2:?node}" ;;
up)
  [ -d "$dir/${2:?node}" ] || die "no node $2"
  java=$(need_java 17 17)
  fetch
  before=()
  for i in $(seq 1 "$(count)"); do before[i]=$(ups "$i" "$2"); done
  launch "$2"
  await "$2"
  for i in $(seq 1 "$(count)"); do
    if [ "$i" != "$2" ] && live_pid "$i" >/dev/null; then await_up "$2" "$i" 0; await_up "$i" "$2" "${before[i]:-0}"; fi
  done
  status_all || :
  ;;
wipe) stop_all; rm -rf "$dir" ;;
addresses) addresses ;;
fetch) fetch; echo "$jars" ;;
nodetool)
  i=${2:?node}
  shift 2
  java=$(need_java 17 17)
  fetch
  exec "$java" -Xmx128m -XX:TieredStopAtLevel=1 "${opens[@]}" -Dlogback.configurationFile="$dir/$i/logback.xml" \
    -Djava.io.tmpdir="$dir/$i/tmp" -cp "$jars/*" org.apache.cassandra.tools.NodeTool -h 127.0.0.1 -p "$(jmx "$i")" "$@"
  ;;
*) usage ;;
esac
