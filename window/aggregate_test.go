package window

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

// bids is the input of the aggregates under test.
var bids = types.Schema{
	{Name: "at", Type: types.Of(types.Timestamp)},
	{Name: "key", Type: types.Of(types.Text)},
	{Name: "price", Type: types.Of(types.Int64)},
	{Name: "big", Type: types.Of(types.Bool)},
}

// call is an aggregate over columns of a schema, by position.
func call(t testing.TB, in types.Schema, name string, args ...int) agg.Bound {
	t.Helper()
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = in[a].Type
	}
	c, err := agg.Resolve(name, ts, false, 0)
	if err != nil {
		t.Fatal(err)
	}
	return agg.Bound{Call: c, Args: args, Filter: -1}
}

// twoPhase is the two halves of a windowed aggregate: its time is column 0.
func twoPhase(w Assigner, in types.Schema, keys []int, aggs ...agg.Bound) (Partial, Final) {
	at := in[0].Type
	mid := types.Schema{{Name: "slice_start", Type: at}}
	out := windowed(types.Schema{{Name: "at", Type: at}}, 0)[1:]
	for _, k := range keys {
		mid, out = append(mid, in[k]), append(out, in[k])
	}
	for i, a := range aggs {
		for j, s := range a.State {
			mid = append(mid, types.Column{Name: fmt.Sprintf("%s%d.%d", a.Name, i, j), Type: s})
		}
		out = append(out, types.Column{Name: fmt.Sprintf("%s%d", a.Name, i), Type: a.Result})
	}
	mid = append(mid, types.Column{Name: "rows", Type: types.Of(types.Int64)})
	return Partial{Window: w, Time: 0, Keys: keys, Aggs: aggs, In: in, Out: mid},
		Final{Window: w, NumKeys: len(keys), Aggs: aggs, In: mid, Out: out}
}

// byColumns is the hash of rows by key columns.
func byColumns(keys ...int) func(int, arrow.RecordBatch) []uint64 {
	return func(_ int, rec arrow.RecordBatch) []uint64 {
		cols := make([]arrow.Array, len(keys))
		for i, k := range keys {
			cols[i] = rec.Column(k)
		}
		return agg.HashColumns(cols, make([]uint64, rec.NumRows()))
	}
}

func TestWindowAggregate(t *testing.T) {
	count, sum := call(t, bids, "count"), call(t, bids, "sum", 2)
	big := count
	big.Filter = 3
	bigSum := sum
	bigSum.Filter = 3
	for _, tc := range []struct {
		name   string
		window Assigner
		keys   []int
		aggs   []agg.Bound
		script string // out: window_start | window_end | window_time | keys | results
	}{
		{"tumble: a row on the edge counts for the window that it opens", tumble(10), []int{1}, []agg.Bound{count, sum}, `
			0 | a | 5 | true
			9 | a | 7 | true
			10 | a | 11 | true
			9 | b | 1 | true
			watermark 9
			> watermark 9
			watermark 10
			> 0 | 10 | 9 | a | 2 | 12
			> 0 | 10 | 9 | b | 1 | 1
			> watermark 10
			end
			> 10 | 20 | 19 | a | 1 | 11
			> watermark end`},
		{"before the epoch", tumble(10), []int{1}, []agg.Bound{sum}, `
			-1 | a | 1 | true
			-10 | a | 2 | true
			-11 | a | 4 | true
			0 | a | 8 | true
			end
			> -20 | -10 | -11 | a | 4
			> -10 | 0 | -1 | a | 3
			> 0 | 10 | 9 | a | 8`},
		{"a watermark that jumps closes windows in order", tumble(10), []int{1}, []agg.Bound{count}, `
			25 | a | 1 | true
			5 | a | 1 | true
			watermark 100
			> 0 | 10 | 9 | a | 1
			> 20 | 30 | 29 | a | 1
			> watermark 100`},
		{"late by the marks, in row order", tumble(10), []int{1}, []agg.Bound{count}, `
			5 | a | 1 | true
			5 | a | 1 | true @ 9
			5 | a | 1 | true @ 10
			15 | a | 1 | true @ 10
			> dropped 1 late
			end
			> 0 | 10 | 9 | a | 2
			> 10 | 20 | 19 | a | 1`},
		{"NULL: a time drops the row, a key is a group, an argument is left out", tumble(10), []int{1}, []agg.Bound{count, sum}, `
			NULL | a | 1 | true
			3 | NULL | 2 | true
			4 | NULL | NULL | true
			5 | b | NULL | true
			> dropped 1 event time is NULL
			end
			> 0 | 10 | 9 | NULL | 2 | 2
			> 0 | 10 | 9 | b | 1 | NULL`},
		{"no keys: one group a window, none for a window without rows", tumble(10), nil, []agg.Bound{sum, count}, `
			3 | a | 1 | true
			4 | b | 2 | true
			24 | b | 4 | true
			end
			> 0 | 10 | 9 | 3 | 2
			> 20 | 30 | 29 | 4 | 1`},
		{"two keys", tumble(10), []int{3, 1}, []agg.Bound{count}, `
			1 | a | 1 | true
			2 | a | 1 | false
			3 | a | 1 | true
			4 | NULL | 1 | NULL
			end
			> 0 | 10 | 9 | true | a | 2
			> 0 | 10 | 9 | false | a | 1
			> 0 | 10 | 9 | NULL | NULL | 1`},
		{"FILTER counts what is true, and keeps the group", tumble(10), []int{1}, []agg.Bound{big, bigSum}, `
			1 | a | 1 | true
			2 | a | 2 | false
			3 | a | 4 | NULL
			4 | a | 8 | true
			5 | b | 16 | false
			end
			> 0 | 10 | 9 | a | 2 | 9
			> 0 | 10 | 9 | b | 0 | NULL`},
		{"no aggregate: the keys of each window", tumble(10), []int{1}, nil, `
			1 | a | 1 | true
			2 | a | 1 | true
			12 | a | 1 | true
			end
			> 0 | 10 | 9 | a
			> 10 | 20 | 19 | a`},
		{"hop: a row counts in each window that it is in", hop(5, 10), []int{1}, []agg.Bound{count, sum}, `
			4 | a | 1 | true
			7 | a | 2 | true
			12 | b | 4 | true
			watermark 5
			> -5 | 5 | 4 | a | 1 | 1
			> watermark 5
			watermark 10
			> 0 | 10 | 9 | a | 2 | 3
			> watermark 10
			8 | a | 8 | true
			end
			> 5 | 15 | 14 | a | 2 | 10
			> 5 | 15 | 14 | b | 1 | 4
			> 10 | 20 | 19 | b | 1 | 4
			> watermark end`},
		{"hop: the size is no multiple of the slide", hop(10, 15), []int{1}, []agg.Bound{sum}, `
			1 | a | 1 | true
			6 | a | 2 | true
			11 | a | 4 | true
			16 | a | 8 | true
			24 | a | 16 | true
			end
			> -10 | 5 | 4 | a | 1
			> 0 | 15 | 14 | a | 7
			> 10 | 25 | 24 | a | 28
			> 20 | 35 | 34 | a | 16`},
		{"hop: too late for the first window, whatever the operator's watermark is", hop(5, 10), []int{1}, []agg.Bound{sum}, `
			7 | a | 1 | true
			7 | a | 2 | true @ 10
			7 | a | 4 | true @ 15
			> dropped 1 late
			watermark 10
			> 0 | 10 | 9 | a | 1
			> watermark 10
			end
			> 5 | 15 | 14 | a | 3
			> watermark end`},
		{"cumulate: windows grow", cumulate(5, 15), []int{1}, []agg.Bound{sum}, `
			1 | a | 1 | true
			6 | a | 2 | true
			14 | b | 4 | true
			15 | a | 8 | true
			watermark 10
			> 0 | 5 | 4 | a | 1
			> 0 | 10 | 9 | a | 3
			> watermark 10
			end
			> 0 | 15 | 14 | a | 3
			> 0 | 15 | 14 | b | 4
			> 15 | 20 | 19 | a | 8
			> 15 | 25 | 24 | a | 8
			> 15 | 30 | 29 | a | 8
			> watermark end`},
		{"cumulate: too late for the first windows", cumulate(5, 15), []int{1}, []agg.Bound{sum}, `
			1 | a | 1 | true @ 10
			2 | a | 2 | true @ 4
			end
			> 0 | 5 | 4 | a | 2
			> 0 | 10 | 9 | a | 2
			> 0 | 15 | 14 | a | 3`},
		{"an offset moves the windows", hop(5, 10).from(2), []int{1}, []agg.Bound{sum}, `
			1 | a | 1 | true
			2 | a | 2 | true
			end
			> -8 | 2 | 1 | a | 1
			> -3 | 7 | 6 | a | 3
			> 2 | 12 | 11 | a | 2`},
		{"rows taken back, a group with none left is gone", tumble(10), []int{1}, []agg.Bound{sum, count}, `
			+ 1 | a | 1 | true
			+ 2 | b | 2 | true
			u- 1 | a | 1 | true
			u+ 1 | a | 5 | true
			- 2 | b | 2 | true
			end
			> 0 | 10 | 9 | a | 5 | 1`},
		{"a group with none left, without a count", tumble(10), []int{1}, []agg.Bound{sum}, `
			+ 1 | a | 1 | true
			+ 2 | b | 2 | true
			- 2 | b | 2 | true
			end
			> 0 | 10 | 9 | a | 1`},
		{"a barrier flushes, and what comes after it is lost with the crash", hop(5, 10), []int{1}, []agg.Bound{count, sum}, `
			7 | a | 1 | true
			watermark 10
			> 0 | 10 | 9 | a | 1 | 1
			barrier
			8 | a | 2 | true
			recover
			9 | a | 4 | true
			end
			> 5 | 15 | 14 | a | 2 | 5`},
		{"flushed in pieces, it is one group", tumble(10), []int{1}, []agg.Bound{sum}, `
			1 | a | 1 | true
			flush
			2 | a | 2 | true
			end
			> 0 | 10 | 9 | a | 3`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			partial, final := twoPhase(tc.window, bids, tc.keys, tc.aggs...)
			options := []flowtest.Option{flowtest.Output(final.Out), flowtest.EventTime(2)}
			if len(tc.keys) > 0 {
				options = append(options, flowtest.Keyed(byColumns(tc.keys...)))
			}
			flowtest.Check(t, flowtest.Chain{partial, final}, []types.Schema{bids}, tc.script, options...)
		})
	}
}

func TestPartial(t *testing.T) {
	count, sum := call(t, bids, "count"), call(t, bids, "sum", 2)
	for _, tc := range []struct {
		name   string
		window Assigner
		aggs   []agg.Bound
		script string // out: slice_start | key | state of sum: two columns | rows
	}{
		{"emits a slice when the watermark reaches its end", tumble(10), []agg.Bound{count}, `
			1 | a | 5 | true
			9 | a | 5 | true
			10 | a | 5 | true
			watermark 9
			watermark 10
			> 0 | a | 2 | 2
			end
			> 10 | a | 1 | 1`},
		{"emits slices, not windows", hop(5, 10), []agg.Bound{count}, `
			1 | a | 5 | true
			6 | a | 5 | true
			end
			> 0 | a | 1 | 1
			> 5 | a | 1 | 1`},
		{"emits everything on Flush", tumble(10), []agg.Bound{count}, `
			1 | a | 5 | true
			19 | b | 5 | true
			flush
			> 0 | a | 1 | 1
			> 10 | b | 1 | 1
			2 | a | 5 | true
			barrier
			> 0 | a | 1 | 1
			recover
			end`},
		{"counts rows itself where no aggregate does", tumble(10), []agg.Bound{sum}, `
			1 | a | NULL | true
			2 | a | NULL | true
			end
			> 0 | a | ` + nullSum(t, sum) + ` | 2`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			partial, _ := twoPhase(tc.window, bids, []int{1}, tc.aggs...)
			flowtest.Check(t, partial, []types.Schema{bids}, tc.script, flowtest.Output(partial.Out))
		})
	}
}

// nullSum is the state of a sum that has seen only NULL.
func nullSum(t *testing.T, sum agg.Bound) string {
	tc := flowtest.Context(t)
	acc := sum.New(tc.Mem)
	defer acc.Release()
	acc.Grow(1)
	state, err := acc.State([]uint32{0})
	if err != nil {
		t.Fatal(err)
	}
	defer release(state)
	var cells []string
	for _, s := range state {
		cells = append(cells, flowtest.Cell(s, 0))
	}
	return strings.Join(cells, " | ")
}

func TestFinal(t *testing.T) {
	count := call(t, bids, "count")
	_, tumbling := twoPhase(tumble(10), bids, []int{1}, count)
	_, hopping := twoPhase(hop(5, 10), bids, []int{1}, count)
	for _, tc := range []struct {
		name   string
		spec   Final
		script string // in: slice_start | key | count | rows
	}{
		{"merges what several partials have", tumbling, `
			0 | a | 2 | 2
			10 | a | 5 | 5
			0 | a | 3 | 3
			0 | b | 1 | 1
			watermark 10
			> 0 | 10 | 9 | a | 5
			> 0 | 10 | 9 | b | 1
			> watermark 10`},
		{"counts the rows of groups that come when all is closed", tumbling, `
			0 | a | 2 | 2
			watermark 10
			> 0 | 10 | 9 | a | 2
			> watermark 10
			0 | a | 3 | 3
			0 | b | 4 | 4
			10 | a | 1 | 1
			> dropped 7 late
			end
			> 10 | 20 | 19 | a | 1
			> watermark end`},
		{"a group that comes when one of its windows is closed counts in the others", hopping, `
			0 | a | 2 | 2
			watermark 5
			> -5 | 5 | 4 | a | 2
			> watermark 5
			0 | a | 3 | 3
			> dropped 0 late
			watermark 10
			> 0 | 10 | 9 | a | 5
			> watermark 10
			0 | a | 9 | 9
			> dropped 9 late
			end
			> watermark end`},
		{"a slot that leaves its first window out", hopping, `
			0 | a | 2 | 2
			1 | a | 4 | 4
			end
			> -5 | 5 | 4 | a | 2
			> 0 | 10 | 9 | a | 6
			> watermark end`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			flowtest.Check(t, tc.spec, []types.Schema{tc.spec.In}, tc.script,
				flowtest.Output(tc.spec.Out), flowtest.EventTime(2), flowtest.Keyed(byColumns(1)))
		})
	}
}

func TestMemoryOfAggregates(t *testing.T) {
	first, final := twoPhase(tumble(10), bids, []int{1}, call(t, bids, "count"))
	rows := make([]string, 1000)
	for i := range rows {
		rows[i] = fmt.Sprintf("%d | key%d | 1 | true", i%10, i)
	}
	t.Run("a partial that may not grow passes its groups on", func(t *testing.T) {
		tc := flowtest.Context(t)
		tc.Budget.(*flowtest.Budget).Limit = 1
		op, err := first.Open(tc)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Close()
		rec := flowtest.Record(t, tc.Mem, bids, rows...)
		defer rec.Release()
		var out flowtest.Collector
		defer out.Release()
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		if n := len(out.Rows()); n != len(rows) {
			t.Errorf("%d of %d groups were passed on", n, len(rows))
		}
	})
	t.Run("a final that may not grow fails", func(t *testing.T) {
		tc := flowtest.Context(t)
		tc.Budget.(*flowtest.Budget).Limit = 1
		op, err := final.Open(tc)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Close()
		rec := flowtest.Record(t, tc.Mem, final.In, "0 | a | 1 | 1")
		defer rec.Release()
		if err := op.Process(0, &flow.Batch{Rec: rec}, nil); !errors.Is(err, flowtest.ErrBudget) {
			t.Errorf("error is %v", err)
		}
	})
	t.Run("a partial passes its largest slice on at its limit", func(t *testing.T) {
		tc := flowtest.Context(t)
		op, err := first.Open(tc)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Close()
		op.(*partial).limit = 10_000
		rec := flowtest.Record(t, tc.Mem, bids, append(rows, "11 | a | 1 | true")...)
		defer rec.Release()
		var out flowtest.Collector
		defer out.Release()
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		if n := len(out.Take()); n != len(rows) {
			t.Errorf("%d groups were passed on, want the %d of the large slice", n, len(rows))
		}
		if _, err := op.Watermark(0, flow.MaxTime, &out); err != nil || !slices.Equal(out.Take(), []string{"10 | a | 1 | 1"}) {
			t.Errorf("what was small is not there at the end, %v", err)
		}
	})
	t.Run("state is reported, and gone with its window", func(t *testing.T) {
		tc := flowtest.Context(t)
		op, err := final.Open(tc)
		if err != nil {
			t.Fatal(err)
		}
		defer op.Close()
		rec := flowtest.Record(t, tc.Mem, final.In, "0 | a | 1 | 1", "0 | b | 1 | 1", "10 | a | 1 | 1")
		defer rec.Release()
		var out flowtest.Collector
		defer out.Release()
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		for _, step := range []struct {
			at   flow.Time
			rows int64
		}{{0, 3}, {10, 1}, {20, 0}} {
			if _, err := op.Watermark(0, step.at, &out); err != nil {
				t.Fatal(err)
			}
			if _, rows := tc.Metrics.(*flowtest.Metrics).Kept(); rows != step.rows {
				t.Errorf("at %d it keeps %d rows, want %d", step.at, rows, step.rows)
			}
		}
	})
}

func TestLargeWindowsComeInBatches(t *testing.T) {
	schema := types.Schema{{Name: "at", Type: types.Of(types.TimestampTZ)}, {Name: "key", Type: types.Of(types.Int64)}}
	partial, final := twoPhase(hop(second, 2*second), schema, []int{1}, call(t, schema, "sum", 1))
	tc := flowtest.Context(t)
	op, err := flowtest.Chain{partial, final}.Open(tc)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	const keys, gone = 20_000, 15_001
	rows := make([]string, keys+1)
	ops := make([]flow.Op, keys+1)
	for i := range keys {
		rows[i] = fmt.Sprintf("%d | %d", i%2*int(second), i)
	}
	rows[keys], ops[keys] = rows[gone], flow.Delete
	rec := flowtest.Record(t, tc.Mem, schema, rows...)
	defer rec.Release()
	var out flowtest.Collector
	defer out.Release()
	if err := op.Process(0, &flow.Batch{Rec: rec, Ops: ops}, &out); err != nil {
		t.Fatal(err)
	}
	if _, err := op.Watermark(0, flow.MaxTime, &out); err != nil {
		t.Fatal(err)
	}
	windows := map[int64]int{} // of each key
	for _, b := range out.Batches {
		if b.Len() > flow.BatchRows {
			t.Errorf("a batch of %d rows", b.Len())
		}
		for _, k := range b.Rec.Column(3).(*array.Int64).Int64Values() {
			windows[k]++
		}
	}
	for k := range int64(keys) {
		want := 2
		if k == gone {
			want = 0
		}
		if windows[k] != want {
			t.Fatalf("key %d is in %d windows, want %d", k, windows[k], want)
		}
	}
}

func TestDescribe(t *testing.T) {
	big := call(t, bids, "sum", 2)
	big.Filter = 3
	partial, final := twoPhase(hop(10*second, minute), bids, []int{1}, call(t, bids, "count"), big)
	for _, tc := range []struct {
		spec flow.Spec
		want string
	}{
		{partial, "PartialWindowAggregate: window=hop 1m every 10s, time=at, keys=[key], aggregates=[count(*), sum(price) FILTER (WHERE big)]"},
		{final, "WindowAggregate: window=hop 1m every 10s, keys=[key], aggregates=[count AS count0, sum AS sum1], emit=on window close, " +
			"state=one row a key and slice of 10s, dropped when its last window closes"},
		{Assign{Window: tumble(second), Time: 0, Out: windowed(events, 0)}, "Window: window=tumble 1s, time=at"},
	} {
		d := tc.spec.Describe()
		var attrs []string
		for _, a := range d.Attrs {
			attrs = append(attrs, a.Key+"="+a.Value)
		}
		if got := d.Name + ": " + strings.Join(attrs, ", "); got != tc.want {
			t.Errorf("got  %s\nwant %s", got, tc.want)
		}
	}
}
