#!/usr/bin/env bash
# Plants one bug at a time in a copy of the code, and says which seed of the simulator finds it. It fails when one is
# not found, or when the text that it is planted in is no longer there: then this list is to follow the code.
#
#   internal/sim/mutate.sh            all bugs
#   internal/sim/mutate.sh manifest   those with that in their name
#
# Environment: SEEDS (3000), how many histories each bug may take; TIMEOUT (300), seconds.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
only=${1:-}
work=$(mktemp -d "${TMPDIR:-/tmp}/millrace-mutate.XXXXXX")
trap 'rm -rf "$work"' EXIT
missed=0

# plant NAME FILE OLD NEW [FILE OLD NEW]... replaces each text, which must be there once, and runs the histories.
plant() {
  local name=$1 out
  shift
  case $name in *"$only"*) ;; *) return ;; esac
  rm -rf "$work/m" && mkdir "$work/m"
  # tar's status is no matter: it complains of files that change meanwhile
  { (cd "$root" && tar -cf - --exclude=./.git --exclude=./testdata --exclude=./bin .) || true; } | tar -xf - -C "$work/m"
  cd "$work/m"
  if ! python3 - "$@" <<'P'
import sys
args = sys.argv[1:]
for path, old, new in zip(args[::3], args[1::3], args[2::3]):
    with open(path) as f: text = f.read()
    if text.count(old) != 1:
        sys.exit(f"{path} has the text {text.count(old)} times: {old!r}")
    with open(path, "w") as f: f.write(text.replace(old, new))
P
  then
    missed=1
    return
  fi
  out=$(go test -tags assert ./internal/sim -run 'Histories$' -timeout "${TIMEOUT:-300}s" -args -seeds "${SEEDS:-3000}" 2>&1) || true
  if grep -q '^ok ' <<<"$out"; then
    out='NOT FOUND'
    missed=1
  else
    out=$(grep -a -m1 -o 'seed [0-9]*: .*\|panic: .*\|[a-z/]*\.go:[0-9]*:[0-9]*: .*' <<<"$out" || tail -1 <<<"$out")
  fi
  printf '%-62s %s\n' "$name" "${out:0:110}"
}

plant "a barrier passes without alignment" exec/run/task.go \
  '		if !e.held && !e.ended {
			return nil
		}
' ''
plant "the watermark of an operator is the maximum of its inputs" exec/run/task.go \
  'low = min(low, e.watermark)' 'low = max(low, e.watermark)' exec/run/task.go \
  'low, furthest, portActive, portIdle := flow.MaxTime,' 'low, furthest, portActive, portIdle := flow.MinTime,'
plant "the watermark of a source is the maximum of its splits" window/watermark.go \
  't.holder == nil || at < lowest' 't.holder == nil || at > lowest'
plant "a sink commits before the manifest is durable" exec/run/coordinator.go \
  '	if r.cfg.Store != nil && !r.cfg.Batch {
		if err := r.cfg.Store.Save(s.manifest' '	for _, h := range s.tokens {
		if err := h.task.sink.Commit(ctx, h.token); err != nil {
			return err
		}
	}
	if r.cfg.Store != nil && !r.cfg.Batch {
		if err := r.cfg.Store.Save(s.manifest'
plant "a restart does not finish the commit" exec/run/run.go \
  'if i == 0 && from != nil {' 'if i < 0 && from != nil {'
plant "a restart of a job that has ended does not finish the commit" exec/run/run.go \
  'if !ok || len(from.Sinks[n.ID]) == 0 {' 'if true || !ok || w == nil {'
plant "files of a checkpoint are not synced" checkpoint/store_dir.go \
  '		err = f.Sync()
' ''
plant "the folder is not synced after the rename" checkpoint/store_dir.go \
  '	return syncDir(d.fs, d.path)
}' '	return nil
}'
plant "a manifest is trusted before its rename is synced" checkpoint/store_dir.go \
  '	err := syncDir(d.fs, d.path)
	var names' '	var err error
	var names'
plant "the folder above is not synced" checkpoint/store_dir.go \
  'if err := syncDir(fsys, above); err != nil &&' 'if err := error(nil); err != nil &&'
plant "a damaged manifest is taken" checkpoint/manifest.go \
  'if len(body) != length || crc32.Checksum(body, castagnoli) != sum {' 'if len(body) != length {'
plant "damaged state is taken" checkpoint/store.go \
  'if crc32.Checksum(state[s.Offset:s.Offset+s.Length], castagnoli) != s.CRC {' 'if s.CRC == 1 {'
plant "a run that stepped back uses an epoch again" checkpoint/store_dir.go \
  'c.Newest = max(c.Epoch, epochOf(names[0]))' 'c.Newest = c.Epoch'
plant "files are removed that a kept manifest needs" checkpoint/store_dir.go \
  'needed[n], needed[m.File] = true, true' 'needed[n], needed[m.File] = true, m == nil'
plant "a window closes three microseconds early" window/final.go \
  'if !ok || end > t {' 'if !ok || end-3 > t {'
plant "a snapshot forgets a slice" window/state.go \
  '		runs = append(runs, r)
' '		if len(runs) == 0 {
			runs = append(runs, r)
		} else {
			r.rec.Release()
		}
'
plant "a snapshot forgets a key group" window/state.go \
  'if rec == nil {' 'if rec == nil || group == 90 {'
plant "state is restored by the wrong owner" exec/run/snapshot.go \
  'flow.Owner(group, s.parallelism) == s.index' 'group%s.parallelism == s.index'
plant "watermarks are not given back" exec/run/run.go \
  'if port >= len(t.ports) || w == flow.MinTime {' 'if true || port >= len(t.ports) || w == flow.MinTime {'
plant "the watermarks of splits are not given back" exec/run/source.go \
  's.watermark = from.Watermark' 's.watermark = flow.MinTime'
plant "a split begins anew after a restart" exec/run/source.go \
  'sources.Position(from.Position), t.waker.wake' 'sources.Position(""), t.waker.wake'
plant "late is by the task's watermark, not by the split's" exec/run/source.go \
  '		b.Marks = s.tracker.Observe(sp.place, b.Rec.Column(s.scan.Event.Column))
' '		if b.Marks = s.tracker.Observe(sp.place, b.Rec.Column(s.scan.Event.Column)); b.Marks != nil {
			for i := range b.Marks {
				b.Marks[i] = t.ports[0]
			}
		}
'
plant "marks are lost in an exchange" exec/run/exchange.go \
  'part.Marks = pick(b.Marks, rows)' 'part.Marks = nil'
plant "marks are lost in a filter" exec/filter.go \
  '		Marks: rowsOf(b.Marks, rows),
' ''
plant "rows that are held back miss the barrier" exec/run/task.go \
  'func (t *task) barrier(epoch uint64) error {
	if err := t.flush(); err != nil {
		return err
	}
	if err := t.acknowledge(ack{epoch: epoch}); err != nil {
		return err
	}' 'func (t *task) barrier(epoch uint64) error {
	if err := t.acknowledge(ack{epoch: epoch}); err != nil {
		return err
	}
	if err := t.flush(); err != nil {
		return err
	}'
plant "the end of an input does not let a barrier through" exec/run/task.go \
  '		if err := t.advance(); err != nil {
			return err
		}
		return t.align()' '		return t.advance()'
plant "the last word of a task is not counted" exec/run/coordinator.go \
  'if !said && !ended {' 'if _ = ended; !said {'
plant "reading goes on behind the last barrier" exec/run/source.go \
  't.stopped = s.last.Load()' 't.stopped = false'
plant "what has not been prepared for a checkpoint is aborted though a manifest has it" exec/run/coordinator.go \
  '		last.token = nil // the last word of a task counts for all later checkpoints, but its token is shown once
' ''
plant "a borrowed batch is emitted without Retain" exec/filter.go \
  'return flow.Forward(out, b)' 'return out.Emit(b)'
plant "the exchange never releases its input" exec/run/exchange.go \
  'func (o *output) partition(b *flow.Batch) {
	defer b.Release()
' 'func (o *output) partition(b *flow.Batch) {
'
plant "the emitter of a chain never releases" exec/run/task.go \
  '		err = t.ops[l.i].Process(0, b, &t.links[l.i+1])
		b.Release()
' '		err = t.ops[l.i].Process(0, b, &t.links[l.i+1])
'
plant "a task of two steps never releases its input" exec/run/task.go \
  '	err := t.ops[0].Process(port, b, &t.links[1])
	b.Release()
' '	err := t.ops[0].Process(port, b, &t.links[1])
'
plant "the state of a checkpoint is never released" exec/run/coordinator.go \
  '			defer releaseAll(a.state)
' ''
exit "$missed"
