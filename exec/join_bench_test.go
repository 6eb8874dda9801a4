package exec

import (
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/flow/flowtest"
	"millrace/types"
)

// sink lets go of what it is given.
type sink struct{ rows int }

func (s *sink) Emit(b *flow.Batch) error {
	s.rows += b.Len()
	b.Release()
	return nil
}

// BenchmarkHashJoin builds of 1.5 million rows and probes with 6 million; the unit is a row of the left. Of both sides a
// key and a number come in, and the number of both comes out. "dense" keys are those of TPC-H's orders, a quarter of
// the integers in their range, and come in order; "random" ones are any words; "pair" is two columns together.
func BenchmarkHashJoin(b *testing.B) {
	const build, probe = 1_500_000, 6_000_000
	dense := func(i int) int64 { return int64(i/8*32 + i%8) }
	scattered := func(i int) int64 { return int64(uint64(i+1) * 0x9e3779b97f4a7c15) }
	inOrder := func(i int) int { return i / 4 }
	shuffled := func(int) int { return rand.IntN(build) }
	for _, bc := range []struct {
		name  string
		kind  JoinKind
		key   func(row int) int64
		which func(i int) int // the row of the right that row i of the left goes with
		two   bool
	}{
		{"inner, dense keys in order", InnerJoin, dense, inOrder, false},
		{"inner, dense keys shuffled", InnerJoin, dense, shuffled, false},
		{"inner, random keys", InnerJoin, scattered, shuffled, false},
		{"inner, random keys, half of them missing", InnerJoin, scattered, func(int) int { return rand.IntN(2 * build) }, false},
		{"inner, pairs", InnerJoin, scattered, shuffled, true},
		{"semi, dense keys in order", SemiJoin, dense, inOrder, false},
		{"right semi, dense keys in order", RightSemiJoin, dense, inOrder, false},
	} {
		b.Run(bc.name, func(b *testing.B) {
			schema := types.Schema{{Name: "k", Type: types.Of(types.Int64)}, {Name: "v", Type: types.Of(types.Int64)}}
			keys := []int{0}
			if bc.two {
				keys = []int{0, 1}
			}
			mem := memory.NewGoAllocator()
			side := func(n int, key func(i int) int64) (recs []arrow.RecordBatch) {
				for from := 0; from < n; from += flow.BatchRows {
					kb := array.NewInt64Builder(mem)
					for i := from; i < min(from+flow.BatchRows, n); i++ {
						kb.Append(key(i))
					}
					k := kb.NewArray()
					k.Retain()
					recs = append(recs, newRecord(schema.Arrow(), []arrow.Array{k, k}, k.Len()))
				}
				return recs
			}
			right := side(build, bc.key)
			left := side(probe, func(i int) int64 { return bc.key(bc.which(i)) })
			spec := HashJoin{Kind: bc.kind, Left: schema, Right: schema, LeftKeys: keys, RightKeys: keys}
			spec.Emit, spec.Out = []int{1}, schema[1:]
			if bc.kind == InnerJoin {
				spec.Emit, spec.Out = []int{1, 3}, append(schema[1:2:2], schema[1])
			}
			b.ResetTimer()
			for range b.N {
				tc := &flow.TaskContext{Mem: mem, Budget: &flowtest.Budget{}, Metrics: &flowtest.Metrics{}, Parallelism: 1}
				op, err := spec.Open(tc)
				if err != nil {
					b.Fatal(err)
				}
				out := &sink{}
				for port, recs := range [][]arrow.RecordBatch{right, left} {
					for _, rec := range recs {
						if err := op.Process(1-port, &flow.Batch{Rec: rec}, out); err != nil {
							b.Fatal(err)
						}
					}
					if _, err := op.Watermark(1-port, flow.MaxTime, out); err != nil {
						b.Fatal(err)
					}
				}
				if err := op.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/probe, "ns/row")
		})
	}
}
