package window

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
)

// timeValues is the raw values of a time column, its NULL slots included.
func timeValues(col arrow.Array) []arrow.Timestamp {
	ts, ok := col.(*array.Timestamp)
	if !ok {
		panic(fmt.Sprintf("window: event time is a column of %s", col.DataType()))
	}
	return ts.TimestampValues()
}

// newTimes makes a column of n times, to be filled by the caller before anybody else has it.
func newTimes(mem memory.Allocator, dt arrow.DataType, n int) (arrow.Array, []arrow.Timestamp) {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(n * 8)
	data := array.NewData(dt, n, []*memory.Buffer{nil, buf}, nil, 0, 0)
	col := array.MakeFromData(data)
	data.Release()
	buf.Release()
	return col, timeValues(col)
}

// constantTime is a column of n times that are all t.
func constantTime(mem memory.Allocator, dt arrow.DataType, t flow.Time, n int) arrow.Array {
	col, vals := newTimes(mem, dt, n)
	for i := range vals {
		vals[i] = arrow.Timestamp(t)
	}
	return col
}

// newInts is a column of BIGINT.
func newInts(mem memory.Allocator, vals []int64) arrow.Array {
	buf := memory.NewResizableBuffer(mem)
	buf.Resize(len(vals) * 8)
	copy(arrow.Int64Traits.CastFromBytes(buf.Bytes()), vals)
	data := array.NewData(arrow.PrimitiveTypes.Int64, len(vals), []*memory.Buffer{nil, buf}, nil, 0, 0)
	defer data.Release()
	buf.Release()
	return array.NewInt64Data(data)
}

// newRecord makes columns, which it takes over, a record.
func newRecord(schema *arrow.Schema, cols []arrow.Array) arrow.RecordBatch {
	rec := array.NewRecordBatch(schema, cols, int64(cols[0].Len()))
	release(cols)
	return rec
}

func release(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}
