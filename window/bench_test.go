package window

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr/agg"
	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

// discard is where the output of a benchmark goes.
type discard struct{ rows int }

func (d *discard) Emit(b *flow.Batch) error {
	d.rows += b.Len()
	b.Release()
	return nil
}

// benchBatches makes batches whose times go up by step a row, with a key column that key fills and a price.
func benchBatches(b *testing.B, schema types.Schema, batches int, step flow.Time, key func(array.Builder)) []arrow.RecordBatch {
	var recs []arrow.RecordBatch
	at := flow.Time(0)
	for range batches {
		rb := array.NewRecordBuilder(memory.DefaultAllocator, schema.Arrow())
		for range flow.BatchRows {
			rb.Field(0).(*array.TimestampBuilder).Append(arrow.Timestamp(at))
			key(rb.Field(1))
			rb.Field(2).(*array.Int64Builder).Append(rand.Int64N(10_000))
			at += step
		}
		recs = append(recs, rb.NewRecordBatch())
		rb.Release()
	}
	return recs
}

func intKeys(n int64) func(array.Builder) {
	return func(b array.Builder) { b.(*array.Int64Builder).Append(1000 + rand.Int64N(n)) }
}

func textKeys(n int) func(array.Builder) {
	return func(b array.Builder) { b.(*array.StringBuilder).Append(fmt.Sprintf("channel-%d", rand.IntN(n))) }
}

func benchContext() *flow.TaskContext {
	return &flow.TaskContext{Mem: memory.NewGoAllocator(), Budget: &flowtest.Budget{}, Metrics: &flowtest.Metrics{}, Parallelism: 1}
}

// BenchmarkPartial runs the first phase over 100 batches, a watermark after each: 100,000 rows fall into a window of
// ten seconds, so that one batch in twelve lies across two.
func BenchmarkPartial(b *testing.B) {
	schema := func(key types.Type) types.Schema {
		return types.Schema{{Name: "at", Type: types.Of(types.Timestamp)}, {Name: "key", Type: key}, {Name: "price", Type: types.Of(types.Int64)}}
	}
	ints, texts := schema(types.Of(types.Int64)), schema(types.Of(types.Text))
	all := func(in types.Schema) (aggs []agg.Bound) {
		aggs = append(aggs, call(b, in, "count"))
		for _, name := range []string{"sum", "min", "max", "avg"} {
			aggs = append(aggs, call(b, in, name, 2))
		}
		return aggs
	}
	for _, bc := range []struct {
		name string
		in   types.Schema
		key  func(array.Builder)
		aggs []agg.Bound
	}{
		{"count by 100k bidders", ints, intKeys(100_000), []agg.Bound{call(b, ints, "count")}},
		{"count by 5k bidders", ints, intKeys(5_000), []agg.Bound{call(b, ints, "count")}},
		{"count by 10M bidders", ints, intKeys(10_000_000), []agg.Bound{call(b, ints, "count")}},
		{"sum by 100k bidders", ints, intKeys(100_000), []agg.Bound{call(b, ints, "sum", 2)}},
		{"count, sum, min, max, avg by 4 channels", texts, textKeys(4), all(texts)},
	} {
		b.Run(bc.name, func(b *testing.B) {
			const batches = 100
			step := 100 * flow.Time(1)
			recs := benchBatches(b, bc.in, batches, step, bc.key)
			partial, _ := twoPhase(tumble(10*second), bc.in, []int{1}, bc.aggs...)
			var out discard
			b.ResetTimer()
			b.ReportAllocs()
			for range b.N {
				op, err := partial.Open(benchContext())
				if err != nil {
					b.Fatal(err)
				}
				for i, rec := range recs {
					if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
						b.Fatal(err)
					}
					if _, err := op.Watermark(0, flow.Time(i+1)*flow.BatchRows*step, &out); err != nil {
						b.Fatal(err)
					}
				}
				op.Close()
			}
			rows := float64(b.N * batches * flow.BatchRows)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
			b.ReportMetric(float64(out.rows)/rows, "out/row")
		})
	}
}

// BenchmarkFinal merges the groups of four partials and closes the windows.
func BenchmarkFinal(b *testing.B) {
	in := types.Schema{{Name: "at", Type: types.Of(types.Timestamp)}, {Name: "key", Type: types.Of(types.Int64)}}
	for _, w := range []Assigner{tumble(10 * second), hop(2*second, 10*second)} {
		b.Run(w.String(), func(b *testing.B) {
			_, final := twoPhase(w, in, []int{1}, call(b, in, "count"))
			const slices, perSlice = 10, 8
			var recs []arrow.RecordBatch
			for s := range slices {
				for range perSlice {
					rb := array.NewRecordBuilder(memory.DefaultAllocator, final.In.Arrow())
					for range flow.BatchRows {
						rb.Field(0).(*array.TimestampBuilder).Append(arrow.Timestamp(flow.Time(s) * w.SliceSize()))
						rb.Field(1).(*array.Int64Builder).Append(rand.Int64N(50_000))
						rb.Field(2).(*array.Int64Builder).Append(1)
						rb.Field(3).(*array.Int64Builder).Append(1)
					}
					recs = append(recs, rb.NewRecordBatch())
				}
			}
			var out discard
			b.ResetTimer()
			b.ReportAllocs()
			for range b.N {
				op, err := final.Open(benchContext())
				if err != nil {
					b.Fatal(err)
				}
				for i, rec := range recs {
					if err := op.Process(0, &flow.Batch{Rec: rec}, &out); err != nil {
						b.Fatal(err)
					}
					if i%perSlice == perSlice-1 {
						if _, err := op.Watermark(0, flow.Time(i/perSlice+1)*w.SliceSize(), &out); err != nil {
							b.Fatal(err)
						}
					}
				}
				op.Close()
			}
			rows := float64(b.N * len(recs) * flow.BatchRows)
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/rows, "ns/row")
			b.ReportMetric(float64(out.rows)/rows, "out/row")
		})
	}
}

func BenchmarkObserve(b *testing.B) {
	for _, bc := range []struct {
		name   string
		jitter int64 // microseconds
	}{{"in order", 1}, {"within the delay", 4_000_000}, {"some behind", 6_000_000}} {
		b.Run(bc.name, func(b *testing.B) {
			times := make([]flow.Time, flow.BatchRows)
			for i := range times {
				times[i] = flow.Time(i*100) + flow.Time(rand.Int64N(bc.jitter))
			}
			col := timeColumn(b, times...)
			for range b.N {
				tr := NewTracker(5*second, 0)
				tr.Observe(tr.Add("a", flow.MinTime), col)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*flow.BatchRows), "ns/row")
		})
	}
}
