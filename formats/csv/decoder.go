package csv

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/formats/column"
	"millrace/sqlerr"
	"millrace/types"
)

// scratchMax is what is kept of the memory for quoted fields between two calls.
const scratchMax = 64 << 10

// decoder reads records into columns that are written by row number: a record that cannot be read is overwritten by
// the next.
type decoder struct {
	syntax  Syntax
	fields  int
	columns []target // by field: where it goes
	cols    []*column.Column
	rows    int
	scratch []byte // the quoted field that was read last, when it has quotes in it
}

// target is what becomes of one field; col is nil where nobody wants it.
type target struct {
	name    string
	notNull bool
	col     *column.Column
}

func newDecoder(want types.Schema, at []int, fields int, s Syntax, mem memory.Allocator) (*decoder, error) {
	d := &decoder{syntax: s, fields: fields, columns: make([]target, fields)}
	for i, c := range want {
		col, err := column.New(c.Type, mem)
		if err == nil && len(col.Kids) > 0 {
			err = fmt.Errorf("a value of type %s cannot be read from CSV", c.Type)
		}
		if err != nil {
			return nil, sqlerr.New(sqlerr.FeatureNotSupported, 0, "column %q: %v", c.Name, err).
				WithHint("Declare it as TEXT and cast it in the query.")
		}
		d.cols = append(d.cols, col)
		d.columns[at[i]] = target{name: c.Name, notNull: c.NotNull, col: col}
	}
	return d, nil
}

// Decode appends records until one cannot be read.
func (d *decoder) Decode(records [][]byte) (int, error) {
	for _, c := range d.cols {
		c.Grow(d.rows + len(records))
	}
	for n, rec := range records {
		if err := d.record(rec); err != nil {
			return n, err
		}
		d.rows++
	}
	if cap(d.scratch) > scratchMax {
		d.scratch = nil
	}
	return len(records), nil
}

// Len is the number of rows since the last Take.
func (d *decoder) Len() int { return d.rows }

// Take gives the rows away as columns.
func (d *decoder) Take() []arrow.Array {
	out := make([]arrow.Array, len(d.cols))
	for i, c := range d.cols {
		out[i] = c.Take(d.rows)
	}
	d.rows = 0
	return out
}

// Release gives back the rows that were not taken.
func (d *decoder) Release() {
	for _, c := range d.cols {
		c.Release()
	}
	d.rows = 0
}

func bad(field, format string, args ...any) error {
	return &formats.RecordError{Field: field, Reason: fmt.Sprintf(format, args...)}
}

func (d *decoder) record(b []byte) error {
	if b == nil {
		return bad("", "record has no value (a tombstone)")
	}
	b = bytes.TrimSuffix(b, []byte("\n"))
	b = bytes.TrimSuffix(b, []byte("\r"))
	for n := 0; ; n++ {
		field, quoted, rest, err := d.syntax.cut(b, &d.scratch)
		if err != nil {
			return bad(d.nameOf(n), "%v", err)
		}
		if n >= d.fields {
			return bad("", "has more than the %d fields that there are columns for", d.fields)
		}
		if t := &d.columns[n]; t.col != nil {
			if err := d.set(t, field, quoted); err != nil {
				return err
			}
		}
		if rest == nil {
			if n+1 < d.fields {
				return bad("", "has %d fields where there are %d columns", n+1, d.fields)
			}
			return nil
		}
		b = rest
	}
}

func (d *decoder) nameOf(n int) string {
	if n < len(d.columns) && d.columns[n].name != "" {
		return d.columns[n].name
	}
	return fmt.Sprintf("#%d", n+1)
}

// cut takes the first field off a line. rest is nil where it was the last. A quoted field with quotes in it is put
// together in scratch.
func (s Syntax) cut(b []byte, scratch *[]byte) (field []byte, quoted bool, rest []byte, err error) {
	if len(b) == 0 || s.Quote == 0 || b[0] != s.Quote {
		end := bytes.IndexByte(b, s.Delimiter)
		if end < 0 {
			field = b
		} else {
			field, rest = b[:end], b[end+1:]
		}
		if s.Quote != 0 && bytes.IndexByte(field, s.Quote) >= 0 {
			return nil, false, nil, fmt.Errorf("%s has a quote in it but is not quoted", quote(field))
		}
		return field, false, rest, nil
	}
	whole, from := b, 1
	out := (*scratch)[:0]
	for {
		end := bytes.IndexByte(b[from:], s.Quote)
		if end < 0 {
			return nil, true, nil, fmt.Errorf("%s has no closing quote", quote(whole))
		}
		end += from
		if end+1 < len(b) && b[end+1] == s.Quote { // a doubled quote is one
			out = append(out, b[from:end+1]...)
			from = end + 2
			continue
		}
		if field = b[from:end]; len(out) > 0 {
			out = append(out, field...)
			*scratch, field = out, out
		}
		b = b[end+1:]
		break
	}
	switch {
	case len(b) == 0:
		return field, true, nil, nil
	case b[0] == s.Delimiter:
		return field, true, b[1:], nil
	}
	return nil, true, nil, fmt.Errorf("%s has more behind its closing quote", quote(whole))
}

// set reads a field into the row that is being read.
func (d *decoder) set(t *target, field []byte, quoted bool) error {
	c, row := t.col, d.rows
	if !quoted && string(field) == d.syntax.Null {
		if t.notNull {
			return bad(t.name, "is NULL, but NOT NULL")
		}
		c.SetNull(row)
		return nil
	}
	// The text is only read within this call, and those who make errors of it copy it.
	s := unsafe.String(unsafe.SliceData(field), len(field))
	var n int64
	var err error
	ok := true
	switch c.Type.Kind {
	case types.Text, types.JSON:
		if !utf8.Valid(field) {
			return bad(t.name, "%s is not valid UTF-8", quote(field))
		}
		if c.Type.Kind == types.JSON {
			err = types.CheckJSON(s)
		}
		ok = err != nil || c.SetBytes(row, field)
	case types.Bytes:
		var v []byte
		if v, err = types.ParseBytes(s); err == nil {
			ok = c.SetBytes(row, v)
		}
	case types.Bool:
		var v bool
		if v, err = types.ParseBool(s); err == nil {
			c.SetBool(row, v)
		}
	case types.Int16:
		n, err = types.ParseInt(s, c.Type)
		c.I16[row] = int16(n)
	case types.Int32:
		n, err = types.ParseInt(s, c.Type)
		c.I32[row] = int32(n)
	case types.Int64:
		c.I64[row], err = types.ParseInt(s, c.Type)
	case types.Float32:
		var f float64
		f, err = types.ParseFloat(s, c.Type)
		c.F32[row] = float32(f)
	case types.Float64:
		c.F64[row], err = types.ParseFloat(s, c.Type)
	case types.Decimal:
		c.Dec[row], err = types.ParseDecimal(s, c.Type)
	case types.Date:
		c.I32[row], err = types.ParseDate(s)
	case types.Time:
		c.I64[row], err = types.ParseTime(s)
	case types.Timestamp:
		c.I64[row], err = types.ParseTimestamp(s)
	case types.TimestampTZ:
		c.I64[row], err = types.ParseTimestampTZ(s)
	case types.UUID:
		var u [16]byte
		u, err = types.ParseUUID(s)
		copy(c.Raw[16*row:], u[:])
	default:
		panic("csv: no reader for " + c.Type.String())
	}
	if err != nil {
		return bad(t.name, "%s", refusal(field, c.Type, err))
	}
	if !ok {
		return bad(t.name, "a batch of such values passes 2 GiB")
	}
	c.SetValid(row)
	return nil
}

// refusal says why a field is no value of a type.
func refusal(field []byte, t types.Type, err error) string {
	switch sqlerr.Code(err) {
	case sqlerr.NumericOutOfRange, sqlerr.DatetimeOverflow:
		return fmt.Sprintf("%s is out of range for %s", quote(field), t)
	}
	article := "a"
	if strings.IndexByte("AEI", t.String()[0]) >= 0 {
		article = "an"
	}
	return fmt.Sprintf("%s is not %s %s", quote(field), article, t)
}
