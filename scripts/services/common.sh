# shellcheck shell=bash
# What kafka.sh and cassandra.sh share: finding Java, fetching jars, and processes known by their recorded pids.
# The sourcing script sets: me (its name), what (what one instance is called), dir (its data), cache, jars, pom,
# grace (seconds that a process has to end after TERM).

die() { echo "$me: $*" >&2; exit 1; }

# need_java MIN MAX prints the path of a java whose version is from MIN to MAX.
need_java() {
  local home version java
  for home in "${SERVICES_JAVA_HOME:-}" "${JAVA_HOME:-}" /usr/lib/jvm/java-17-openjdk* /usr/lib/jvm/openjdk-17 ''; do
    if [ -n "$home" ]; then java=$home/bin/java; else java=$(command -v java || :); fi
    [ -n "$java" ] && [ -x "$java" ] || continue
    version=$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -1)
    if [ "${version:-0}" -ge "$1" ] && [ "$version" -le "$2" ]; then echo "$java"; return; fi
  done
  die "needs a JDK 17, and there is none: apt-get install openjdk-17-jdk-headless (or set SERVICES_JAVA_HOME)"
}

# fetch fills the cache with the jars that the pom names, one process at a time, and puts them in place by one rename.
fetch() {
  [ -f "$jars/.complete" ] && return
  command -v mvn >/dev/null || die "needs Maven to fetch its jars, and there is none: apt-get install maven"
  mkdir -p "$cache"
  (
    flock 9
    [ -f "$jars/.complete" ] && exit 0
    rm -rf "$jars.part"
    echo "$me: fetching the jars into $jars" >&2
    mvn -q -B -f "$pom" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$jars.part" \
      >"$jars.log" 2>&1 </dev/null || { tail -20 "$jars.log" >&2; exit 1; }
    : >"$jars.part/.complete"
    rm -rf "$jars"
    mv "$jars.part" "$jars"
  ) 9>"$cache/.$me.lock" || die "fetching the jars failed; the log is $jars.log"
}

count() { cat "$dir/count" 2>/dev/null || echo 0; }
open_port() { (exec 3<>"/dev/tcp/$1/$2") 2>/dev/null; } # host port

# A recorded pid is 'pid starttime', so that a pid that the system handed out again is never taken for ours.
starttime() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
record_pid() { echo "$2 $(starttime "$2")" >"$dir/$1/pid"; } # instance pid
live_pid() { # instance: prints its pid if it runs
  local pid st
  read -r pid st 2>/dev/null <"$dir/$1/pid" || return 1
  [ -n "$st" ] && [ "$(starttime "$pid")" = "$st" ] || return 1
  echo "$pid"
}

signal() { # signal instance
  local pid
  pid=$(live_pid "$2") || die "$what $2 is not running"
  kill -"$1" "$pid"
  # A process is stopped once each of its threads is, which on a busy machine is later than kill returns.
  while [ "$1" = STOP ] && [ -n "$(grep -hs '^State:' "/proc/$pid"/task/*/status | grep -v 'T (stopped)')" ]; do sleep 0.005; done
}

kill_one() { # instance
  signal KILL "$1"
  while live_pid "$1" >/dev/null; do sleep 0.05; done
}

stop_all() { # CONT first: a paused process does not hear TERM
  local i pid end=$((SECONDS + grace))
  for i in $(seq 1 "$(count)"); do
    if pid=$(live_pid "$i"); then kill -CONT "$pid" 2>/dev/null || :; kill -TERM "$pid" 2>/dev/null || :; fi
  done
  for i in $(seq 1 "$(count)"); do
    while pid=$(live_pid "$i"); do
      if [ $SECONDS -ge "$end" ]; then kill -KILL "$pid" 2>/dev/null || :; fi
      sleep 0.1
    done
    rm -f "$dir/$i/pid"
  done
}

# begin N PORT HEAP checks that the data are those of N instances, and records what later verbs need.
begin() {
  [[ $1 =~ ^[1-9]$ ]] || die "start takes a number from 1 to 9"
  local old
  old=$(count)
  if [ "$old" != 0 ] && [ "$old" != "$1" ]; then die "the data in $dir are those of $old ${what}(s): run '$0 wipe' first"; fi
  mkdir -p "$dir"
  echo "$1" >"$dir/count"
  echo "$2" >"$dir/port"
  echo "$3" >"$dir/heap"
}

# await_log INSTANCE LINE HOST PORT SECONDS waits until the log has LINE and the port takes connections.
await_log() {
  local log=$dir/$1/server.log end=$((SECONDS + $5))
  until grep -q "$2" "$log" 2>/dev/null && open_port "$3" "$4"; do
    if ! live_pid "$1" >/dev/null; then tail -25 "$log" >&2; die "$what $1 died; its log is $log"; fi
    if [ $SECONDS -ge "$end" ]; then tail -25 "$log" >&2; die "$what $1 is not ready after $5 s; its log is $log"; fi
    sleep 0.1
  done
}

resident() { awk '/^VmRSS/{print int($2/1024)}' "/proc/$1/status"; } # pid: MiB
status_all() {
  local i pid rc=0 n
  n=$(count)
  if [ "$n" = 0 ]; then echo "${me%.sh}: none"; return 1; fi
  for i in $(seq 1 "$n"); do
    if pid=$(live_pid "$i"); then
      echo "${me%.sh} $i: up pid $pid $(address "$i") rss $(resident "$pid") MiB"
    else
      echo "${me%.sh} $i: down"
      rc=1
    fi
  done
  return $rc
}

addresses() { # host:port of all, with commas between
  local i s=
  for i in $(seq 1 "$(count)"); do s+=${s:+,}$(address "$i"); done
  echo "$s"
}

usage() { sed -n '2,/^set -euo/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }
