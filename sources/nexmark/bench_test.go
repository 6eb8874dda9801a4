package nexmark

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/sources"
)

// BenchmarkNext makes batches of bids, of all columns and of the two that a count by bidder needs.
func BenchmarkNext(b *testing.B) {
	for _, tc := range []struct {
		name    string
		columns []int
	}{
		{"all columns", []int{0, 1, 2, 3, 4, 5, 6}},
		{"bidder and date_time", []int{1, 5}},
	} {
		b.Run(tc.name, func(b *testing.B) {
			s := &sources.Scan{Table: table(nil, all("bid")...), Pushdown: sources.Pushdown{Columns: tc.columns}}
			src, err := New().Open(b.Context(), s, memory.DefaultAllocator)
			if err != nil {
				b.Fatal(err)
			}
			r, err := src.Open(b.Context(), sources.Split{ID: "events"}, "", func() {})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			b.ReportAllocs()
			for b.Loop() {
				batch, err := r.Next(b.Context())
				if err != nil {
					b.Fatal(err)
				}
				batch.Release()
			}
			b.ReportMetric(float64(b.N)*flow.BatchRows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
