#!/usr/bin/env bash
# Runs a real Apache Kafka (KRaft, no ZooKeeper) on this machine's loopback.
#
#   kafka.sh start [n]   n brokers (default 1), each broker and controller in one process; waits until all are ready
#   kafka.sh stop        stops them (TERM, then KILL), only by the recorded pids; the data stay
#   kafka.sh status      one line a broker; exit 0 only if all that were started are up
#   kafka.sh kill i      kill -9 broker i          kafka.sh up i     start broker i again, with its data
#   kafka.sh pause i     SIGSTOP broker i          kafka.sh resume i SIGCONT broker i
#   kafka.sh wipe        stop, then remove the data
#   kafka.sh addresses   prints the bootstrap list
#   kafka.sh fetch       only fills the cache of jars
#   kafka.sh class C ... runs Java class C of the broker's class path (kafka.tools.StorageTool, ...)
#
# Broker i listens on 127.0.0.1:KAFKA_PORT+2(i-1), and its controller on the port after that:
# 19092/19093, 19094/19095, 19096/19097.
#
# Environment: SERVICES_DIR (/tmp/millrace-services), SERVICES_CACHE (~/.cache/millrace-services), KAFKA_PORT (19092),
# KAFKA_HEAP (512m), KAFKA_OPTS (more JVM flags), KAFKA_CONF (a file of lines added to each server.properties),
# KAFKA_WAIT (seconds to wait for readiness, 90), SERVICES_JAVA_HOME (a JDK 17 or newer).
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
me=kafka.sh
what=broker
grace=20
dir=${SERVICES_DIR:-/tmp/millrace-services}/kafka
cache=${SERVICES_CACHE:-$HOME/.cache/millrace-services}
base=${KAFKA_PORT:-$(cat "$dir/port" 2>/dev/null || echo 19092)} # later verbs take what start was given
heap=${KAFKA_HEAP:-$(cat "$dir/heap" 2>/dev/null || echo 512m)}
wait_s=${KAFKA_WAIT:-90}
pom=$here/kafka-pom.xml
jars=$cache/kafka-$(sha256sum "$pom" | cut -c1-12)
cluster_id=bWlsbHJhY2Uta2Fma2EtMQ # any fixed 16 bytes in base64url
# shellcheck source=common.sh
. "$here/common.sh"

port() { echo $((base + 2 * ($1 - 1))); }
address() { echo "127.0.0.1:$(port "$1")"; }

configure() { # $1 broker, $2 of how many
  local i=$1 n=$2 d=$dir/$1 v='' j rf isr
  rf=$((n < 3 ? n : 3)); isr=$((rf < 3 ? 1 : 2))
  for j in $(seq 1 "$n"); do v+=${v:+,}$j@127.0.0.1:$(($(port "$j") + 1)); done
  mkdir -p "$d/data"
  cat >"$d/server.properties" <<EOF
process.roles=broker,controller
node.id=$i
controller.quorum.voters=$v
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:$(port "$i"),CONTROLLER://127.0.0.1:$(($(port "$i") + 1))
advertised.listeners=PLAINTEXT://127.0.0.1:$(port "$i")
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=$d/data
# replication: as much as the brokers allow
default.replication.factor=$rf
min.insync.replicas=$isr
offsets.topic.replication.factor=$rf
transaction.state.log.replication.factor=$rf
transaction.state.log.min.isr=$isr
share.coordinator.state.topic.replication.factor=$rf
share.coordinator.state.topic.min.isr=$isr
# small: a test machine of 2 cores
num.partitions=1
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
share.coordinator.state.topic.num.partitions=4
num.network.threads=2
num.io.threads=4
background.threads=4
log.cleaner.dedupe.buffer.size=16777216
# quick: consumer groups form at once, a dead broker is noticed soon
group.initial.rebalance.delay.ms=0
broker.heartbeat.interval.ms=1000
broker.session.timeout.ms=6000
auto.create.topics.enable=true
delete.topic.enable=true
log.segment.delete.delay.ms=1000
log.retention.hours=168
EOF
  if [ -n "${KAFKA_CONF:-}" ]; then cat "$KAFKA_CONF" >>"$d/server.properties"; fi
  cat >"$d/log4j2.xml" <<'EOF'
<Configuration status="WARN">
  <Appenders><Console name="out"><PatternLayout pattern="[%d] %p %m (%c)%n"/></Console></Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="out"/></Root>
    <Logger name="kafka.request.logger" level="WARN"/>
    <Logger name="org.apache.kafka.common.config" level="WARN"/>
    <Logger name="kafka.server.KafkaConfig" level="WARN"/>
  </Loggers>
</Configuration>
EOF
  if [ ! -f "$d/data/meta.properties" ]; then
    "$java" -Xmx128m -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -cp "$jars/*" -Dlog4j2.configurationFile="$d/log4j2.xml" \
      kafka.tools.StorageTool format -t "$cluster_id" -c "$d/server.properties" >"$d/format.log" 2>&1 ||
      { tail -20 "$d/format.log" >&2; die "formatting the storage of broker $i failed"; }
  fi
}

launch() { # $1 broker
  local i=$1 d=$dir/$1 p
  if live_pid "$i" >/dev/null; then return; fi
  for p in "$(port "$i")" $(($(port "$i") + 1)); do
    if open_port 127.0.0.1 "$p"; then die "port $p is taken by another process"; fi
  done
  if [ -f "$d/server.log" ]; then mv "$d/server.log" "$d/server.log.old"; fi
  # shellcheck disable=SC2086
  setsid nohup "$java" -Xms"$heap" -Xmx"$heap" -XX:+UseG1GC -XX:MaxGCPauseMillis=20 -XX:+ExplicitGCInvokesConcurrent \
    -XX:+ExitOnOutOfMemoryError -Djava.awt.headless=true -Dlog4j2.configurationFile="$d/log4j2.xml" \
    -Dkafka.logs.dir="$d" ${KAFKA_OPTS:-} -cp "$jars/*" kafka.Kafka "$d/server.properties" \
    >"$d/server.log" 2>&1 </dev/null &
  record_pid "$i" $!
}

await() { await_log "$1" 'Kafka Server started' 127.0.0.1 "$(port "$1")" "$wait_s"; }

case "${1:-}" in
start)
  n=${2:-1}
  java=$(need_java 17 99)
  fetch
  begin "$n" "$base" "$heap"
  for i in $(seq 1 "$n"); do if ! live_pid "$i" >/dev/null; then configure "$i" "$n"; fi; done
  for i in $(seq 1 "$n"); do launch "$i"; done
  for i in $(seq 1 "$n"); do await "$i"; done
  status_all
  ;;
stop) stop_all ;;
status) status_all ;;
kill) kill_one "${2:?broker}" ;;
pause) signal STOP "${2:?broker}" ;;
resume) signal CONT "${2:?broker}" ;;
up)
  [ -d "$dir/${2:?broker}" ] || die "no broker $2"
  java=$(need_java 17 99)
  fetch
  launch "$2"
  await "$2"
  status_all || :
  ;;
wipe) stop_all; rm -rf "$dir" ;;
addresses) addresses ;;
fetch) fetch; echo "$jars" ;;
class)
  shift
  java=$(need_java 17 99)
  fetch
  exec "$java" -Xmx256m -XX:TieredStopAtLevel=1 -cp "$jars/*" -Dlog4j2.level=WARN "$@"
  ;;
*) usage ;;
esac
