// Package run runs physical plans: tasks and the edges between them, checkpoints, and what is told of it all.
//
// A task runs a chain of steps; rows, watermarks and barriers reach it in one order on bounded edges. See task.Step.
package run

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"millrace/checkpoint"
	"millrace/expr"
	"millrace/flow"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/window"
)

// Config is a plan and what it runs with.
type Config struct {
	Name    string
	Roots   []*flow.Node // its sinks
	Sources func(name string) (sources.Connector, error)
	Sinks   func(name string) (sinks.Connector, error)
	Result  sinks.Sink // takes the rows of a sinks.Write that has no table

	Store       checkpoint.Store // nil: no checkpoints
	Interval    time.Duration    // between checkpoints; 0: none but the last and those that Barrier asks for
	Forget      bool             // what operators keep is in no checkpoint: the run always begins anew
	Timeout     time.Duration    // of one; 0: none
	MemoryLimit int64            // of operators' state; 0: none
	TempDir     string           // where operators put what that has no room for; empty: os.TempDir()
	SpillEarly  bool             // for tests: each operator that can does so with the first rows that it keeps
	Batch       bool             // no barriers, no watermark before the end, nothing is late
	Discover    time.Duration    // how often new splits are looked for; 0: every 30 seconds
	Now         func() time.Time
	Log         *slog.Logger
	Debug       bool // check every operator against its promises
	Timed       bool // measure how long each step works
}

// Run is a running plan.
type Run struct {
	cfg      Config
	tasks    []*task
	sources  []*openSource
	mem      *pool
	budget   *budget
	began    time.Time
	restored uint64 // the checkpoint gone on from; 0: none
	newest   uint64 // the highest epoch that there has been, also of checkpoints that are damaged
	epoch    atomic.Uint64
	done     atomic.Bool
	cancel   context.CancelCauseFunc

	acksMu sync.Mutex
	acks   []ack
	acked  *waker
	stop   chan struct{}
	ask    chan struct{} // has something in it when Barrier was called
	once   sync.Once
	ended  chan struct{}
	err    error
}

// errStopped ends the tasks of a run that was asked to stop and has taken its last checkpoint.
var errStopped = errors.New("stopped")

// Start opens all that the plan reads and writes, restores the newest checkpoint, and runs it. What cannot be reached
// is an error of Start. ctx ends the run at once, as a crash would; Stop ends it well.
func Start(ctx context.Context, c Config) (*Run, error) {
	r, co, runCtx, err := open(ctx, c)
	switch {
	case err != nil:
		return nil, err
	case co == nil:
		close(r.ended)
	default:
		go r.supervise(runCtx, co)
	}
	return r, nil
}

// open is Start, but for running. The coordinator is nil where there is nothing to run.
func open(ctx context.Context, c Config) (*Run, *coordinator, context.Context, error) {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Discover == 0 {
		c.Discover = 30 * time.Second
	}
	r := &Run{
		cfg: c, mem: &pool{poison: c.Debug}, budget: &budget{limit: c.MemoryLimit}, began: c.Now(),
		acked: newWaker(), stop: make(chan struct{}), ask: make(chan struct{}, 1), ended: make(chan struct{}),
	}
	from, err := r.load()
	if err != nil {
		return nil, nil, nil, err
	}
	if from != nil {
		r.restored, r.newest = from.Epoch, from.Newest
		r.epoch.Store(from.Epoch)
	}
	if from != nil && from.Done {
		r.done.Store(true)
		if err := r.commitDone(ctx, from); err != nil {
			return nil, nil, nil, err
		}
		c.Log.Warn("the job had come to its end; there is nothing to go on with", "epoch", from.Epoch)
		return r, nil, nil, nil
	}
	runCtx, cancel := context.WithCancelCause(ctx)
	r.cancel = cancel
	err = guard(func() error { return r.build(runCtx, from) })
	co := newCoordinator(r)
	if err == nil {
		err = co.first()
	}
	if err != nil {
		cancel(err)
		return nil, nil, nil, errors.Join(err, guard(r.close))
	}
	return r, co, runCtx, nil
}

// Wait returns when the run has ended: nil when all of it was done or it was stopped well.
func (r *Run) Wait() error {
	<-r.ended
	return r.err
}

// Barrier asks for a checkpoint behind all that is there to read now, or for another when the one in the making has come
// to its end. Any number of calls in between are one.
func (r *Run) Barrier() {
	select {
	case r.ask <- struct{}{}:
	default:
	}
}

// Ended is closed when the run has ended.
func (r *Run) Ended() <-chan struct{} { return r.ended }

// Stop asks the run to read no more, take a last checkpoint and end; Wait then returns. Windows that are open stay in
// the checkpoint.
func (r *Run) Stop() { r.once.Do(func() { close(r.stop) }) }

// load finds the checkpoint to go on from.
func (r *Run) load() (*checkpoint.Checkpoint, error) {
	if r.cfg.Store == nil {
		return nil, nil
	}
	from, warnings, err := r.cfg.Store.Load()
	for _, w := range warnings {
		r.cfg.Log.Error("a checkpoint is damaged; stepping back to an older one", "checkpoint", w)
	}
	if err != nil || from == nil {
		return nil, err
	}
	if err := samePlan(from.Plan, r.fingerprint()); err != nil {
		return nil, err
	}
	return from, nil
}

// build makes the tasks, opens what they read and write, and gives them back their state.
func (r *Run) build(ctx context.Context, from *checkpoint.Checkpoint) error {
	stages, err := stagesOf(r.cfg.Roots)
	if err != nil {
		return err
	}
	for _, st := range stages {
		for i := range st.parallelism() {
			st.tasks = append(st.tasks, r.newTask(st, i, ctx))
		}
		r.tasks = append(r.tasks, st.tasks...)
	}
	for _, st := range stages {
		r.connect(st)
	}
	for _, st := range stages {
		if err := r.openSink(ctx, st, from); err != nil {
			return err
		}
	}
	for _, st := range stages {
		if err := r.openOperators(ctx, st, from); err != nil {
			return err
		}
	}
	for _, st := range stages {
		if err := r.openSource(ctx, st, from); err != nil {
			return err
		}
	}
	if from != nil {
		return r.giveBackWatermarks(from)
	}
	return nil
}

func (r *Run) newTask(st *stage, i int, ctx context.Context) *task {
	t := &task{
		timed: r.cfg.Timed, forget: r.cfg.Forget, index: i, nodes: st.nodes, waker: newWaker(), now: r.cfg.Now, ctx: ctx, sent: flow.MinTime, ack: r.take, epoch: r.newest,
	}
	for _, n := range st.nodes {
		t.counters = append(t.counters, newCounters(n, r.cfg.Log))
	}
	for range max(1, len(st.nodes[0].Inputs)) {
		t.ports = append(t.ports, flow.MinTime)
	}
	return t
}

// take is where tasks put their acknowledgements.
func (r *Run) take(a ack) {
	r.acksMu.Lock()
	r.acks = append(r.acks, a)
	r.acksMu.Unlock()
	r.acked.wake()
}

// heard is what tasks have said since it was last called.
func (r *Run) heard() []ack {
	r.acksMu.Lock()
	defer r.acksMu.Unlock()
	acks := r.acks
	r.acks = nil
	return acks
}

// connect makes the edges from a stage's tasks to those of the stage behind it.
func (r *Run) connect(st *stage) {
	if st.to == nil {
		return
	}
	consumers := st.to.tasks
	for i, p := range st.tasks {
		p.out = &output{Exchange: st.exchange, mem: r.mem}
		to := consumers
		switch st.exchange.Mode {
		case flow.Direct:
			to = consumers[i : i+1]
		case flow.Gather:
			to = consumers[:1]
		}
		for _, c := range to {
			e := newEdge(p.waker, c.waker, st.port)
			p.out.edges = append(p.out.edges, e)
			c.in = append(c.in, e)
		}
	}
}

// openSink opens a sink for each task of the plan's last stages, after the tokens of the checkpoint were committed.
func (r *Run) openSink(ctx context.Context, st *stage, from *checkpoint.Checkpoint) error {
	last := st.nodes[len(st.nodes)-1]
	w, ok := last.Spec.(*sinks.Write)
	if !ok {
		return nil
	}
	for i, t := range st.tasks {
		s, err := r.sinkOf(ctx, w, i)
		if err != nil {
			return err
		}
		t.sink = s
		if i == 0 && from != nil {
			if err := commitAll(ctx, s, from.Sinks[last.ID]); err != nil {
				return err
			}
		}
	}
	return nil
}

// sinkOf opens the sink of one instance.
func (r *Run) sinkOf(ctx context.Context, w *sinks.Write, index int) (sinks.Sink, error) {
	if w.Table == nil {
		return r.cfg.Result, nil
	}
	conn, err := r.cfg.Sinks(w.Table.Connector())
	if err != nil {
		return nil, err
	}
	one := *w
	one.Index = index
	one.AtOnce = r.cfg.Store == nil && !r.cfg.Batch
	return conn.Open(ctx, &one, r.mem)
}

// commitAll commits the tokens of a checkpoint after a restart. A token is whole in itself: any instance can commit it.
func commitAll(ctx context.Context, s sinks.Sink, tokens [][]byte) error {
	for _, token := range tokens {
		if err := s.Commit(ctx, token); err != nil {
			return err
		}
	}
	return nil
}

// commitDone commits the tokens of a job's last checkpoint: it may have crashed before it got to that.
func (r *Run) commitDone(ctx context.Context, from *checkpoint.Checkpoint) error {
	for _, n := range r.cfg.Roots {
		w, ok := n.Spec.(*sinks.Write)
		if !ok || len(from.Sinks[n.ID]) == 0 {
			continue
		}
		s, err := r.sinkOf(ctx, w, 0)
		if err != nil {
			return err
		}
		if err := errors.Join(commitAll(ctx, s, from.Sinks[n.ID]), s.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (r *Run) openOperators(ctx context.Context, st *stage, from *checkpoint.Checkpoint) error {
	for i, t := range st.tasks {
		for at, n := range st.nodes {
			spec, ok := n.Spec.(flow.OperatorSpec)
			if !ok {
				if at == 0 {
					t.offset = 1
				}
				continue
			}
			tc := &flow.TaskContext{
				Context: ctx, Mem: r.mem, Budget: &share{budget: r.budget}, Metrics: t.counters[at], Index: i, Parallelism: len(st.tasks),
				Now: flow.Time(r.began.UnixMicro()), After: t.after(len(t.ops)),
			}
			if from != nil {
				tc.State = &stateReader{from: from, node: n.ID, index: i, parallelism: len(st.tasks), run: r}
			}
			if r.cfg.Batch { // what is on disk is in no checkpoint
				tc.Spill, tc.SpillEarly = r.spill, r.cfg.SpillEarly
			}
			op, err := spec.Open(tc)
			if err != nil {
				return err
			}
			if r.cfg.Debug {
				op = checked(op, n)
			}
			t.ops = append(t.ops, op)
		}
		if len(t.ops) > 0 {
			t.gate, _ = t.ops[0].(flow.Gated)
			t.resumer, _ = t.ops[0].(flow.Resumer)
		}
		t.links = make([]link, len(t.ops)+1)
		for i := range t.links {
			t.links[i] = link{t: t, i: i}
		}
	}
	return nil
}

// spill makes a file for an operator, and the folder for it where that is not there yet. The file loses its name at once, so that whatever ends the process frees its space.
func (r *Run) spill() (*os.File, error) {
	if r.cfg.TempDir != "" {
		if err := os.MkdirAll(r.cfg.TempDir, 0o700); err != nil {
			return nil, err
		}
	}
	f, err := os.CreateTemp(r.cfg.TempDir, "millrace-spill-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (r *Run) openSource(ctx context.Context, st *stage, from *checkpoint.Checkpoint) error {
	n := st.nodes[0]
	scan, ok := n.Spec.(*sources.Scan)
	if !ok {
		return nil
	}
	conn, err := r.cfg.Sources(scan.Table.Connector())
	if err != nil {
		return err
	}
	src, err := conn.Open(ctx, scan, r.mem)
	if err != nil {
		return err
	}
	o := &openSource{node: n, scan: scan, source: src, bounded: scan.Bounded || conn.Bounded(scan.Table), tasks: st.tasks, log: r.cfg.Log}
	r.sources = append(r.sources, o)
	for _, t := range st.tasks {
		s := &sourceTask{
			scan: scan, bounded: o.bounded, schema: n.Schema, bad: newBadRecords(scan, r.cfg.Log),
			ctx: &expr.Ctx{Mem: r.mem, Now: r.began.UnixMicro()},
		}
		if scan.Event != nil && !r.cfg.Batch {
			s.tracker = window.NewTracker(flow.Duration(scan.Event.Delay), scan.Event.IdleTimeout)
		} else if q, ok := src.(sources.Sequential); ok && o.bounded {
			s.inTurn = q.Sequential()
		}
		t.source = s
	}
	if from == nil {
		return o.start(ctx, nil, false)
	}
	return o.start(ctx, from.Splits[n.ID], o.bounded && slices.Equal(from.Marks[n.ID], []flow.Time{flow.MaxTime}))
}

// giveBackWatermarks tells each operator the watermark that it had, before any row: a window that was closed stays so.
func (r *Run) giveBackWatermarks(from *checkpoint.Checkpoint) error {
	for _, t := range r.tasks {
		marks := from.Marks[t.nodes[0].ID]
		for port, w := range marks {
			if port >= len(t.ports) || w == flow.MinTime {
				continue
			}
			if t.source != nil && t.source.tracker != nil {
				t.source.tracker.Restore(w)
			}
			for _, e := range t.in {
				if e.port == port {
					e.watermark = w
				}
			}
			if err := t.watermark(port, w); err != nil {
				return err
			}
		}
	}
	return nil
}

// unbounded tells whether new splits may come.
func (r *Run) unbounded() bool {
	return slices.ContainsFunc(r.sources, func(o *openSource) bool { return !o.bounded })
}

// discover looks for new splits. Not finding out is no reason to end the job.
func (r *Run) discover(ctx context.Context) {
	for _, o := range r.sources {
		if o.bounded {
			continue
		}
		n, err := o.discover(ctx)
		if err != nil && ctx.Err() == nil {
			r.cfg.Log.Warn("cannot look for new splits; going on with those known", "table", o.scan.Table.Name.String(), "error", err)
		}
		if n > 0 {
			r.cfg.Log.Info("new splits are read", "table", o.scan.Table.Name.String(), "splits", n)
		}
	}
}

// close frees everything, also what was opened by a Start that failed.
func (r *Run) close() error {
	var errs []error
	for _, t := range r.tasks {
		errs = append(errs, t.close())
	}
	for _, s := range r.sources {
		errs = append(errs, s.source.Close())
	}
	return errors.Join(errs...)
}

// fingerprint is the plan as a checkpoint keeps it.
func (r *Run) fingerprint() []checkpoint.Step {
	var steps []checkpoint.Step
	var walk func(*flow.Node)
	walk = func(n *flow.Node) {
		for _, in := range n.Inputs {
			walk(in.From)
		}
		d := n.Spec.Describe()
		text := d.Name
		for _, a := range d.Attrs {
			text += " " + a.Key + "=" + a.Value
		}
		steps = append(steps, checkpoint.Step{ID: n.ID, Text: text})
	}
	for _, n := range r.cfg.Roots {
		walk(n)
	}
	return steps
}

// samePlan refuses a checkpoint of another query, and says how it differs.
func samePlan(have, want []checkpoint.Step) error {
	old := map[string]string{}
	for _, s := range have {
		old[s.ID] = s.Text
	}
	var differ string
	for _, s := range want {
		text, ok := old[s.ID]
		delete(old, s.ID)
		switch {
		case !ok:
			differ += fmt.Sprintf("; new: %s %s", s.ID, s.Text)
		case text != s.Text:
			differ += fmt.Sprintf("; changed: %s was %s, is %s", s.ID, text, s.Text)
		}
	}
	for _, s := range have {
		if _, left := old[s.ID]; left {
			differ += fmt.Sprintf("; gone: %s %s", s.ID, s.Text)
		}
	}
	if differ == "" {
		return nil
	}
	return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "the checkpoint in the state folder is of another query").
		WithDetail("%s", differ[2:]).
		WithHint("Run the query that made it, or begin anew with another --state-dir.")
}
