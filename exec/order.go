package exec

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Order is one expression of ORDER BY.
type Order struct {
	Expr       expr.Expr
	Desc       bool
	NullsFirst bool
}

func (o Order) String() string {
	s := o.Expr.String()
	if o.Desc {
		s += " DESC"
	}
	if o.NullsFirst {
		return s + " NULLS FIRST"
	}
	return s + " NULLS LAST"
}

func orderAttr(by []Order) flow.Attr {
	parts := make([]string, len(by))
	for i, o := range by {
		parts[i] = o.String()
	}
	return flow.Attr{Key: "by", Value: strings.Join(parts, ", ")}
}

// orderKeys turns rows into bytes that compare as the rows do. For each Order that is
//
//	1 byte: 1, or for NULL 0 (first) or 2 (last)
//	a value of fixed width: one or two words of 8 bytes, big-endian; 0 for NULL
//	Text and Bytes: the bytes, 0 written as 0 255, and 0 0 at the end; nothing for NULL
//
// and where it is DESC everything but the first byte is inverted. -0 is 0, NaN is above Infinity, texts compare by their
// bytes, intervals by their length with months of 30 days.
type orderKeys struct {
	by  []Order
	ctx *expr.Ctx

	fill  []int
	words []uint64
}

// sortKeys is the keys of some rows: that of row i is data[ends[i-1]:ends[i]].
type sortKeys struct {
	data []byte
	ends []int
}

func (k *sortKeys) at(i int) []byte {
	if i == 0 {
		return k.data[:k.ends[0]]
	}
	return k.data[k.ends[i-1]:k.ends[i]]
}

func (k *sortKeys) bytes() int64 { return int64(cap(k.data)) + int64(cap(k.ends))*8 }

// newOrderKeys fails where a type has no order.
func newOrderKeys(by []Order, ctx *expr.Ctx) (*orderKeys, error) {
	for _, o := range by {
		switch k := o.Expr.Type().Kind; k {
		case types.JSON, types.Array, types.Map, types.Row:
			return nil, sqlerr.Unsupported(o.Expr.Pos(), "ORDER BY of "+o.Expr.Type().String(),
				"Order by a part of it, or by its text: CAST(… AS TEXT).")
		}
	}
	return &orderKeys{by: by, ctx: ctx}, nil
}

// encode is the keys of the rows of rec.
func (k *orderKeys) encode(rec arrow.RecordBatch) (sortKeys, error) {
	n := int(rec.NumRows())
	cols := make([]arrow.Array, 0, len(k.by))
	defer func() { release(cols) }()
	for _, o := range k.by {
		col, err := o.Expr.Eval(k.ctx, rec)
		if err != nil {
			return sortKeys{}, err
		}
		cols = append(cols, col)
	}
	keys := sortKeys{ends: make([]int, n)}
	for _, col := range cols {
		addSizes(col, keys.ends)
	}
	k.fill = slices.Grow(k.fill[:0], n)[:n]
	total := 0
	for i, size := range keys.ends {
		k.fill[i] = total
		total += size
		keys.ends[i] = total
	}
	keys.data = make([]byte, total)
	for c, col := range cols {
		k.put(k.by[c], col, keys.data)
	}
	return keys, nil
}

// orderWidth is the number of words that a value of fixed width is ordered by; 0 for one that has none.
func orderWidth(dt arrow.DataType) int {
	switch dt.ID() {
	case arrow.STRING, arrow.BINARY, arrow.NULL:
		return 0
	case arrow.DECIMAL128, arrow.INTERVAL_MONTH_DAY_NANO, arrow.FIXED_SIZE_BINARY:
		return 2
	}
	return 1
}

// bytesOf is the value of row i of a Text or Bytes column.
func bytesOf(col arrow.Array) func(i int) string {
	switch col := col.(type) {
	case *array.String:
		return col.Value
	case *array.Binary:
		return col.ValueString
	}
	return nil
}

// addSizes adds to each row what a column takes in its key.
func addSizes(col arrow.Array, sizes []int) {
	width := 1 + 8*orderWidth(col.DataType())
	for i := range sizes {
		sizes[i] += width
	}
	value := bytesOf(col)
	if value == nil {
		return
	}
	for i := range sizes {
		if col.IsValid(i) {
			v := value(i)
			sizes[i] += len(v) + strings.Count(v, "\x00") + 2
		}
	}
}

// put writes a column where fill says, and moves fill behind it.
func (k *orderKeys) put(o Order, col arrow.Array, data []byte) {
	null := byte(2)
	if o.NullsFirst {
		null = 0
	}
	hasNulls := col.NullN() > 0 || col.DataType().ID() == arrow.NULL
	for i, at := range k.fill {
		data[at] = 1
		if hasNulls && col.IsNull(i) {
			data[at] = null
		}
		k.fill[i]++
	}
	if value := bytesOf(col); value != nil {
		k.putBytes(o, col, value, data)
		return
	}
	flip := uint64(0)
	if o.Desc {
		flip = ^uint64(0)
	}
	for part := range orderWidth(col.DataType()) {
		k.words = slices.Grow(k.words[:0], len(k.fill))[:len(k.fill)]
		orderWords(col, part, k.words)
		for i, at := range k.fill {
			w := k.words[i] ^ flip
			if hasNulls && col.IsNull(i) {
				w = 0
			}
			binary.BigEndian.PutUint64(data[at:], w)
			k.fill[i] += 8
		}
	}
}

func (k *orderKeys) putBytes(o Order, col arrow.Array, value func(int) string, data []byte) {
	for i, at := range k.fill {
		if col.IsNull(i) {
			continue
		}
		start, v := at, value(i)
		for {
			zero := strings.IndexByte(v, 0)
			if zero < 0 {
				break
			}
			at += copy(data[at:], v[:zero])
			data[at], data[at+1] = 0, 0xff
			at, v = at+2, v[zero+1:]
		}
		at += copy(data[at:], v)
		data[at], data[at+1] = 0, 0
		at += 2
		if o.Desc {
			for j := start; j < at; j++ {
				data[j] = ^data[j]
			}
		}
		k.fill[i] = at
	}
}

const signBit = 1 << 63

// orderWords turns values of fixed width into unsigned words of the same order; part 1 is the second word of two.
// What stands for a NULL is undefined.
func orderWords(col arrow.Array, part int, out []uint64) {
	switch col := col.(type) {
	case *array.Int64:
		for i, v := range col.Int64Values() {
			out[i] = uint64(v) ^ signBit
		}
	case *array.Int32:
		for i, v := range col.Int32Values() {
			out[i] = uint64(int64(v)) ^ signBit
		}
	case *array.Int16:
		for i, v := range col.Int16Values() {
			out[i] = uint64(int64(v)) ^ signBit
		}
	case *array.Timestamp:
		for i, v := range col.TimestampValues() {
			out[i] = uint64(v) ^ signBit
		}
	case *array.Time64:
		for i, v := range col.Time64Values() {
			out[i] = uint64(v) ^ signBit
		}
	case *array.Date32:
		for i, v := range col.Date32Values() {
			out[i] = uint64(int64(v)) ^ signBit
		}
	case *array.Float64:
		for i, v := range col.Float64Values() {
			out[i] = orderFloat(v)
		}
	case *array.Float32:
		for i, v := range col.Float32Values() {
			out[i] = orderFloat(float64(v))
		}
	case *array.Boolean:
		for i := range out {
			out[i] = 0
			if col.Value(i) {
				out[i] = 1
			}
		}
	case *array.Decimal128:
		orderDecimals(col.Values(), part, out)
	case *array.FixedSizeBinary:
		for i := range out {
			if col.IsValid(i) {
				out[i] = binary.BigEndian.Uint64(col.Value(i)[8*part:])
			}
		}
	case *array.MonthDayNanoInterval:
		for i, v := range col.MonthDayNanoIntervalValues() {
			hi, lo := intervalLength(v)
			out[i] = hi ^ signBit
			if part == 1 {
				out[i] = lo
			}
		}
	default:
		panic("exec: no order of " + col.DataType().String())
	}
}

func orderDecimals(vals []decimal128.Num, part int, out []uint64) {
	if part == 1 {
		for i, v := range vals {
			out[i] = v.LowBits()
		}
		return
	}
	for i, v := range vals {
		out[i] = uint64(v.HighBits()) ^ signBit
	}
}

// orderFloat is an unsigned number of the same order as f: the bits with the sign flipped, all of them where it is set.
func orderFloat(f float64) uint64 {
	if f != f {
		return ^uint64(0)
	}
	w := math.Float64bits(f + 0) // -0 + 0 is 0
	return w ^ (uint64(int64(w)>>63) | signBit)
}

// intervalLength is how many nanoseconds v is when a month has 30 days, as PostgreSQL compares intervals, in 128 bits.
func intervalLength(v arrow.MonthDayNanoInterval) (hi, lo uint64) {
	const dayNanos = 86_400_000_000_000
	days := int64(v.Months)*30 + int64(v.Days)
	hi, lo = bits.Mul64(uint64(days), dayNanos)
	if days < 0 {
		hi -= dayNanos
	}
	var carry uint64
	lo, carry = bits.Add64(lo, uint64(v.Nanoseconds), 0)
	hi, _ = bits.Add64(hi, uint64(v.Nanoseconds>>63), carry)
	return hi, lo
}
