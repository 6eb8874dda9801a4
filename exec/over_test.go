package exec

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/over"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

// windowed is a window function of bids with the default frame.
func windowed(t testing.TB, name string, peers int, args ...int) OverCall {
	t.Helper()
	c := OverCall{Args: args, Filter: -1, Peers: peers}
	if over.IsWindow(name) {
		var ts []types.Type
		for _, a := range args {
			ts = append(ts, bids[a].Type)
		}
		var err error
		if c.Call, err = over.Resolve(name, ts, false, 0); err != nil {
			t.Fatal(err)
		}
	} else {
		c.Call = over.Aggregate(call(t, name, false, -1, args...).Call, 0)
	}
	c.Frame = over.DefaultFrame
	return c
}

// overBids cuts bids by channel, where partition is set, and orders them by price.
func overBids(partition bool, calls ...OverCall) Over {
	s := Over{In: bids, Keep: 2, Order: []Order{{Expr: expr.NewColumn(1, "price", bids[1].Type, 0)}}, Calls: calls, Out: bids[:2:2]}
	if partition {
		s.Partition = []int{0}
	}
	for i, c := range calls {
		s.Out = append(s.Out, types.Column{Name: fmt.Sprintf("%s_%d", c.Name, i), Type: c.Result})
	}
	return s
}

func TestOver(t *testing.T) {
	filtered := windowed(t, "count", 1, 1)
	filtered.Filter = 2
	spec := overBids(true, windowed(t, "row_number", 1), windowed(t, "rank", 1), windowed(t, "sum", 1, 1), windowed(t, "count", 0), windowed(t, "lag", 1, 1), filtered)
	flowtest.Check(t, spec, []types.Schema{bids}, `
		b | 5 | true
		a | 3 | true
		a | 1 | false
		watermark 12:00:00
		a | 3 | false
		NULL | 7 | true
		barrier
		a | NULL | NULL
		b | 5 | true
		end
		> a | 1 | 1 | 1 | 1 | 4 | NULL | 0
		> a | 3 | 2 | 2 | 7 | 4 | 1 | 1
		> a | 3 | 3 | 2 | 7 | 4 | 3 | 1
		> a | NULL | 4 | 4 | 7 | 4 | 3 | 1
		> b | 5 | 1 | 1 | 10 | 2 | NULL | 2
		> b | 5 | 2 | 1 | 10 | 2 | 5 | 2
		> NULL | 7 | 1 | 1 | 7 | 1 | NULL | 1
	`, byColumns(0), flowtest.Output(spec.Out))
	want := "{Over [{partition [channel]} {by price NULLS LAST} {calls [row_number(), rank(), sum(price), count(*), lag(price), count(price) FILTER (WHERE good)]}]}"
	if got := fmt.Sprint(spec.Describe()); got != want {
		t.Errorf("described as %s", got)
	}
}

func TestOverAllRows(t *testing.T) {
	flowtest.Check(t, overBids(false, windowed(t, "row_number", 1), windowed(t, "max", 0, 1)), []types.Schema{bids}, `
		b | 5 | true
		a | 3 | true
		barrier
		c | 4 | false
		end
		> a | 3 | 1 | 5
		> c | 4 | 2 | 5
		> b | 5 | 3 | 5
	`)
}

func TestOverOfNoRowsGivesNone(t *testing.T) {
	flowtestEmpty := overBids(true, windowed(t, "row_number", 1))
	ctx := flowtest.Context(t)
	op, err := flowtestEmpty.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	var out flowtest.Collector
	if _, err := op.Watermark(0, flow.MaxTime, &out); err != nil || len(out.Rows()) > 0 {
		t.Errorf("%v, %v", out.Rows(), err)
	}
}

func TestOverKeepsTheTopOfEachPartition(t *testing.T) {
	for _, tc := range []struct {
		top  string
		want string
	}{
		{"row_number", "> a | 1 | 1\n> a | 2 | 2\n> b | 9 | 1\n> b | 9 | 2"},
		{"rank", "> a | 1 | 1\n> a | 2 | 2\n> a | 2 | 2\n> b | 9 | 1\n> b | 9 | 1\n> b | 9 | 1"},
		{"dense_rank", "> a | 1 | 1\n> a | 2 | 2\n> a | 2 | 2\n> b | 9 | 1\n> b | 9 | 1\n> b | 9 | 1\n> b | 10 | 2"},
	} {
		spec := overBids(true, windowed(t, tc.top, 1))
		spec.Top = OverTop{Function: tc.top, Peers: 1, N: 2}
		flowtest.Check(t, spec, []types.Schema{bids}, `
			a | 2 | true
			b | 9 | true
			b | 10 | true
			a | 3 | true
			barrier
			a | 1 | true
			b | 9 | true
			a | 2 | true
			b | 9 | true
			end
			`+tc.want, byColumns(0))
	}
}

// randomBids is batches of rows; the channels are 0 to channels-1 as text, the prices not in order.
func randomBids(t testing.TB, ctx *flow.TaskContext, rows, channels int) []arrow.RecordBatch {
	rng := rand.New(rand.NewPCG(1, 1))
	var recs []arrow.RecordBatch
	for rows > 0 {
		n := min(rows, flow.BatchRows)
		rows -= n
		rb := array.NewRecordBuilder(ctx.Mem, bids.Arrow())
		for range n {
			rb.Field(0).(*array.StringBuilder).Append(fmt.Sprint(rng.IntN(channels)))
			rb.Field(1).(*array.Int64Builder).Append(rng.Int64N(1 << 40))
			rb.Field(2).AppendNull()
		}
		recs = append(recs, rb.NewRecordBatch())
		rb.Release()
	}
	return recs
}

func TestOverDropsRowsThatAreNotWantedBeforeTheEnd(t *testing.T) {
	const rows, channels = 20 * flow.BatchRows, 7
	ctx := flowtest.Context(t)
	spec := overBids(true, windowed(t, "row_number", 1))
	spec.Top = OverTop{Function: "row_number", Peers: 1, N: 3}
	op, err := spec.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer op.Close()
	var out flowtest.Collector
	defer out.Release()
	for _, rec := range randomBids(t, ctx, rows, channels) {
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
		rec.Release()
		if kept := op.(*overRows).rows.n; kept > 5*flow.BatchRows {
			t.Fatalf("it keeps %d rows", kept)
		}
	}
	if _, err := op.Watermark(0, flow.MaxTime, &out); err != nil {
		t.Fatal(err)
	}
	if got := len(out.Rows()); got != 3*channels {
		t.Errorf("%d rows came out", got)
	}
}

func TestSharedKeysAreThoseThatRowsAreEqualIn(t *testing.T) {
	schema := types.Schema{{Name: "a", Type: types.Of(types.Text)}, {Name: "b", Type: types.Of(types.Int32)}, {Name: "c", Type: types.Of(types.Text)}, {Name: "d", Type: types.DecimalOf(10, 2)}}
	var by []Order
	for i, c := range schema {
		by = append(by, Order{Expr: expr.NewColumn(i, c.Name, c.Type, 0), Desc: i%2 == 0})
	}
	ctx := flowtest.Context(t)
	keys, err := newOrderKeys(by, evalCtx(ctx))
	if err != nil {
		t.Fatal(err)
	}
	rec := flowtest.Record(t, ctx.Mem, schema,
		"x | 1 | y | 1.00", "x | 1 | y | 1.00", "x | 1 | y | 1.01", "x | 1 | yy | 1.00", "x | 1 | NULL | 1.00", "x | 2 | y | 1.00", "x | NULL | y | 1.00", "NULL | 1 | y | 1.00", "xy | 1 | y | 1.00")
	defer rec.Release()
	enc, err := keys.encode(rec)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{4, 4, 3, 2, 2, 1, 1, 0, 0} {
		if got := keys.shared(enc.at(0), enc.at(i)); got != want {
			t.Errorf("row 0 and row %d share %d keys, want %d", i, got, want)
		}
		if got := keys.shared(enc.at(i), enc.at(0)); got != want {
			t.Errorf("row %d and row 0 share %d keys, want %d", i, got, want)
		}
		if want > 0 && keys.firstDiffers(prefix(enc.at(0)), prefix(enc.at(i))) {
			t.Errorf("row 0 and row %d are said to differ in their first key", i)
		}
	}
}

func BenchmarkOver(b *testing.B) {
	const rows = 1_000_000
	sliding := windowed(b, "sum", 1, 1)
	sliding.Frame = over.Frame{Unit: over.Rows, Start: over.Bound{Edge: over.Preceding, Offset: 100}, End: over.Bound{Edge: over.CurrentRow}}
	most := windowed(b, "max", 1, 1)
	most.Frame = sliding.Frame
	for _, call := range []struct {
		name string
		OverCall
	}{
		{"row_number", windowed(b, "row_number", 1)}, {"running sum", windowed(b, "sum", 1, 1)}, {"sum of partition", windowed(b, "sum", 0, 1)},
		{"lag", windowed(b, "lag", 1, 1)}, {"sliding sum", sliding}, {"sliding max", most},
	} {
		for _, channels := range []int{1, 100_000} {
			b.Run(fmt.Sprintf("%s of %d", call.name, channels), func(b *testing.B) {
				ctx := flowtest.Context(b)
				recs := randomBids(b, ctx, rows, channels)
				for b.Loop() {
					op, err := overBids(channels > 1, call.OverCall).Open(ctx)
					if err != nil {
						b.Fatal(err)
					}
					for _, r := range recs {
						if err := op.Process(0, &flow.Batch{Rec: r}, nil); err != nil {
							b.Fatal(err)
						}
					}
					if _, err := op.Watermark(0, flow.MaxTime, drop{}); err != nil {
						b.Fatal(err)
					}
					op.Close()
				}
				for _, r := range recs {
					r.Release()
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
			})
		}
	}
}

type drop struct{}

func (drop) Emit(b *flow.Batch) error { b.Release(); return nil }
