package sim

import (
	"context"
	"errors"
	"fmt"
	stdlog "log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"millrace/checkpoint"
	"millrace/exec/run"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sinks"
	"millrace/sources"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Result is what came of a history.
type Result struct {
	Marks  map[string]int // what happened, and how often
	Trace  []string       // in its order
	Starts int            // of the job
}

// Run runs the history of a seed. The error says how it went wrong.
func Run(seed uint64) (res Result, err error) {
	h, err := draw(seed)
	if err != nil {
		return Result{}, err
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
		res = Result{Marks: h.w.cover, Trace: h.w.trace, Starts: h.starts}
	}()
	if err = h.run(); err == nil {
		err = h.check()
	}
	return res, err
}

// history is a job, its world, and what is to happen to it.
type history struct {
	w      *world
	query  *query
	logs   logs
	topic  *topic
	table  *table
	starts int

	crashes, diskErrors, damages, grows bool
	exact                               bool             // nothing happened that what was dropped is not known after
	dropped                             map[string]int64 // in all runs
	skipped                             int64            // broken records in all runs
	checkpointEvery                     int              // steps
	before                              parallelism      // of the last run
}

// troubled is how many starts may go wrong.
const troubled = 8

func draw(seed uint64) (*history, error) {
	gen := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(rand.New(rand.NewPCG(seed, 2)))
	q, err := drawQuery(gen)
	if err != nil {
		return nil, err
	}
	h := &history{w: w, query: q, logs: logs{}, topic: newTopic(w), exact: true, dropped: map[string]int64{}}
	h.table = &table{w: w, keys: q.keyColumns(), rows: map[string]string{}}
	once := func(n int) bool { return gen.IntN(n) == 0 }
	w.endless = once(2)
	h.crashes, h.diskErrors, h.damages = !once(5), once(4), once(6)
	h.grows = w.endless && once(2)
	if w.endless && !h.grows && once(3) {
		q.idle = 50 * time.Millisecond
	}
	h.checkpointEvery = 5 + gen.IntN(60)
	wild := once(2)
	for _, name := range h.read() {
		l := &log{w: w, name: name}
		n := 1 + gen.IntN(4)
		if h.grows {
			n = max(n, maxScans) // so that every instance has a split, and none is idle for want of one
		}
		for range n {
			l.add(q.drawEvents(gen, gen.IntN(60), 0, wild))
		}
		h.logs[name] = l
	}
	w.note("%+v delay %d keys %v spread %v union %v idle %v endless %v grows %v", q.window, q.delay, q.keys, q.spread, q.union, q.idle, w.endless, h.grows)
	return h, nil
}

// add gives a log another split. In an endless log none of its events is there yet.
func (l *log) add(events []event) *part {
	p := &part{id: fmt.Sprintf("%s/%d", l.name, len(l.parts)), events: events, there: true}
	if !l.w.endless {
		p.shown = len(events)
	}
	l.parts = append(l.parts, p)
	return p
}

// run starts the job again and again until it has come to its end.
func (h *history) run() error {
	for {
		h.starts++
		done, err := h.start()
		if err != nil {
			return fmt.Errorf("start %d: %w", h.starts, err)
		}
		if done {
			break
		}
		if h.starts > 100 {
			return errors.New("the job does not come to its end")
		}
	}
	h.crashes, h.diskErrors, h.damages = false, false, false
	done, err := h.start() // a job that has ended has nothing to go on with
	if err == nil && !done {
		err = errors.New("a job that had ended goes on")
	}
	return err
}

// outside tells whether an error is of the world's making.
func outside(err error) bool {
	return errors.Is(err, errPower) || errors.Is(err, errDisk) || errors.Is(err, errRead)
}

// start runs the job until it ends, is stopped, or something breaks. done: it has come to its end.
func (h *history) start() (done bool, err error) {
	w := h.w
	w.boot()
	if h.starts > 1 && h.damages && h.starts < troubled && w.chance(3) {
		if err := w.damage(); err != nil {
			return false, err
		}
	}
	if h.starts < troubled {
		if h.crashes && !w.chance(4) {
			w.setFuse()
		}
		if h.diskErrors && w.chance(4) {
			w.reads = 1 + w.rng.IntN(400)
		}
		if h.diskErrors && w.chance(2) {
			w.sync, w.bad = w.chance(2), 1+w.rng.IntN([]int{20, 200}[w.rng.IntN(2)])
		}
	}
	broke := func(err error) (bool, error) {
		if !outside(err) {
			return false, err
		}
		w.note("broke: %v", err)
		h.exact = false
		return false, nil
	}
	store, err := checkpoint.OpenFS(w.fs(), stateDir)
	if err != nil {
		return broke(err)
	}
	defer func() { _ = store.Close() }()
	p := drawParallelism(w.rng)
	roots, err := h.query.plan(p)
	if err != nil {
		return false, err
	}
	w.note("start %d with %+v", h.starts, p)
	steps, err := run.Open(context.Background(), run.Config{
		Name: "sim", Roots: roots, Store: store, Debug: true,
		Sources: func(string) (sources.Connector, error) { return h.logs, nil },
		Sinks: func(name string) (sinks.Connector, error) {
			if name == "topic" {
				return h.topic, nil
			}
			return h.table, nil
		},
		Now: func() time.Time { return w.now },
		Log: stdlog.New(traced{w}),
	})
	if err != nil {
		return broke(err)
	}
	h.restored(steps.Progress(), p)
	over, err := h.drive(steps)
	if cerr := steps.Close(err); err == nil {
		err = cerr
	}
	if left := steps.Progress().MemBytes; left != 0 {
		return false, fmt.Errorf("%d bytes are not given back", left)
	}
	if err != nil {
		return broke(err)
	}
	if !over {
		return false, errors.New("the run came to no end")
	}
	pr := steps.Progress()
	for reason, n := range pr.Dropped {
		h.dropped[reason] += n
	}
	h.skipped += pr.BadRecords
	if pr.Done {
		return true, nil
	}
	w.mark("stopped and started again")
	if w.endless && w.chance(2) {
		w.note("the logs come to their end")
		w.endless = false
	}
	return false, nil
}

// restored marks what a start has found.
func (h *history) restored(p run.Progress, now parallelism) {
	if p.Restored > 0 {
		h.w.mark("restored")
		if now != h.before {
			h.w.mark("restored at another parallelism")
		}
		if p.Epoch > 1 {
			h.w.mark("restored with more than positions")
		}
	}
	if p.Done {
		h.w.mark("started when it had ended")
	}
	h.before = now
}

// maxSteps is more than any run needs.
const maxSteps = 1_000_000

// stuckAfter is how many steps in a row may come to nothing, for each task.
const stuckAfter = 500

// drive lets the tasks step in random order, some of them rarely, until the run is over or fails.
func (h *history) drive(steps *run.Steps) (over bool, err error) {
	w := h.w
	var weights []int
	stopping := false
	for step, idle := 0, 0; ; step++ {
		if over, err = steps.Collect(); over || err != nil {
			return over, err
		}
		if step%64 == 0 {
			weights = drawWeights(w.rng, steps.Tasks())
			h.observe(steps)
		}
		w.now = w.now.Add(time.Duration(w.rng.IntN(2000)) * time.Microsecond)
		if w.endless && !stopping {
			if stopping = h.grow(steps); stopping {
				w.note("stopped at step %d", step)
				steps.Stop()
			}
		}
		if w.chance(h.checkpointEvery) {
			steps.Checkpoint()
		}
		t := pick(w.rng, weights)
		did, err := steps.Step(t)
		if err != nil {
			return false, err
		}
		if held, ended := steps.Waiting(t); held > 0 {
			w.mark("alignment held an input")
			if ended > 0 {
				w.mark("alignment waited beside an ended input")
			}
		}
		if idle++; did || w.endless && !stopping {
			idle = 0
		}
		if idle > stuckAfter*steps.Tasks() || step > maxSteps {
			return false, fmt.Errorf("stuck at step %d", step)
		}
	}
}

// observe marks what cannot be seen by what comes out.
func (h *history) observe(steps *run.Steps) {
	for _, s := range steps.Progress().Splits {
		if s.Idle {
			h.w.mark("a split was idle")
		}
	}
}

// drawWeights makes some tasks slow, and some stand still for a while.
func drawWeights(rng *rand.Rand, n int) []int {
	weights := make([]int, n)
	for i := range weights {
		weights[i] = []int{0, 1, 1, 8}[rng.IntN(4)]
	}
	weights[rng.IntN(n)] = 4
	return weights
}

func pick(rng *rand.Rand, weights []int) int {
	sum := 0
	for _, w := range weights {
		sum += w
	}
	at := rng.IntN(sum)
	for i, w := range weights {
		if at -= w; at < 0 {
			return i
		}
	}
	panic("unreachable")
}

// read lists the logs that the query reads.
func (h *history) read() []string {
	if h.query.union {
		return []string{"a", "b", "c"}
	}
	return []string{"a"}
}

// grow lets events arrive in endless logs, and splits come into being. stop: it is time to stop the job.
func (h *history) grow(steps *run.Steps) (stop bool) {
	w := h.w
	for _, name := range h.read() {
		for _, p := range h.logs[name].parts {
			if !p.read && p.shown == 0 && h.grows {
				return false // it is to be known to the job before others go ahead: see more
			}
		}
	}
	if h.grows && w.chance(150) && len(h.logs["a"].parts) < 7 {
		h.more(steps)
		return false
	}
	left := 0
	for _, name := range h.read() {
		for _, p := range h.logs[name].parts {
			if w.chance(12) {
				p.shown = min(p.shown+w.rng.IntN(9), len(p.events))
			}
			left += len(p.events) - p.shown
		}
	}
	if left == 0 {
		return w.chance(100)
	}
	return w.chance(1500)
}

// more adds a split whose events are no earlier than those that are there by now: no window that they are in can have
// been closed when the job comes to know the split.
func (h *history) more(steps *run.Steps) {
	w := h.w
	l := h.logs["a"]
	low := flow.Time(0)
	for _, p := range l.parts {
		for _, e := range p.events[:p.shown] {
			low = max(low, e.at)
		}
	}
	p := l.add(h.query.drawEvents(w.rng, w.rng.IntN(40), low, w.chance(2)))
	w.note("split %s comes into being", p.id)
	w.mark("a split came into being")
	steps.Discover()
}

// check holds what came out against what the query gives.
func (h *history) check() error {
	if h.w.endless {
		return errors.New("the logs had no end")
	}
	want := h.query.expected(h.logs["a"])
	got := slices.Clone(h.topic.committed)
	if err := h.compare("topic", want, got, !h.damaged()); err != nil {
		return err
	}
	all := []*answer{want}
	if h.query.union {
		both := h.query.expected(h.logs["b"], h.logs["c"])
		got = got[:0]
		for _, row := range h.table.rows {
			got = append(got, row)
		}
		if err := h.compare("table", both, got, true); err != nil {
			return err
		}
		all = append(all, both)
	}
	if h.exact && !h.damaged() {
		h.w.mark("what was dropped is known")
		return h.checkDropped(all, got)
	}
	return nil
}

func (h *history) damaged() bool { return h.w.cover["newest checkpoint damaged"] > 0 }

// compare: once says that no row may come twice. With idle splits rows may be missing from windows that were closed
// without them, but no window may come twice and none may have more.
func (h *history) compare(where string, want *answer, got []string, once bool) error {
	slices.Sort(got)
	if !once {
		got = slices.Compact(got)
	}
	if h.query.idle > 0 {
		return h.compareIdle(where, want, got)
	}
	var rows []string
	for _, row := range want.rows {
		rows = append(rows, row)
	}
	slices.Sort(rows)
	if want.late > 0 {
		h.w.mark("late events")
	}
	if slices.Equal(rows, got) {
		return nil
	}
	return fmt.Errorf("%s differs:\n%s", where, diff(rows, got))
}

func (h *history) compareIdle(where string, want *answer, got []string) error {
	seen := map[string]bool{}
	for _, row := range got {
		cells := strings.Split(row, " | ")
		key := strings.Join(cells[:h.query.keyColumns()], " | ")
		if seen[key] && !h.damaged() {
			return fmt.Errorf("%s: a window came twice: %s", where, row)
		}
		seen[key] = true
		var n int64
		if _, err := fmt.Sscan(cells[h.query.keyColumns()], &n); err != nil {
			return err
		}
		if n > want.counts[key] {
			return fmt.Errorf("%s: %s has more events than there are: %s", where, row, want.rows[key])
		}
	}
	return nil
}

// checkDropped holds what the runs counted against what the query says; of a history without an accident.
func (h *history) checkDropped(all []*answer, _ []string) error {
	var late, noTime, broken int64
	for _, a := range all {
		late, noTime, broken = late+a.late, noTime+a.noTime, broken+a.broken
	}
	switch {
	case h.skipped != broken:
		return fmt.Errorf("%d broken records are counted, not %d", h.skipped, broken)
	case h.dropped["event time is NULL"] != noTime:
		return fmt.Errorf("%d events without time are counted, not %d", h.dropped["event time is NULL"], noTime)
	case h.query.idle == 0 && h.dropped["late"] != late:
		return fmt.Errorf("%d late events are counted, not %d", h.dropped["late"], late)
	case h.query.idle > 0 && h.dropped["late"] < late:
		return fmt.Errorf("%d late events are counted, though %d are late by their split's watermark", h.dropped["late"], late)
	}
	return nil
}

// diff lists rows that are in one of two sorted lists only.
func diff(want, got []string) string {
	var b strings.Builder
	for i, j := 0, 0; i < len(want) || j < len(got); {
		switch {
		case j == len(got) || i < len(want) && want[i] < got[j]:
			fmt.Fprintf(&b, "missing    %s\n", want[i])
			i++
		case i == len(want) || want[i] > got[j]:
			fmt.Fprintf(&b, "unexpected %s\n", got[j])
			j++
		default:
			i, j = i+1, j+1
		}
	}
	return b.String()
}

// traced writes what the job logs into the trace, and marks what is told only there.
type traced struct{ w *world }

func (t traced) Enabled(context.Context, stdlog.Level) bool { return true }

func (t traced) Handle(_ context.Context, r stdlog.Record) error {
	line := r.Message
	r.Attrs(func(a stdlog.Attr) bool {
		line += " " + a.String()
		return true
	})
	t.w.note("log: %s", line)
	if strings.Contains(r.Message, "stepping back") {
		t.w.mark("stepped back a checkpoint")
	}
	return nil
}

func (t traced) WithAttrs([]stdlog.Attr) stdlog.Handler { return t }
func (t traced) WithGroup(string) stdlog.Handler        { return t }

// timeText is a time as rows have it.
func timeText(t flow.Time) string {
	b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond})
	defer b.Release()
	b.Append(arrow.Timestamp(t))
	a := b.NewArray()
	defer a.Release()
	return flowtest.Cell(a, 0)
}
