package pgwire

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/flow"
	"millrace/formats/pgcopy"
	"millrace/types"
)

// BenchmarkRows writes the rows of a batch in each of the ways that a client can ask for.
func BenchmarkRows(b *testing.B) {
	schema := types.Schema{
		{Name: "id", Type: types.Of(types.Int64)}, {Name: "n", Type: types.Of(types.Int64)},
		{Name: "name", Type: types.Of(types.Text)}, {Name: "at", Type: types.Of(types.Timestamp)},
	}
	build := array.NewRecordBuilder(memory.DefaultAllocator, schema.Arrow())
	defer build.Release()
	for i := range int64(flow.BatchRows) {
		build.Field(0).(*array.Int64Builder).Append(i)
		build.Field(1).(*array.Int64Builder).Append(i * 7919 % 1000003)
		build.Field(2).(*array.StringBuilder).Append(fmt.Sprint("name of ", i))
		build.Field(3).(*array.TimestampBuilder).Append(arrow.Timestamp((1767225600 + i) * types.MicrosPerSecond))
	}
	rec := build.NewRecordBatch()
	defer rec.Release()
	for name, w := range map[string]rowEncoder{
		"text":        &rowWriter{schema: schema},
		"binary":      &rowWriter{schema: schema, formats: []int16{pgproto3.BinaryFormat}},
		"copy text":   &copyWriter{to: pgcopy.NewEncoder(schema, pgcopy.Defaults(pgcopy.Text))},
		"copy csv":    &copyWriter{to: pgcopy.NewEncoder(schema, pgcopy.Defaults(pgcopy.CSV))},
		"copy binary": &copyWriter{to: pgcopy.NewEncoder(schema, pgcopy.Defaults(pgcopy.Binary))},
	} {
		b.Run(name, func(b *testing.B) {
			var buf []byte
			for b.Loop() {
				w.begin(rec)
				buf = buf[:0]
				for i := range flow.BatchRows {
					var err error
					if buf, err = w.append(buf, i); err != nil {
						b.Fatal(err)
					}
				}
				b.SetBytes(int64(len(buf)))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/flow.BatchRows, "ns/row")
		})
	}
}
