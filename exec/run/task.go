package run

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/checkpoint"
	"millrace/flow"
	"millrace/sinks"
	"millrace/sqlerr"
)

// task runs a chain of steps, one event a step. It is passive: Step does one bounded piece of work and never waits.
// In production a goroutine calls it over and over (loop); a simulator may call the Steps of all tasks in any order.
type task struct {
	index    int             // this instance, of its stage's parallelism
	nodes    []*flow.Node    // of the chain; a source task's first is its scan, a sink task's last its write
	ops      []flow.Operator // behind the source, before the sink
	counters []*counters     // as long as nodes
	links    []link          // links[i] is in front of ops[i]; the last is the task's end
	offset   int             // nodes[i+offset] is the node of ops[i]
	gate     flow.Gated      // the first step, where it says which inputs are read. nil: all
	resumer  flow.Resumer    // the first step, where it may have something left to give. nil: it has not
	source   *sourceTask     // nil: the task has inputs
	in       []*edge
	out      *output    // nil: the task ends in a sink
	sink     sinks.Sink // nil: the task has an output
	waker    *waker
	now      func() time.Time
	ack      func(ack)
	ctx      context.Context

	epoch    uint64      // of the last checkpoint that it has spoken for
	ports    []flow.Time // the watermark of each port
	sent     flow.Time   // the watermark that left the task
	isIdle   bool
	next     int       // the input to try first
	at       int       // the node that is at work, of nodes: whom a panic is blamed on
	forget   bool      // what its steps keep is in no checkpoint
	timed    bool      // how long each step works is measured
	since    time.Time // when the step at work began or went on
	ended    atomic.Bool
	allEnded bool // every input has: the task finishes when its first step has nothing left to give
	stopped  bool // a last barrier has passed: nothing more is read
	timers   []timer

	commitMu sync.Mutex
	commits  [][]byte // tokens of durable checkpoints, oldest first, until they are committed
}

// ack is what a task tells the coordinator when a barrier has passed it, or when it has ended.
type ack struct {
	task  *task
	epoch uint64
	final bool                        // nothing more is to come: epoch is the next that the task did not see
	split map[string]checkpoint.Split // of a source task
	ports []flow.Time
	state []checkpoint.Record // the coordinator releases them
	token []byte
}

type timer struct {
	at   time.Time
	link int
	fn   func(flow.Emitter) error
}

// link is the emitter in front of step i of a task, or at its end.
type link struct {
	t *task
	i int
}

// last is the node at the end of the chain.
func (t *task) last() *flow.Node { return t.nodes[len(t.nodes)-1] }

// Emit takes over the batch.
func (l *link) Emit(b *flow.Batch) error {
	t := l.t
	if t.ctx.Err() != nil { // one event may make more rows than anybody waits for
		b.Release()
		return context.Cause(t.ctx)
	}
	n := int64(b.Len())
	if at := l.i + t.offset - 1; at >= 0 {
		t.counters[at].out.Add(n)
	}
	before := t.at
	var err error
	switch {
	case l.i < len(t.ops):
		t.enter(l.i + t.offset)
		t.counters[t.at].in.Add(n)
		err = t.ops[l.i].Process(0, b, &t.links[l.i+1])
		b.Release()
	case t.sink != nil:
		t.enter(len(t.nodes) - 1)
		t.counters[t.at].in.Add(n)
		err = t.sink.Write(t.ctx, b)
		b.Release()
	default:
		err = t.out.emit(b)
	}
	t.enter(before)
	return err
}

// enter notes which step works from now on, and how long the one before it did.
func (t *task) enter(at int) {
	if t.timed {
		now := time.Now()
		t.counters[t.at].busy.Add(int64(now.Sub(t.since)))
		t.since = now
	}
	t.at = at
}

// Step does one bounded piece of work and reports whether there was any.
func (t *task) Step() (bool, error) {
	if t.sink != nil {
		if err := t.commit(t.ctx); err != nil {
			return true, err
		}
	}
	if t.ended.Load() || t.stopped || t.out != nil && t.out.full() {
		return false, nil
	}
	if did, err := t.fire(); did || err != nil {
		return did, err
	}
	if did, err := t.resume(); did || err != nil {
		return did, err
	}
	if t.allEnded {
		return true, t.finish()
	}
	if t.source != nil {
		t.enter(0)
		return t.source.step(t)
	}
	if len(t.in) == 0 { // constant rows: there is nothing to wait for
		return true, t.finish()
	}
	for i := range t.in {
		e := t.in[(t.next+i)%len(t.in)]
		if e.held || e.ended || t.gate != nil && !t.gate.Ready(e.port) {
			continue
		}
		ev, ok := e.take()
		if !ok {
			continue
		}
		t.next = (t.next + i + 1) % len(t.in)
		return true, t.handle(e, ev)
	}
	return false, nil
}

// resume lets the first step go on with what it left to do.
func (t *task) resume() (bool, error) {
	if t.resumer == nil {
		return false, nil
	}
	t.enter(t.offset)
	return t.resumer.Resume(t.allEnded, &t.links[1])
}

// handle takes one event of an input.
func (t *task) handle(e *edge, ev flow.Event) error {
	switch ev.Kind {
	case flow.Data:
		e.idle = false
		return t.process(e.port, ev.Batch)
	case flow.Watermark:
		e.idle, e.watermark = false, max(e.watermark, ev.Time)
		return t.advance()
	case flow.Idle:
		e.idle = true
		return t.advance()
	case flow.Barrier:
		e.held, e.epoch = true, ev.Epoch
		return t.align()
	default: // End
		e.ended, e.idle, e.watermark = true, false, flow.MaxTime
		if !slices.ContainsFunc(t.in, func(e *edge) bool { return !e.ended }) {
			t.allEnded = true // the next Step, or the one behind the last that has something to resume, finishes
			if t.resumer == nil {
				return t.finish()
			}
			return nil
		}
		if err := t.advance(); err != nil {
			return err
		}
		return t.align()
	}
}

// process takes over a batch for a port of the first step.
func (t *task) process(port int, b *flow.Batch) error {
	t.active()
	if len(t.ops) == 0 {
		return t.links[0].Emit(b)
	}
	t.enter(t.offset)
	t.counters[t.at].in.Add(int64(b.Len()))
	err := t.ops[0].Process(port, b, &t.links[1])
	b.Release()
	return err
}

// advance works out each port's watermark from its inputs. Idle inputs hold nothing back. Where all are idle that have
// not ended, the port is as far as the furthest of them, as window.Tracker has it of splits: how splits are dealt out
// to tasks makes no difference. Nor does such a port hold the others back: it goes along with the lowest of those. A
// task all of whose ports are idle is idle itself.
func (t *task) advance() error {
	active, idle := false, false
	lows := make([]flow.Time, len(t.ports))
	quiet := make([]bool, len(t.ports))
	lowest := flow.MaxTime // of the ports that are active
	for port := range t.ports {
		low, furthest, portActive, portIdle := flow.MaxTime, flow.MinTime, false, false
		for _, e := range t.in {
			switch {
			case e.port != port || e.ended:
			case e.idle:
				portIdle = true
				furthest = max(furthest, e.watermark)
			default:
				portActive = true
				low = min(low, e.watermark)
			}
		}
		active, idle = active || portActive, idle || portIdle
		lows[port], quiet[port] = low, portIdle && !portActive
		switch {
		case quiet[port]:
			lows[port] = furthest
		case portActive:
			lowest = min(lowest, low)
		}
	}
	for port, low := range lows {
		if quiet[port] && active {
			low = max(low, lowest)
		}
		if err := t.watermark(port, low); err != nil {
			return err
		}
	}
	if idle && !active {
		return t.goIdle()
	}
	if active {
		t.active()
	}
	return nil
}

// active takes goIdle back before any row is held for the steps behind, so that they wait for it.
func (t *task) active() {
	if !t.isIdle {
		return
	}
	t.isIdle = false
	if t.out != nil {
		t.out.control(flow.Event{Kind: flow.Watermark, Time: t.sent})
	}
}

// watermark hands a port's watermark down the chain. It leaves the task only where it grew.
func (t *task) watermark(port int, w flow.Time) error {
	if w <= t.ports[port] {
		return nil
	}
	t.ports[port] = w
	for i, op := range t.ops {
		t.enter(i + t.offset)
		t.counters[t.at].watermark.Store(int64(w))
		var err error
		if w, err = op.Watermark(port, w, &t.links[i+1]); err != nil {
			return err
		}
		port = 0
	}
	if w <= t.sent {
		return nil
	}
	t.sent = w
	if t.sink != nil {
		t.counters[len(t.counters)-1].watermark.Store(int64(w))
		return nil
	}
	t.isIdle = false // as those behind take it
	t.out.control(flow.Event{Kind: flow.Watermark, Time: w})
	return nil
}

// goIdle tells the steps behind that they need not wait for this task, having given them all it holds. It says so once.
func (t *task) goIdle() error {
	if t.isIdle {
		return nil
	}
	if err := t.flush(); err != nil {
		return err
	}
	t.isIdle = true
	if t.out != nil {
		t.out.control(flow.Event{Kind: flow.Idle})
	}
	return nil
}

// flush makes the steps give what they hold back for throughput.
func (t *task) flush() error {
	for i, op := range t.ops {
		if f, ok := op.(flow.Flusher); ok {
			t.enter(i + t.offset)
			if err := f.Flush(&t.links[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}

// align lets a barrier through once every input that has not ended has brought it. Until then the inputs that did are
// not read: nothing is buffered, so nothing can overtake it.
func (t *task) align() error {
	var epoch uint64
	for _, e := range t.in {
		if !e.held && !e.ended {
			return nil
		}
		if e.held {
			epoch = e.epoch
		}
	}
	if epoch == 0 {
		return nil
	}
	for _, e := range t.in {
		e.held = false
	}
	return t.barrier(epoch)
}

// barrier snapshots the chain, tells the coordinator and passes the barrier on.
func (t *task) barrier(epoch uint64) error {
	if err := t.flush(); err != nil {
		return err
	}
	if err := t.acknowledge(ack{epoch: epoch}); err != nil {
		return err
	}
	if t.out != nil {
		t.out.control(flow.Event{Kind: flow.Barrier, Epoch: epoch})
	}
	return nil
}

// finish ends the task: every input has ended.
func (t *task) finish() error {
	for port := range t.ports {
		if err := t.watermark(port, flow.MaxTime); err != nil {
			return err
		}
	}
	if err := t.acknowledge(ack{epoch: t.epoch + 1, final: true}); err != nil {
		return err
	}
	if t.out != nil {
		t.out.control(flow.Event{Kind: flow.End})
	}
	t.ended.Store(true)
	return nil
}

func (t *task) acknowledge(a ack) error {
	a.task, a.ports = t, slices.Clone(t.ports)
	t.epoch = a.epoch
	if t.source != nil {
		a.split = t.source.positions()
	}
	for i, op := range t.ops {
		if t.forget {
			break
		}
		t.enter(i + t.offset)
		w := &stateWriter{node: t.nodes[t.at].ID, into: &a.state}
		if err := op.Snapshot(w); err != nil {
			releaseAll(a.state)
			return err
		}
	}
	if t.sink != nil {
		t.enter(len(t.nodes) - 1)
		token, err := t.sink.Prepare(t.ctx, a.epoch)
		if err != nil {
			releaseAll(a.state)
			return err
		}
		a.token = token
	}
	t.ack(a)
	return nil
}

// commit shows what checkpoints that are durable by now hold. A token stays in the list until it is committed: a
// checkpoint that becomes durable before that carries it along, so that a restart from there commits it.
func (t *task) commit(ctx context.Context) error {
	for _, token := range t.uncommitted() {
		if err := t.sink.Commit(ctx, token); err != nil {
			return err
		}
		t.commitMu.Lock()
		t.commits = t.commits[1:]
		t.commitMu.Unlock()
	}
	return nil
}

// uncommitted is the tokens that commit has not got to.
func (t *task) uncommitted() [][]byte {
	t.commitMu.Lock()
	defer t.commitMu.Unlock()
	return slices.Clone(t.commits)
}

// later asks the task to commit a token between two of its steps.
func (t *task) later(token []byte) {
	t.commitMu.Lock()
	t.commits = append(t.commits, token)
	t.commitMu.Unlock()
	t.waker.wake()
}

// after is TaskContext.After for the step at.
func (t *task) after(at int) func(time.Duration, func(flow.Emitter) error) {
	return func(d time.Duration, fn func(flow.Emitter) error) {
		t.timers = append(t.timers, timer{at: t.now().Add(d), link: at + 1, fn: fn})
	}
}

// fire runs the timers that are due.
func (t *task) fire() (bool, error) {
	if len(t.timers) == 0 {
		return false, nil
	}
	now := t.now()
	i := slices.IndexFunc(t.timers, func(x timer) bool { return !x.at.After(now) })
	if i < 0 {
		return false, nil
	}
	due := t.timers[i]
	t.timers = slices.Delete(t.timers, i, i+1)
	t.enter(due.link - 1 + t.offset)
	return true, due.fn(&t.links[due.link])
}

// sleepFor is how long the task may sleep if nobody wakes it.
func (t *task) sleepFor() time.Duration {
	d := time.Duration(math.MaxInt64)
	if t.source != nil {
		d = t.source.sleepFor()
	}
	for _, x := range t.timers {
		d = min(d, max(0, x.at.Sub(t.now())))
	}
	return d
}

// loop is production: Step until the task has ended or the context has.
func (t *task) loop(ctx context.Context) (err error) {
	defer t.blame(&err)
	var sleep *time.Timer
	for !t.ended.Load() {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if t.timed {
			t.since = time.Now()
		}
		did, err := t.Step()
		t.enter(t.at)
		if err != nil {
			return err
		}
		if did {
			continue
		}
		var expired <-chan time.Time
		if d := t.sleepFor(); d < math.MaxInt64 {
			if sleep == nil {
				sleep = time.NewTimer(d)
				defer sleep.Stop()
			} else {
				sleep.Reset(d)
			}
			expired = sleep.C
		}
		select {
		case <-t.waker.c:
		case <-expired:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// blame, deferred, makes a panic of the task the error of its job, with the step that was at work and the stack.
func (t *task) blame(err *error) {
	if p := recover(); p != nil {
		n := t.nodes[t.at]
		*err = sqlerr.Panic(fmt.Sprintf("%s (%s[%d])", n.ID, n.Spec.Describe().Name, t.index), p)
	}
}

// close frees what the task holds.
func (t *task) close() error {
	for _, e := range t.in {
		e.drain()
	}
	var first error
	keep := func(err error) {
		if first == nil {
			first = err
		}
	}
	for _, op := range t.ops {
		keep(op.Close())
	}
	if t.source != nil {
		keep(t.source.close())
	}
	if t.sink != nil {
		keep(t.sink.Close())
	}
	return first
}

// stateWriter collects what an operator writes.
type stateWriter struct {
	node string
	into *[]checkpoint.Record
}

func (w *stateWriter) Put(table string, group int, rec arrow.RecordBatch) error {
	if group < 0 || group >= flow.KeyGroups {
		panic(fmt.Sprintf("run: %s wrote state of key group %d", w.node, group))
	}
	rec.Retain()
	*w.into = append(*w.into, checkpoint.Record{Node: w.node, Table: table, Group: group, Rec: rec})
	return nil
}

func releaseAll(records []checkpoint.Record) {
	for _, r := range records {
		r.Rec.Release()
	}
}
