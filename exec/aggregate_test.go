package exec

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/sqlerr"
	"millrace/types"
)

// call is an aggregate over columns of bids.
func call(t testing.TB, name string, distinct bool, filter int, args ...int) agg.Bound {
	t.Helper()
	var ts []types.Type
	for _, a := range args {
		ts = append(ts, bids[a].Type)
	}
	c, err := agg.Resolve(name, ts, distinct, 0)
	if err != nil {
		t.Fatal(err)
	}
	return agg.Bound{Call: c, Args: args, Filter: filter}
}

// grouped is SELECT channel, count(*), sum(price), max(price) FILTER (WHERE good), avg(price) FROM bids GROUP BY channel;
// without the phase's own part of it for Partial and Final.
func grouped(t testing.TB, phase Phase) Aggregate {
	return aggregateOf(phase, bids[:1], []agg.Bound{
		call(t, "count", false, -1), call(t, "sum", false, -1, 1), call(t, "max", false, 2, 1), call(t, "avg", false, -1, 1),
	})
}

func aggregateOf(phase Phase, keys types.Schema, aggs []agg.Bound) Aggregate {
	results, states := slices.Clone(keys), slices.Clone(keys)
	for i, a := range aggs {
		results = append(results, types.Column{Name: fmt.Sprintf("%s_%d", a.Name, i), Type: a.Result})
		for _, s := range a.State {
			states = append(states, types.Column{Name: fmt.Sprintf("%s_%d", a.Name, i), Type: s})
		}
	}
	s := Aggregate{Aggs: aggs, In: bids, Out: results, Phase: phase}
	for _, k := range keys {
		s.Keys = append(s.Keys, bids.Index(k.Name))
	}
	switch phase {
	case Partial:
		s.Out = states
	case Final:
		s.In = states
		for i := range s.Keys {
			s.Keys[i] = i
		}
	}
	return s
}

const groupedScript = `
	a | 1 | true
	b | 10 | false
	a | 2 | false
	watermark 12:00:00
	NULL | 5 | true
	a | NULL | true
	barrier
	b | 20 | true
	end
	> a | 3 | 3 | 1 | 1.5000000000000000
	> b | 2 | 30 | 20 | 15.0000000000000000
	> NULL | 1 | 5 | 5 | 5.0000000000000000
	> watermark 9223372036854775807
`

func TestAggregate(t *testing.T) {
	spec := grouped(t, Complete)
	flowtest.Check(t, spec, []types.Schema{bids}, groupedScript, byColumns(0), flowtest.Output(spec.Out))
	if got, want := fmt.Sprint(spec.Describe()), "{Aggregate [{keys [channel]} {aggregates [count(*), sum(price), max(price) FILTER (WHERE good), avg(price)]}]}"; got != want {
		t.Errorf("described as %s", got)
	}
}

func TestAggregateInTwoPhasesGivesTheSame(t *testing.T) {
	flowtest.Check(t, flowtest.Chain{grouped(t, Partial), grouped(t, Final)}, []types.Schema{bids}, groupedScript, byColumns(0))
}

func TestPartialAggregateGivesItsStateWhenFlushed(t *testing.T) {
	spec := aggregateOf(Partial, bids[:1], []agg.Bound{call(t, "count", false, -1, 1), call(t, "sum", false, -1, 1)})
	flowtest.Check(t, spec, []types.Schema{bids}, `
		a | 1 | true
		b | NULL | false
		a | 2 | false
		flush
		> a | 2 | 3 | 2
		> b | 0 | 0 | 0
		a | 7 | true
		barrier
		> a | 1 | 7 | 1
		flush
		c | 1 | true
		end
		> c | 1 | 1 | 1
	`, byColumns(0))
}

func TestAggregateTakesRowsBack(t *testing.T) {
	spec := aggregateOf(Complete, bids[:1], []agg.Bound{call(t, "count", false, -1, 1), call(t, "sum", false, 2, 1), call(t, "avg", false, -1, 1)})
	flowtest.Check(t, spec, []types.Schema{bids}, `
		a | 1 | true
		b | 2 | true
		c | 3 | true
		u- a | 1 | true
		u+ a | 5 | true
		- b | 2 | true
		- c | 3 | true
		c | NULL | true
		a | 7 | false
		end
		> a | 2 | 5 | 6.0000000000000000
		> c | 0 | NULL | NULL
	`, byColumns(0))
}

func TestAggregateThatCannotTakeRowsBackSaysSo(t *testing.T) {
	ctx := flowtest.Context(t)
	op := open(t, ctx, grouped(t, Complete))
	b := batch(t, ctx, bids, "a | 1 | true", "a | 2 | true")
	b.Ops = []flow.Op{flow.Insert, flow.Delete}
	if err := op.Process(0, b, nil); sqlerr.Code(err) != sqlerr.FeatureNotSupported || !strings.HasPrefix(err.Error(), "max over rows") {
		t.Errorf("%v", err)
	}
}

func TestAggregateWithoutKeysIsOneRow(t *testing.T) {
	aggs := []agg.Bound{call(t, "count", false, -1), call(t, "sum", false, -1, 1), call(t, "count", true, -1, 0)}
	for _, spec := range []flow.OperatorSpec{
		aggregateOf(Complete, nil, aggs),
		flowtest.Chain{aggregateOf(Partial, nil, aggs), aggregateOf(Final, nil, aggs)},
	} {
		flowtest.Check(t, spec, []types.Schema{bids}, `
			a | 1 | true
			b | 2 | true
			barrier
			a | NULL | true
			end
			> 3 | 3 | 2
			end
		`)
		ctx := flowtest.Context(t)
		var out flowtest.Collector
		if _, err := open(t, ctx, spec).Watermark(0, flow.MaxTime, &out); err != nil {
			t.Fatal(err)
		}
		if got := out.Take(); !slices.Equal(got, []string{"0 | NULL | 0"}) {
			t.Errorf("of no rows: %q", got)
		}
	}
}

func TestPartialAggregateThatDoesNotReduceGivesWhatItHas(t *testing.T) {
	ctx := flowtest.Context(t)
	spec := aggregateOf(Partial, bids[1:2], []agg.Bound{call(t, "count", false, -1)})
	op := open(t, ctx, spec)
	var out flowtest.Collector
	defer out.Release()
	next := int64(0)
	feed := func(rows int, same bool) {
		b := array.NewRecordBuilder(ctx.Mem, bids.Arrow())
		defer b.Release()
		for range rows {
			b.Field(0).AppendNull()
			b.Field(1).(*array.Int64Builder).Append(next)
			b.Field(2).AppendNull()
			if !same {
				next++
			}
		}
		rec := b.NewRecordBatch()
		defer rec.Release()
		if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
			t.Fatal(err)
		}
	}
	feed(probeRows, true)
	feed(probeRows, true)
	if len(out.Batches) > 0 {
		t.Fatal("one group was given out")
	}
	for range 8 * 4 {
		feed(flow.BatchRows, false)
	}
	rows := 0
	for _, b := range out.Batches {
		rows += b.Len()
	}
	if kept, n := ctx.Metrics.(*flowtest.Metrics).Kept(); rows < 100_000 || int64(rows)+n != next || kept > partialBytes {
		t.Errorf("%d groups given out, %d kept in %d bytes, of %d", rows, n, kept, next)
	}
}

func BenchmarkAggregate(b *testing.B) {
	const rows, distinct = flow.BatchRows, 100_000
	spec := aggregateOf(Complete, bids[1:2], []agg.Bound{call(b, "count", false, -1), call(b, "sum", false, -1, 1)})
	ctx := flowtest.Context(b)
	op, err := spec.Open(ctx)
	if err != nil {
		b.Fatal(err)
	}
	defer op.Close()
	var recs []arrow.RecordBatch
	for i := range 64 {
		rb := array.NewRecordBuilder(ctx.Mem, bids.Arrow())
		for j := range rows {
			rb.Field(0).AppendNull()
			rb.Field(1).(*array.Int64Builder).Append(int64((i*rows + j) * 7919 % distinct))
			rb.Field(2).AppendNull()
		}
		recs = append(recs, rb.NewRecordBatch())
		rb.Release()
		defer recs[i].Release()
	}
	for i := 0; b.Loop(); i++ {
		if err := op.Process(0, &flow.Batch{Rec: recs[i%64]}, nil); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/rows, "ns/row")
}
