package json

import (
	"bytes"
	"encoding/base64"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/formats"
	"millrace/sqlerr"
	"millrace/types"
)

// encoder writes rows. It looks at a batch's arrays once, column by column (bind), and then writes row by row out of
// raw slices.
type encoder struct {
	cols []cell
	ts   timestamps
	omit bool
	ends []int
	err  *sqlerr.Error // the first value that could not be written
}

// cell is a column, or a part of one, and the raw slices of the array that is being written.
type cell struct {
	name string // of the column, for errors
	key  []byte // `"name":`
	t    types.Type
	kids []cell // Array: the elements; Map: keys and values; Row: the fields

	arr   arrow.Array
	valid []byte // nil: no row is NULL
	first int    // bit of row 0 in valid
	i16   []int16
	i32   []int32
	i64   []int64
	f32   []float32
	f64   []float64
	dec   []decimal128.Num
	off   []int32
	data  []byte
}

func newEncoder(have types.Schema, ts timestamps, omit bool) (formats.Encoder, error) {
	e := &encoder{ts: ts, omit: omit, cols: make([]cell, len(have))}
	for i, c := range have {
		e.cols[i] = newCell(c.Name, c.Type)
	}
	return e, nil
}

func newCell(name string, t types.Type) cell {
	c := cell{name: name, key: append(types.AppendJSONString(nil, name), ':'), t: t}
	switch t.Kind {
	case types.Array:
		c.kids = []cell{newCell(name, *t.Elem)}
	case types.Map:
		c.kids = []cell{newCell(name, *t.Key), newCell(name, *t.Elem)}
	case types.Row:
		for _, f := range t.Fields {
			c.kids = append(c.kids, newCell(f.Name, f.Type))
		}
	}
	return c
}

// Encode appends the rows of rec, one object each.
func (e *encoder) Encode(rec arrow.RecordBatch, buf []byte) ([]byte, []int, error) {
	for i := range e.cols {
		e.cols[i].bind(rec.Column(i))
	}
	e.ends, e.err = e.ends[:0], nil
	for row := range int(rec.NumRows()) {
		buf = e.object(buf, e.cols, row)
		e.ends = append(e.ends, len(buf))
		if e.err != nil {
			return nil, nil, e.err
		}
	}
	return buf, e.ends, nil
}

// bind keeps the raw slices of an array.
func (c *cell) bind(a arrow.Array) {
	c.arr, c.valid, c.first = a, nil, a.Data().Offset()
	if a.NullN() > 0 {
		c.valid = a.NullBitmapBytes()
	}
	switch a := a.(type) {
	case *array.Int16:
		c.i16 = a.Int16Values()
	case *array.Int32:
		c.i32 = a.Int32Values()
	case *array.Date32:
		c.i32 = arrow.Int32Traits.CastFromBytes(arrow.Date32Traits.CastToBytes(a.Date32Values()))
	case *array.Int64:
		c.i64 = a.Int64Values()
	case *array.Time64:
		c.i64 = arrow.Int64Traits.CastFromBytes(arrow.Time64Traits.CastToBytes(a.Time64Values()))
	case *array.Timestamp:
		c.i64 = arrow.Int64Traits.CastFromBytes(arrow.TimestampTraits.CastToBytes(a.TimestampValues()))
	case *array.Float32:
		c.f32 = a.Float32Values()
	case *array.Float64:
		c.f64 = a.Float64Values()
	case *array.Decimal128:
		c.dec = a.Values()
	case *array.String:
		c.off, c.data = a.ValueOffsets(), a.Data().Buffers()[2].Bytes()
	case *array.Binary:
		c.off, c.data = a.ValueOffsets(), a.Data().Buffers()[2].Bytes()
	case *array.List:
		c.off = a.Offsets()[c.first:]
		c.kids[0].bind(a.ListValues())
	case *array.Map:
		c.off = a.Offsets()[c.first:]
		c.kids[0].bind(a.Keys())
		c.kids[1].bind(a.Items())
	case *array.Struct:
		for i := range c.kids {
			c.kids[i].bind(a.Field(i))
		}
	}
}

func (c *cell) null(row int) bool {
	return c.t.Kind == types.Unknown || c.valid != nil && !bitutil.BitIsSet(c.valid, c.first+row)
}

// object appends an object of the cells' values.
func (e *encoder) object(buf []byte, cells []cell, row int) []byte {
	buf = append(buf, '{')
	first := len(buf)
	for i := range cells {
		c := &cells[i]
		null := c.null(row)
		if null && e.omit {
			continue
		}
		if len(buf) > first {
			buf = append(buf, ',')
		}
		buf = append(buf, c.key...)
		if null {
			buf = append(buf, "null"...)
		} else {
			buf = e.value(buf, c, row)
		}
	}
	return append(buf, '}')
}

// value appends a value that is not NULL.
func (e *encoder) value(buf []byte, c *cell, row int) []byte {
	switch c.t.Kind {
	case types.Bool:
		return strconv.AppendBool(buf, c.arr.(*array.Boolean).Value(row))
	case types.Int16:
		return strconv.AppendInt(buf, int64(c.i16[row]), 10)
	case types.Int32:
		return strconv.AppendInt(buf, int64(c.i32[row]), 10)
	case types.Int64:
		return strconv.AppendInt(buf, c.i64[row], 10)
	case types.Float32:
		return appendFloat(buf, float64(c.f32[row]), 32)
	case types.Float64:
		return appendFloat(buf, c.f64[row], 64)
	case types.Decimal:
		return types.AppendDecimal(buf, c.dec[row], c.t.Scale)
	case types.Text:
		return appendString(buf, c.data[c.off[row]:c.off[row+1]])
	case types.JSON:
		return appendLine(buf, c.data[c.off[row]:c.off[row+1]])
	case types.Bytes:
		buf = append(buf, '"')
		return append(base64.StdEncoding.AppendEncode(buf, c.data[c.off[row]:c.off[row+1]]), '"')
	case types.Date:
		return append(appendDate(append(buf, '"'), int64(c.i32[row])), '"')
	case types.Time:
		return append(types.AppendTime(append(buf, '"'), c.i64[row]), '"')
	case types.Timestamp, types.TimestampTZ:
		return e.timestamp(buf, c, row)
	case types.Array:
		buf = append(buf, '[')
		for k := c.off[row]; k < c.off[row+1]; k++ {
			if k > c.off[row] {
				buf = append(buf, ',')
			}
			buf = e.element(buf, &c.kids[0], int(k))
		}
		return append(buf, ']')
	case types.Map:
		buf = append(buf, '{')
		for k := c.off[row]; k < c.off[row+1]; k++ {
			if k > c.off[row] {
				buf = append(buf, ',')
			}
			buf = append(appendMapKey(buf, &c.kids[0], int(k)), ':')
			buf = e.element(buf, &c.kids[1], int(k))
		}
		return append(buf, '}')
	case types.Row:
		return e.object(buf, c.kids, row)
	}
	buf = types.AppendText(append(buf, '"'), c.arr, row, c.t) // UUID, Interval: text that needs no escapes
	return append(buf, '"')
}

func (e *encoder) element(buf []byte, c *cell, row int) []byte {
	if c.null(row) {
		return append(buf, "null"...)
	}
	return e.value(buf, c, row)
}

// appendMapKey appends the key of an entry, which JSON has as a string whatever its type.
func appendMapKey(buf []byte, c *cell, row int) []byte {
	if c.t.Kind == types.Text {
		return appendString(buf, c.data[c.off[row]:c.off[row+1]])
	}
	return types.AppendJSONString(buf, string(types.AppendText(nil, c.arr, row, c.t)))
}

// timestamp appends a point in time as the option json.timestamp has it.
func (e *encoder) timestamp(buf []byte, c *cell, row int) []byte {
	v := c.i64[row]
	switch e.ts {
	case seconds:
		return strconv.AppendInt(buf, floorDiv(v, 1e6), 10)
	case millis:
		return strconv.AppendInt(buf, floorDiv(v, 1e3), 10)
	case micros:
		return strconv.AppendInt(buf, v, 10)
	case nanos:
		if v > math.MaxInt64/1000 || v < math.MinInt64/1000 {
			e.fail(c, row)
			return buf
		}
		return strconv.AppendInt(buf, v*1000, 10)
	}
	day, ofDay := types.SplitDay(v)
	buf = append(appendDate(append(buf, '"'), day), 'T')
	buf = types.AppendTime(buf, ofDay)
	if c.t.Kind == types.TimestampTZ {
		buf = append(buf, 'Z')
	}
	return append(buf, '"')
}

func (e *encoder) fail(c *cell, row int) {
	if e.err == nil {
		e.err = sqlerr.New(sqlerr.DatetimeOverflow, 0, "column %q: %s cannot be written as nanoseconds since 1970",
			c.name, types.AppendText(nil, c.arr, row, c.t)).WithHint("Write timestamps as json.timestamp = 'iso' or 'us'.")
	}
}

func floorDiv(v, unit int64) int64 {
	q := v / unit
	if v%unit < 0 {
		q--
	}
	return q
}

// appendDate appends a day as ISO 8601 has it: years beyond four digits get a sign and six.
func appendDate(buf []byte, days int64) []byte {
	year, month, day := types.Civil(days)
	width := 1000
	if year < 0 || year > 9999 {
		sign := byte('+')
		if year < 0 {
			sign, year = '-', -year
		}
		buf, width = append(buf, sign), 100000
	}
	for ; width > 0; width /= 10 {
		buf = append(buf, byte('0'+int(year)/width%10))
	}
	return append(buf, '-', byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10))
}

// appendFloat appends a number, or a string for what JSON has no number for.
func appendFloat(buf []byte, f float64, bitSize int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(types.AppendFloat(append(buf, '"'), f, bitSize), '"')
	}
	return types.AppendFloat(buf, f, bitSize)
}

// appendString appends text as a JSON string.
func appendString(buf, s []byte) []byte {
	if plain(s) && bytes.IndexByte(s, '"') < 0 {
		return append(append(append(buf, '"'), s...), '"')
	}
	return types.AppendJSONString(buf, string(s))
}

// appendLine appends JSON text on one line. Line breaks can only be white space in it: in strings they are escaped.
func appendLine(buf, s []byte) []byte {
	at := len(buf)
	buf = append(buf, s...)
	for i, c := range buf[at:] {
		if c == '\n' || c == '\r' {
			buf[at+i] = ' '
		}
	}
	return buf
}
