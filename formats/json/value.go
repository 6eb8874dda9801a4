package json

import (
	"encoding/base64"
	"math"

	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"millrace/types"
)

// value reads the value at i, which is not null, into a row of the field's column and returns the place behind it, or
// -1.
func (d *decoder) value(f *field, row int, b []byte, i int) int {
	switch f.kind {
	case types.Int64, types.Int32, types.Int16:
		return d.integer(f, row, b, i)
	case types.Timestamp, types.TimestampTZ:
		return d.timestamp(f, row, b, i)
	case types.Text:
		return d.text(f, row, b, i)
	case types.Float64, types.Float32:
		return d.float(f, row, b, i)
	case types.Decimal:
		return d.decimal(f, row, b, i)
	case types.Bool:
		return d.boolean(f, row, b, i)
	case types.JSON:
		return d.raw(f, row, b, i)
	case types.Row:
		if b[i] != '{' {
			return d.mismatch(f, b, i)
		}
		f.col.SetValid(row)
		return d.object(f.object, row, b, i)
	case types.Array:
		return d.array(f, row, b, i)
	case types.Map:
		return d.dict(f, row, b, i)
	case types.Bytes:
		return d.bytes(f, row, b, i)
	case types.Date, types.Time:
		return d.calendar(f, row, b, i)
	case types.UUID:
		return d.uuid(f, row, b, i)
	}
	panic("json: no reader for " + f.col.Type.String())
}

func (d *decoder) integer(f *field, row int, b []byte, i int) int {
	v, end, ok := whole(b, i)
	if !ok {
		text, next := d.numeral(f, b, i)
		if next < 0 {
			return next
		}
		hi, lo, neg, how := exact(text, 0, false)
		switch {
		case how == inexact:
			return d.reject("%s is not %s", quote(text), articled(f.col.Type))
		case how == tooLarge, hi != 0, lo > math.MaxInt64 && !(neg && lo == 1<<63):
			return d.outOfRange(text, f)
		}
		v, end = int64(lo), next
		if neg {
			v = -v
		}
	}
	switch f.kind {
	case types.Int64:
		f.col.I64[row] = v
	case types.Int32:
		if v != int64(int32(v)) {
			return d.outOfRange(content(b[i:end]), f)
		}
		f.col.I32[row] = int32(v)
	default:
		if v != int64(int16(v)) {
			return d.outOfRange(content(b[i:end]), f)
		}
		f.col.I16[row] = int16(v)
	}
	f.col.SetValid(row)
	return end
}

// numeral returns the text of the number at i, which may stand in a string, and the place behind the value; -1 where
// it is none.
func (d *decoder) numeral(f *field, b []byte, i int) ([]byte, int) {
	if b[i] == '"' {
		s, end := d.str(b, i)
		if end < 0 {
			return nil, end
		}
		if n, _ := number(s, 0); n != len(s) {
			return nil, d.reject("%s is not %s", quote(s), articled(f.col.Type))
		}
		return s, end
	}
	end, _ := number(b, i)
	if end < 0 {
		return nil, d.mismatch(f, b, i)
	}
	return b[i:end], end
}

func (d *decoder) outOfRange(v []byte, f *field) int {
	return d.reject("%s is out of range for %s", quote(v), f.col.Type)
}

func (d *decoder) decimal(f *field, row int, b []byte, i int) int {
	text, end := d.numeral(f, b, i)
	if end < 0 {
		return end
	}
	hi, lo, neg, how := exact(text, f.col.Type.Scale, false)
	switch {
	case how == inexact:
		return d.reject("%s has more digits after the point than %s", quote(text), f.col.Type)
	case how == tooLarge, !decimalBelow(hi, lo, f.col.Type.Precision):
		return d.outOfRange(text, f)
	}
	n := decimal128.New(int64(hi), lo)
	if neg {
		n = n.Negate()
	}
	f.col.Dec[row] = n
	f.col.SetValid(row)
	return end
}

func (d *decoder) float(f *field, row int, b []byte, i int) int {
	var v float64
	text, end := []byte(nil), i
	if b[i] == '"' {
		if text, end = d.str(b, i); end < 0 {
			return end
		}
	}
	switch string(text) {
	case "NaN":
		v = math.NaN()
	case "Infinity":
		v = math.Inf(1)
	case "-Infinity":
		v = math.Inf(-1)
	default:
		size, ok := 64, false
		if f.kind == types.Float32 {
			size = 32
		}
		if text, end = d.numeral(f, b, i); end < 0 {
			return end
		}
		if v, ok = float(text, size); !ok {
			return d.outOfRange(text, f)
		}
	}
	if f.kind == types.Float32 {
		f.col.F32[row] = float32(v)
	} else {
		f.col.F64[row] = v
	}
	f.col.SetValid(row)
	return end
}

func (d *decoder) boolean(f *field, row int, b []byte, i int) int {
	if b[i] != 't' && b[i] != 'f' {
		return d.mismatch(f, b, i)
	}
	end := d.word(b, i)
	if end > 0 {
		f.col.SetBool(row, b[i] == 't')
	}
	return end
}

func (d *decoder) text(f *field, row int, b []byte, i int) int {
	if b[i] != '"' {
		return d.raw(f, row, b, i)
	}
	s, end := d.str(b, i)
	if end > 0 && !f.col.SetBytes(row, s) {
		return d.tooLong()
	}
	return end
}

// raw takes the JSON text of any value.
func (d *decoder) raw(f *field, row int, b []byte, i int) int {
	end := d.skip(b, i, true)
	if end > 0 && !f.col.SetBytes(row, b[i:end]) {
		return d.tooLong()
	}
	return end
}

func (d *decoder) bytes(f *field, row int, b []byte, i int) int {
	if b[i] != '"' {
		return d.mismatch(f, b, i)
	}
	s, end := d.str(b, i)
	if end < 0 {
		return end
	}
	room, ok := f.col.Room(row, base64.StdEncoding.DecodedLen(len(s)))
	if !ok {
		return d.tooLong()
	}
	n, err := base64.StdEncoding.Decode(room, s)
	if err != nil {
		return d.reject("%s is not base64, as a BYTEA must be", quote(s))
	}
	f.col.SetLen(row, n)
	return end
}

func (d *decoder) calendar(f *field, row int, b []byte, i int) int {
	if b[i] != '"' {
		return d.mismatch(f, b, i)
	}
	s, end := d.str(b, i)
	if end < 0 {
		return end
	}
	var v int64
	var rest []byte
	var ok bool
	if f.kind == types.Date {
		v, rest, ok = isoDate(s)
		ok = ok && v == int64(int32(v))
	} else {
		v, rest, ok = isoTime(s)
	}
	if !ok || len(rest) > 0 {
		return d.reject("%s is not %s", quote(s), articled(f.col.Type))
	}
	if f.kind == types.Date {
		f.col.I32[row] = int32(v)
	} else {
		f.col.I64[row] = v
	}
	f.col.SetValid(row)
	return end
}

func (d *decoder) uuid(f *field, row int, b []byte, i int) int {
	if b[i] != '"' {
		return d.mismatch(f, b, i)
	}
	s, end := d.str(b, i)
	if end < 0 {
		return end
	}
	out, n := f.col.Raw[16*row:16*row+16], 0
	ok := len(s) == 36 && s[8] == '-' && s[13] == '-' && s[18] == '-' && s[23] == '-'
	for k := 0; ok && k < 36; k += 2 {
		if s[k] == '-' {
			k++
		}
		high, low := unhex(s[k]), unhex(s[k+1])
		ok = high >= 0 && low >= 0
		out[n] = byte(high<<4 | low)
		n++
	}
	if !ok {
		return d.reject("%s is not a UUID", quote(s))
	}
	f.col.SetValid(row)
	return end
}

// timestamp reads a point in time as the option json.timestamp has it.
func (d *decoder) timestamp(f *field, row int, b []byte, i int) int {
	var v int64
	end := i
	if b[i] == '"' && d.ts <= iso {
		var s []byte
		if s, end = d.str(b, i); end < 0 {
			return end
		}
		var ok bool
		if v, ok = isoTimestamp(s); !ok {
			return d.reject("%s is not %s", quote(s), articled(f.col.Type))
		}
	} else {
		if d.ts == iso {
			return d.mismatch(f, b, i)
		}
		if v, end = d.epoch(f, b, i); end < 0 {
			return end
		}
	}
	f.col.I64[row] = v
	f.col.SetValid(row)
	return end
}

// epoch reads a number since 1970 in the unit of the option, or in that which its size tells, as microseconds.
func (d *decoder) epoch(f *field, b []byte, i int) (int64, int) {
	unit := d.ts
	if v, end, ok := whole(b, i); ok {
		if unit == auto {
			unit = unitOf(magnitude(v))
		}
		switch unit {
		case millis:
			if v <= math.MaxInt64/1000 && v >= math.MinInt64/1000 {
				return v * 1e3, end
			}
		case micros:
			return v, end
		case nanos:
			return v / 1e3, end
		default:
			if v <= math.MaxInt64/1000000 && v >= math.MinInt64/1000000 {
				return v * 1e6, end
			}
		}
		return 0, d.outOfRange(b[i:end], f)
	}
	text, end := d.numeral(f, b, i) // with a fraction, an exponent, in a string, or very large
	if end < 0 {
		return 0, end
	}
	if unit == auto {
		unit = nanos
		if hi, lo, _, how := exact(text, 0, true); how == fits && hi == 0 {
			unit = unitOf(lo)
		}
	}
	hi, lo, neg, how := exact(text, [...]int{seconds: 6, millis: 3, micros: 0, nanos: -3}[unit], true)
	if how != fits || hi != 0 || lo > math.MaxInt64 {
		return 0, d.outOfRange(text, f)
	}
	if neg {
		return -int64(lo), end
	}
	return int64(lo), end
}

// magnitude is v without its sign.
func magnitude(v int64) uint64 {
	if v < 0 {
		return uint64(-v)
	}
	return uint64(v)
}

// unitOf tells the unit of a time since 1970 by its size: as seconds, 1e11 is the year 5138, and so on downwards.
func unitOf(v uint64) timestamps {
	switch {
	case v < 1e11:
		return seconds
	case v < 1e14:
		return millis
	case v < 1e17:
		return micros
	}
	return nanos
}
