package window

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

var readings = types.Schema{
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "key", Type: types.Of(types.Int64)},
	{Name: "n", Type: types.Of(types.Int64)},
}

// reading is a row: it adds n to its key.
type reading struct {
	at     flow.Time
	key, n int64
}

// group is what a window has of a key.
type group struct {
	window Span
	key    int64
}

// expected is the definition: a row counts in each of its windows that its split's watermark, before the row, has not
// closed. A row that counts in none is late.
func expected(w Assigner, delay flow.Time, splits [][]reading) (sums map[group]int64, lateRows int64) {
	sums = map[group]int64{}
	for _, rows := range splits {
		mark := flow.MinTime
		for _, r := range rows {
			counted := false
			for _, span := range w.Windows(r.at, nil) {
				if span.End > mark {
					sums[group{span, r.key}] += r.n
					counted = true
				}
			}
			if !counted {
				lateRows++
			}
			mark = max(mark, r.at-delay)
		}
	}
	return sums, lateRows
}

// job is a source task for each split, with a partial aggregate in it, and final aggregates that own the keys.
type job struct {
	partial  Partial
	final    Final
	mem      *memory.CheckedAllocator
	budget   flowtest.Budget
	metrics  flowtest.Metrics
	trackers []*Tracker
	splits   []*Split
	sent     []flow.Time // the watermark of each task
	partials []flow.Operator
	finals   []flow.Operator
	wm       flow.Time // of the finals
	got      map[group]int64
}

func (j *job) context(state flow.StateReader, index, parallelism int) *flow.TaskContext {
	return &flow.TaskContext{Mem: j.mem, Budget: &j.budget, Metrics: &j.metrics, State: state, Index: index, Parallelism: parallelism}
}

func (j *job) open(state *flowtest.State, parallelism int) error {
	j.finals = nil
	for i := range parallelism {
		var rd flow.StateReader
		if state != nil {
			rd = state.Reader(i, parallelism)
		}
		op, err := j.final.Open(j.context(rd, i, parallelism))
		if err != nil {
			return err
		}
		j.finals = append(j.finals, op)
		if j.wm > flow.MinTime {
			if _, err := op.Watermark(0, j.wm, results{j}); err != nil {
				return err
			}
		}
	}
	return nil
}

// restart takes a checkpoint and goes on from it with other instances.
func (j *job) restart(parallelism int) error {
	for _, op := range j.partials {
		if err := op.(flow.Flusher).Flush(exchange{j}); err != nil {
			return err
		}
	}
	state := &flowtest.State{}
	for _, op := range j.finals {
		if err := op.Snapshot(state); err != nil {
			return err
		}
		if err := op.Close(); err != nil {
			return err
		}
	}
	if err := state.Release(); err != nil {
		return err
	}
	return j.open(state, parallelism)
}

// read gives a task rows of its split, and everybody the watermark that follows.
func (j *job) read(task int, rows []reading) error {
	rb := array.NewRecordBuilder(j.mem, readings.Arrow())
	defer rb.Release()
	for _, r := range rows {
		rb.Field(0).(*array.TimestampBuilder).Append(arrow.Timestamp(r.at))
		rb.Field(1).(*array.Int64Builder).Append(r.key)
		rb.Field(2).(*array.Int64Builder).Append(r.n)
	}
	b := &flow.Batch{Rec: rb.NewRecordBatch()}
	defer b.Release()
	b.Marks = j.trackers[task].Observe(j.splits[task], b.Rec.Column(0))
	if err := j.partials[task].Process(0, b, exchange{j}); err != nil {
		return err
	}
	return j.advance(task)
}

func (j *job) advance(task int) error {
	w, _ := j.trackers[task].Merged(time.Time{})
	if w == j.sent[task] {
		return nil
	}
	j.sent[task] = w
	if _, err := j.partials[task].Watermark(0, w, exchange{j}); err != nil {
		return err
	}
	if w := slices.Min(j.sent); w > j.wm {
		j.wm = w
		for _, op := range j.finals {
			if _, err := op.Watermark(0, w, results{j}); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *job) close() error {
	for _, op := range slices.Concat(j.partials, j.finals) {
		if err := op.Close(); err != nil {
			return err
		}
	}
	return nil
}

// exchange sends rows to the owners of their keys.
type exchange struct{ *job }

func (x exchange) Emit(b *flow.Batch) error {
	defer b.Release()
	owned := make([][]int32, len(x.finals))
	for i, h := range agg.HashColumns([]arrow.Array{b.Rec.Column(1)}, nil) {
		o := flow.Owner(flow.KeyGroup(h), len(x.finals))
		owned[o] = append(owned[o], int32(i))
	}
	for o, rows := range owned {
		if len(rows) == 0 {
			continue
		}
		rec := expr.TakeRecord(x.mem, b.Rec, rows)
		err := x.finals[o].Process(0, &flow.Batch{Rec: rec}, results(x))
		rec.Release()
		if err != nil {
			return err
		}
	}
	return nil
}

// results collects what comes out.
type results struct{ *job }

func (r results) Emit(b *flow.Batch) error {
	defer b.Release()
	times := func(c int) []arrow.Timestamp { return b.Rec.Column(c).(*array.Timestamp).TimestampValues() }
	keys, sums := b.Rec.Column(3).(*array.Int64), b.Rec.Column(4)
	for i := range b.Len() {
		g := group{Span{flow.Time(times(0)[i]), flow.Time(times(1)[i])}, keys.Value(i)}
		if _, twice := r.got[g]; twice {
			return fmt.Errorf("%v was emitted twice", g)
		}
		var n int64
		if _, err := fmt.Sscan(sums.ValueStr(i), &n); err != nil {
			return err
		}
		r.got[g] = n
	}
	return nil
}

// TestResultsDependOnRowsAlone: whatever the batches, the interleaving of splits, the parallelism and the restarts, the
// windows and the late rows are those of the definition.
func TestResultsDependOnRowsAlone(t *testing.T) {
	sum := call(t, readings, "sum", 2)
	rapid.Check(t, func(r *rapid.T) {
		w := drawAssigner(r)
		delay := flow.Time(rapid.Int64Range(0, 15).Draw(r, "delay"))
		var rows []reading
		drift := rapid.Int64Range(0, 4).Draw(r, "drift")
		for i := range rapid.IntRange(1, 60).Draw(r, "rows") {
			at := int64(i)*drift + rapid.Int64Range(-20, 20).Draw(r, "jitter")
			rows = append(rows, reading{flow.Time(at), rapid.Int64Range(0, 5).Draw(r, "key"), int64(1) << (i % 40)})
		}
		splits := make([][]reading, rapid.IntRange(1, 3).Draw(r, "splits"))
		for _, row := range rows {
			s := rapid.IntRange(0, len(splits)-1).Draw(r, "split")
			splits[s] = append(splits[s], row)
		}

		j := &job{mem: memory.NewCheckedAllocator(flowtest.Poison{}), wm: flow.MinTime, got: map[group]int64{}}
		j.partial, j.final = twoPhase(w, readings, []int{1}, sum)
		must := func(err error) {
			if err != nil {
				r.Fatal(err)
			}
		}
		must(j.open(nil, rapid.IntRange(1, 3).Draw(r, "parallelism")))
		for range splits {
			tr := NewTracker(delay, 0)
			op, err := j.partial.Open(j.context(nil, 0, 1))
			must(err)
			j.trackers, j.splits = append(j.trackers, tr), append(j.splits, tr.Add("s", flow.MinTime))
			j.sent, j.partials = append(j.sent, flow.MinTime), append(j.partials, op)
		}
		todo := slices.Clone(splits)
		for {
			var open []int
			for s := range todo {
				if len(todo[s]) > 0 {
					open = append(open, s)
				}
			}
			if len(open) == 0 {
				break
			}
			s := rapid.SampledFrom(open).Draw(r, "reads")
			n := rapid.IntRange(1, len(todo[s])).Draw(r, "batch")
			must(j.read(s, todo[s][:n]))
			todo[s] = todo[s][n:]
			if rapid.IntRange(0, 5).Draw(r, "restarts") == 0 {
				must(j.restart(rapid.IntRange(1, 3).Draw(r, "parallelism")))
			}
		}
		for s := range splits {
			j.trackers[s].End(j.splits[s])
			must(j.advance(s))
		}
		must(j.close())

		want, lateRows := expected(w, delay, splits)
		for g, n := range want {
			if j.got[g] != n {
				r.Fatalf("%s: %v has %b, want %b", w, g, j.got[g], n)
			}
		}
		if len(j.got) != len(want) {
			r.Fatalf("%s: %d groups, want %d: %v, %v", w, len(j.got), len(want), j.got, want)
		}
		if got := j.metrics.AllDrops(); got != lateRows {
			r.Fatalf("%s: %d late rows, want %d", w, got, lateRows)
		}
		if n := j.mem.CurrentAlloc(); n != 0 {
			r.Fatalf("%d bytes were not released", n)
		}
		if n := j.budget.Used(); n != 0 {
			r.Fatalf("%d bytes of the budget were not given back", n)
		}
	})
}

// drawAssigner draws windows of a few microseconds that Validate lets pass.
func drawAssigner(r *rapid.T) Assigner {
	unit := flow.Time(rapid.Int64Range(4, 8).Draw(r, "unit"))
	slide := unit * flow.Time(rapid.Int64Range(1, 3).Draw(r, "slide"))
	a := Assigner{Kind: Kind(rapid.IntRange(0, 2).Draw(r, "kind")), Slide: slide, Offset: flow.Time(rapid.Int64Range(-9, 9).Draw(r, "offset"))}
	switch a.Kind {
	case Tumble:
		a.Size = slide
	case Hop:
		a.Size = slide + unit*flow.Time(rapid.Int64Range(0, 6).Draw(r, "size"))
	case Cumulate:
		a.Size = slide * flow.Time(rapid.Int64Range(1, 4).Draw(r, "size"))
	}
	if a.Validate() != nil {
		a = Assigner{Kind: Tumble, Size: slide, Slide: slide, Offset: a.Offset}
	}
	return a
}
