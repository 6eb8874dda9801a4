package flowtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
)

var (
	errEmit       = errors.New("this Emit fails")
	errNotReached = errors.New("no Emit failed") // the script has fewer calls of Emit
)

// runner is one run of a script through the instances of an operator.
type runner struct {
	*checker
	variation
	mem     *memory.CheckedAllocator // what operators allocate
	lent    *memory.CheckedAllocator // what they borrow
	budget  Budget
	metrics Metrics
	timers  Timers

	ops     []flow.Operator
	marks   []flow.Time // the watermark of each port
	merged  []flow.Time // what each instance returned last
	emitted flow.Time   // the watermark that came out
	present map[string]int
	saved   *saved // at the last barrier

	event    int
	emits    int
	failed   bool
	wantMark bool // the script tells the watermarks
	schema   *arrow.Schema
	out      []string // of this step
}

// saved is what a checkpoint keeps.
type saved struct {
	state   *State
	marks   []flow.Time
	emitted flow.Time
	present map[string]int
}

// run runs a script and returns the first thing that is wrong.
func (c *checker) run(steps []step, v variation) (err error) {
	r := &runner{
		checker: c, variation: v, schema: c.out,
		mem: memory.NewCheckedAllocator(Poison{}), lent: memory.NewCheckedAllocator(Poison{}),
		marks: slices.Repeat([]flow.Time{flow.MinTime}, len(c.in)), emitted: flow.MinTime,
		present: map[string]int{}, wantMark: mentionsWatermarks(steps),
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	err = r.open(nil, max(1, v.before))
	if err == nil {
		err = r.steps(steps)
	}
	return errors.Join(err, r.finish())
}

func (r *runner) steps(steps []step) error {
	for _, s := range steps {
		if err := r.step(s); err != nil {
			if r.failed {
				return r.checkFailure(err)
			}
			return fmt.Errorf("line %d: %w", s.line, err)
		}
		if r.failed {
			return fmt.Errorf("line %d: the error of Emit did not come back", s.line)
		}
		if r.failAt > 0 {
			r.out = nil
			continue
		}
		if err := r.compare(s); err != nil {
			return fmt.Errorf("line %d: %w", s.line, err)
		}
	}
	if r.failAt > 0 {
		return errNotReached
	}
	return nil
}

func (r *runner) checkFailure(err error) error {
	if !errors.Is(err, errEmit) {
		return fmt.Errorf("the error of Emit came back as %w", err)
	}
	return nil
}

// finish closes the instances and looks for what they left.
func (r *runner) finish() error {
	err := r.close()
	if r.saved != nil {
		err = errors.Join(err, r.saved.state.Release())
	}
	if err != nil {
		return err
	}
	leaks := &report{}
	r.mem.AssertSize(leaks, 0)
	r.lent.AssertSize(leaks, 0)
	if len(leaks.lines) > 0 {
		return fmt.Errorf("memory was not released: %s", strings.Join(leaks.lines, "\n"))
	}
	if n := r.budget.Used(); n != 0 {
		return fmt.Errorf("%d bytes of the budget were not given back", n)
	}
	return nil
}

// report takes what an assertion of a checked allocator says.
type report struct{ lines []string }

func (r *report) Errorf(format string, args ...any) {
	r.lines = append(r.lines, fmt.Sprintf(format, args...))
}
func (*report) Helper() {}

func (r *runner) open(state *State, parallelism int) error {
	r.ops, r.merged = nil, slices.Repeat([]flow.Time{flow.MinTime}, parallelism)
	for i := range parallelism {
		var rd flow.StateReader
		if state != nil {
			rd = state.Reader(i, parallelism)
		}
		op, err := r.spec.Open(&flow.TaskContext{
			Context: context.Background(), Mem: r.mem, Budget: &r.budget, Metrics: &r.metrics, After: r.timers.After,
			State: rd, Index: i, Parallelism: parallelism,
		})
		if err != nil {
			return fmt.Errorf("Open: %w", err)
		}
		r.ops = append(r.ops, op)
	}
	return nil
}

func (r *runner) close() error {
	var errs []error
	for _, op := range r.ops {
		errs = append(errs, op.Close())
	}
	r.ops = nil
	return errors.Join(errs...)
}

func (r *runner) snapshot() (*State, error) {
	s := &State{}
	before := len(r.out)
	for _, op := range r.ops {
		if err := op.Snapshot(s); err != nil {
			return s, fmt.Errorf("Snapshot: %w", err)
		}
	}
	if len(r.out) > before {
		return s, errors.New("Snapshot emitted rows")
	}
	return s, nil
}

// restore closes the instances, opens others from state and gives them their watermarks back.
func (r *runner) restore(state *State, parallelism int) error {
	if err := r.close(); err != nil {
		return err
	}
	r.timers = Timers{}
	if err := r.open(state, parallelism); err != nil {
		return err
	}
	for port, w := range r.marks {
		if w == flow.MinTime {
			continue
		}
		if err := r.watermark(port, w); err != nil {
			return err
		}
	}
	return nil
}

// next is called before each event: it opens the operator again where the variation asks for it.
func (r *runner) next() error {
	event := r.event
	r.event++
	if r.reopen == nil || !r.reopen(event) {
		return nil
	}
	if _, ok := r.spec.(Chain); ok {
		// Rows that are held back between two links are behind the watermark of the second; its task flushes first.
		if err := r.flush(); err != nil {
			return err
		}
	}
	state, err := r.snapshot()
	if err == nil {
		err = r.restore(state, max(1, r.after))
	}
	return errors.Join(err, state.Release())
}

func (r *runner) step(s step) error {
	if s.kind == rows {
		for batch := s.rows; len(batch) > 0; {
			n := len(batch)
			if r.batchRows != nil {
				n = min(n, r.batchRows())
			}
			if err := r.next(); err != nil {
				return err
			}
			if err := r.process(s.port, batch[:n]); err != nil {
				return err
			}
			batch = batch[n:]
		}
		return nil
	}
	if err := r.next(); err != nil {
		return err
	}
	switch s.kind {
	case watermark:
		return r.watermark(s.port, s.time)
	case end:
		for port := range r.marks {
			if err := r.watermark(port, flow.MaxTime); err != nil {
				return err
			}
		}
	case flush:
		return r.flush()
	case barrier:
		return r.barrier()
	case recovery:
		return r.recover()
	case pause:
		return r.timers.Pass(s.wait, r)
	}
	return nil
}

// process gives rows to the instances that own them.
func (r *runner) process(port int, batch []row) error {
	if len(r.ops) == 1 {
		return r.lend(r.ops[0], port, batch)
	}
	b, err := r.batch(port, batch)
	if err != nil {
		return err
	}
	hashes := r.hash(port, b.Rec)
	b.Release()
	parts := make([][]row, len(r.ops))
	for i, h := range hashes {
		owner := flow.Owner(flow.KeyGroup(h), len(r.ops))
		parts[owner] = append(parts[owner], batch[i])
	}
	for i, part := range parts {
		if len(part) == 0 {
			continue
		}
		if err := r.lend(r.ops[i], port, part); err != nil {
			return err
		}
	}
	return nil
}

// lend calls Process with rows that are overwritten afterwards, unless the operator retained them.
func (r *runner) lend(op flow.Operator, port int, batch []row) error {
	b, err := r.batch(port, batch)
	if err != nil {
		return err
	}
	defer b.Release()
	before := BatchRows(b)
	if err := op.Process(port, b, r); err != nil {
		return err
	}
	if after := BatchRows(b); !slices.Equal(before, after) {
		return fmt.Errorf("a borrowed batch was released or changed: it is %q now", after)
	}
	return nil
}

// batch makes rows of the script into a batch.
func (r *runner) batch(port int, batch []row) (*flow.Batch, error) {
	texts := make([]string, 0, len(batch)+2)
	b := &flow.Batch{}
	for _, row := range batch {
		text := row.text
		if r.nulls {
			text = strings.Repeat("NULL | ", len(r.in[port])-1) + "NULL"
		}
		texts = append(texts, text)
		if row.op != flow.Insert || r.spelt {
			b.Ops = make([]flow.Op, len(batch))
		}
		if row.has {
			b.Marks = make([]flow.Time, len(batch))
		}
	}
	for i, row := range batch {
		if b.Ops != nil {
			b.Ops[i] = row.op
		}
		if b.Marks != nil {
			b.Marks[i] = flow.MinTime
			if row.has {
				b.Marks[i] = row.mark
			}
		}
	}
	var err error
	if !r.sliced {
		b.Rec, err = record(r.lent, r.in[port], texts)
		return b, err
	}
	// The rows around those of the batch are copies of its last and its first: whoever forgets the offset sees them.
	n := len(texts)
	long, err := record(r.lent, r.in[port], slices.Concat(texts[n-1:], texts, texts[:1]))
	if err != nil {
		return nil, err
	}
	defer long.Release()
	b.Rec = long.NewSlice(1, int64(n)+1)
	return b, nil
}

// watermark hands t to all instances; what holds behind them is the minimum of what they return.
func (r *runner) watermark(port int, t flow.Time) error {
	r.marks[port] = max(r.marks[port], t)
	for i, op := range r.ops {
		w, err := op.Watermark(port, t, r)
		if err != nil {
			return err
		}
		if w < r.merged[i] {
			return fmt.Errorf("the watermark of the output falls from %v to %v", r.merged[i], w)
		}
		r.merged[i] = w
	}
	if w := slices.Min(r.merged); w > r.emitted {
		r.emitted = w
		if r.wantMark {
			r.out = append(r.out, "watermark "+timeText(w))
		}
	}
	return nil
}

func (r *runner) flush() error {
	for _, op := range r.ops {
		if f, ok := op.(flow.Flusher); ok {
			if err := f.Flush(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *runner) barrier() error {
	if err := r.flush(); err != nil {
		return err
	}
	if r.saved != nil {
		if err := r.saved.state.Release(); err != nil {
			return err
		}
	}
	state, err := r.snapshot()
	r.saved = &saved{state, slices.Clone(r.marks), r.emitted, maps.Clone(r.present)}
	return err
}

func (r *runner) recover() error {
	s := r.saved
	if s == nil {
		s = &saved{marks: slices.Repeat([]flow.Time{flow.MinTime}, len(r.marks)), emitted: flow.MinTime}
	}
	copy(r.marks, s.marks)
	r.emitted, r.present = s.emitted, maps.Clone(s.present)
	if r.present == nil {
		r.present = map[string]int{}
	}
	return r.restore(s.state, len(r.ops))
}

// Emit takes the output: it checks it, keeps it as text and lets it go.
func (r *runner) Emit(b *flow.Batch) error {
	defer b.Release()
	if r.emits++; r.emits == r.failAt {
		r.failed = true
		return errEmit
	}
	if r.failed {
		return errors.New("a batch was emitted after Emit had failed")
	}
	switch {
	case b.Len() == 0:
		return errors.New("an empty batch was emitted")
	case b.Len() > flow.BatchRows:
		return fmt.Errorf("a batch of %d rows was emitted", b.Len())
	case b.Ops != nil && len(b.Ops) != b.Len():
		return fmt.Errorf("a batch of %d rows with %d ops was emitted", b.Len(), len(b.Ops))
	case b.Marks != nil && len(b.Marks) != b.Len():
		return fmt.Errorf("a batch of %d rows with %d marks was emitted", b.Len(), len(b.Marks))
	}
	if r.schema == nil {
		r.schema = b.Rec.Schema()
	}
	if !b.Rec.Schema().Equal(r.schema) {
		return fmt.Errorf("a batch was emitted with the schema\n%v\nwhich is not\n%v", b.Rec.Schema(), r.schema)
	}
	for i, text := range Rows(b.Rec) {
		if err := r.row(b, i, text); err != nil {
			return err
		}
	}
	return nil
}

func (r *runner) row(b *flow.Batch, i int, text string) error {
	op := flow.Insert
	if b.Ops != nil {
		op = b.Ops[i]
	}
	if op == flow.Insert || op == flow.UpdateAfter {
		r.present[text]++
	} else if r.present[text]--; r.present[text] < 0 {
		return fmt.Errorf("a row was taken back that was not there: %s%s", opMarks[op], text)
	}
	if r.time >= 0 && r.failAt == 0 {
		at, err := parseTime(Cell(b.Rec.Column(r.time), i))
		if err != nil {
			return fmt.Errorf("event time: %w", err)
		}
		if at < r.emitted {
			return fmt.Errorf("a row was emitted behind the watermark %s: %s", timeText(r.emitted), text)
		}
	}
	r.out = append(r.out, opMarks[op]+text)
	return nil
}

// compare compares what came out with what the step expects.
func (r *runner) compare(s step) error {
	want := make([]string, len(s.want))
	for i, line := range s.want {
		mark := ""
		if word, rest, ok := strings.Cut(line, " "); ok {
			if _, isOp := ops[word]; isOp {
				mark, line = word+" ", strings.TrimSpace(rest)
			}
		}
		if r.schema != nil && !strings.HasPrefix(line, "watermark ") {
			var err error
			if line, err = normalize(r.schema, line); err != nil {
				return err
			}
		}
		want[i] = mark + line
	}
	got := r.out
	r.out = nil
	if !r.ordered {
		slices.Sort(want)
		slices.Sort(got)
	}
	if !slices.Equal(got, want) {
		return fmt.Errorf("came out:\n\t%s\nwant:\n\t%s", lines(got), lines(want))
	}
	for _, d := range s.drops {
		if got := r.metrics.Drops(d.reason); got != d.rows {
			return fmt.Errorf("%d rows were dropped as %q, want %d", got, d.reason, d.rows)
		}
	}
	return nil
}

func lines(rows []string) string {
	if len(rows) == 0 {
		return "(nothing)"
	}
	return strings.Join(rows, "\n\t")
}
