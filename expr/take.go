package expr

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Take copies the values at rows, in that order; a row may come twice. It takes every layout that package types
// has, sliced arrays included, and panics on another or on a row that a does not have. The result has a null bitmap
// only where one of its values is NULL. The caller releases it.
func Take(mem memory.Allocator, a arrow.Array, rows []int32) arrow.Array {
	if a.DataType().ID() == arrow.NULL {
		return array.NewNull(len(rows))
	}
	nulls, nullN := takeNulls(mem, a, rows)
	switch a.DataType().ID() {
	case arrow.BOOL:
		values, _ := gatherBits(mem, boolBits(a), rows)
		return newArray(a.DataType(), len(rows), nullN, nulls, values)
	case arrow.INT16:
		return takeFixed[int16](mem, a, rows, 2, nulls, nullN)
	case arrow.INT32, arrow.DATE32:
		return takeFixed[int32](mem, a, rows, 4, nulls, nullN)
	case arrow.FLOAT32:
		return takeFixed[float32](mem, a, rows, 4, nulls, nullN)
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP:
		return takeFixed[int64](mem, a, rows, 8, nulls, nullN)
	case arrow.FLOAT64:
		return takeFixed[float64](mem, a, rows, 8, nulls, nullN)
	case arrow.DECIMAL128:
		return takeFixed[decimal128.Num](mem, a, rows, 16, nulls, nullN)
	case arrow.INTERVAL_MONTH_DAY_NANO:
		return takeFixed[arrow.MonthDayNanoInterval](mem, a, rows, 16, nulls, nullN)
	case arrow.FIXED_SIZE_BINARY:
		if a.DataType().(*arrow.FixedSizeBinaryType).ByteWidth == 16 {
			return takeFixed[decimal128.Num](mem, a, rows, 16, nulls, nullN)
		}
	case arrow.STRING, arrow.BINARY:
		return takeVarlen(mem, a, rows, nulls, nullN)
	case arrow.LIST:
		return takeList(mem, a, a.(*array.List).ListValues(), rows, nulls, nullN)
	case arrow.MAP:
		return takeList(mem, a, a.(*array.Map).ListValues(), rows, nulls, nullN)
	case arrow.STRUCT:
		s := a.(*array.Struct)
		fields := make([]arrow.Array, s.NumField())
		for i := range fields {
			fields[i] = Take(mem, s.Field(i), rows)
		}
		return newNested(a.DataType(), len(rows), nullN, fields, nulls)
	}
	panic(fmt.Sprintf("take: no layout of package types: %s", a.DataType()))
}

// TakeOrNull is Take, but a row that is negative gives NULL.
func TakeOrNull(mem memory.Allocator, a arrow.Array, rows []int32) arrow.Array {
	if a.Len() == 0 || a.DataType().ID() == arrow.NULL {
		return array.MakeArrayOfNull(mem, a.DataType(), len(rows))
	}
	signs := int32(0)
	for _, r := range rows {
		signs |= r
	}
	if signs >= 0 {
		return Take(mem, a, rows)
	}
	there := make([]int32, len(rows))
	for i, r := range rows {
		there[i] = max(r, 0)
	}
	all := Take(mem, a, there)
	defer all.Release()
	return masked(mem, all, func(i int) uint64 {
		w := uint64(0)
		for k, r := range rows[i:min(i+64, len(rows))] {
			w |= uint64(^uint32(r)>>31) << k
		}
		return w
	})
}

// TakeRecord is Take on every column.
func TakeRecord(mem memory.Allocator, rec arrow.RecordBatch, rows []int32) arrow.RecordBatch {
	cols := make([]arrow.Array, rec.NumCols())
	for i := range cols {
		cols[i] = Take(mem, rec.Column(i), rows)
	}
	out := array.NewRecordBatch(rec.Schema(), cols, int64(len(rows)))
	for _, c := range cols {
		c.Release()
	}
	return out
}

// Select appends to into the positions at which mask, a Boolean array, is true and not NULL: WHERE's rows.
func Select(mask arrow.Array, into []int32) []int32 {
	n := mask.Len()
	values, valid := boolBits(mask), validity(mask)
	start := len(into)
	into = slices.Grow(into, n)[:start+n]
	at := start
	for i := 0; i < n; i += 64 {
		w := values.word(i) & valid.word(i) & lowBits(n-i)
		if w == ^uint64(0) {
			for k, block := 0, into[at:at+64]; k < 64; k++ {
				block[k] = int32(i + k)
			}
			at += 64
			continue
		}
		for ; w != 0; w &= w - 1 {
			into[at] = int32(i + bits.TrailingZeros64(w))
			at++
		}
	}
	return into[:at]
}

func takeFixed[T pod](mem memory.Allocator, a arrow.Array, rows []int32, width int, nulls *memory.Buffer, nullN int) arrow.Array {
	buf, dst := newPods[T](mem, len(rows), width)
	src := pods[T](a)
	for i, r := range rows {
		dst[i] = src[r]
	}
	return newArray(a.DataType(), len(rows), nullN, nulls, buf)
}

func takeVarlen(mem memory.Allocator, a arrow.Array, rows []int32, nulls *memory.Buffer, nullN int) arrow.Array {
	src := varlens(a)
	offBuf := newBuffer(mem, 4*(len(rows)+1))
	offs := arrow.GetData[int32](offBuf.Bytes())
	total := int64(0)
	offs[0] = 0
	for i, r := range rows {
		total += int64(src.offs[r+1] - src.offs[r])
		offs[i+1] = int32(total)
	}
	checkOffsets(total)
	dataBuf := newBuffer(mem, int(total))
	data := dataBuf.Bytes()
	for i, r := range rows {
		copy(data[offs[i]:], src.data[src.offs[r]:src.offs[r+1]])
	}
	return newArray(a.DataType(), len(rows), nullN, nulls, offBuf, dataBuf)
}

// takeList takes the values of the lists by one Take of all their elements.
func takeList(mem memory.Allocator, a arrow.Array, elems arrow.Array, rows []int32, nulls *memory.Buffer, nullN int) arrow.Array {
	srcOffs := offsets(a)
	offBuf := newBuffer(mem, 4*(len(rows)+1))
	offs := arrow.GetData[int32](offBuf.Bytes())
	var inner []int32
	offs[0] = 0
	for i, r := range rows {
		for e := srcOffs[r]; e < srcOffs[r+1]; e++ {
			inner = append(inner, e)
		}
		checkOffsets(int64(len(inner)))
		offs[i+1] = int32(len(inner))
	}
	return newNested(a.DataType(), len(rows), nullN, []arrow.Array{Take(mem, elems, inner)}, nulls, offBuf)
}

// takeNulls is the null bitmap of the rows, nil where none of them is NULL, and how many are.
func takeNulls(mem memory.Allocator, a arrow.Array, rows []int32) (*memory.Buffer, int) {
	valid := validity(a)
	if valid.buf == nil || len(rows) == 0 {
		return nil, 0
	}
	buf, ones := gatherBits(mem, valid, rows)
	if ones == len(rows) {
		buf.Release()
		return nil, 0
	}
	return buf, len(rows) - ones
}

// gatherBits copies the bits at rows and counts the ones.
func gatherBits(mem memory.Allocator, src bitmap, rows []int32) (*memory.Buffer, int) {
	buf := newBuffer(mem, bitBytes(len(rows)))
	dst, ones := buf.Bytes(), 0
	for i := 0; i < len(rows); i += 64 {
		block := rows[i:min(i+64, len(rows))]
		w := uint64(0)
		for k, r := range block {
			bit := int(r) + src.off
			w |= uint64(src.buf[bit>>3]>>(bit&7)&1) << k
		}
		ones += bits.OnesCount64(w)
		putWord(dst, i, w)
	}
	return buf, ones
}
