package pgcopy

import (
	"encoding/binary"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// signature is what binary data begins with; flags and the length of an extension follow, both 0.
const signature = "PGCOPY\n\xff\r\n\x00"

// Encoder writes rows. For one goroutine.
type Encoder struct {
	schema  types.Schema
	o       Options
	columns []*types.PGColumn
	special [256]bool // of text: what a backslash is put in front of; of CSV: what a field is quoted for
	clean   []bool    // columns that never have anything special
}

// NewEncoder makes an encoder of rows of a schema.
func NewEncoder(s types.Schema, o Options) *Encoder {
	e := &Encoder{schema: s, o: o}
	chars := "\b\f\n\r\t\v\\"
	if o.Format == CSV {
		chars = "\n\r" + string([]byte{o.Quote})
	}
	for i := range len(chars) {
		e.special[chars[i]] = true
	}
	e.special[o.Delimiter] = true
	numbers := true // numbers and times have nothing special, as it is with the usual options
	for _, c := range []byte(numeric) {
		numbers = numbers && !e.special[c]
	}
	if o.Format == CSV { // a value that is written as NULL is
		numbers = numbers && (o.Null == "" || strings.Trim(o.Null, numeric) != "")
	}
	for i, c := range s {
		e.clean = append(e.clean, numbers && inNumeric(c.Type) && !set(o.ForceQuote, i))
	}
	return e
}

// numeric is all that the text of a number or a time is made of.
const numeric = "0123456789+-:. BC"

// inNumeric reports whether all values of a type are.
func inNumeric(t types.Type) bool {
	switch t.Kind {
	case types.Int16, types.Int32, types.Int64, types.Decimal, types.Date, types.Time, types.Timestamp, types.TimestampTZ:
		return t.Sys == types.Plain
	}
	return false
}

// Start appends what stands in front of the rows: a line of names where it is asked for, the binary format's signature.
func (e *Encoder) Start(buf []byte) []byte {
	if e.o.Format == Binary {
		return append(append(buf, signature...), 0, 0, 0, 0, 0, 0, 0, 0)
	}
	if !e.o.Header {
		return buf
	}
	for i, c := range e.schema {
		if i > 0 {
			buf = append(buf, e.o.Delimiter)
		}
		from := len(buf)
		buf = append(buf, c.Name...)
		buf = e.escape(buf, from, false)
	}
	return append(buf, '\n')
}

// End appends what stands behind the rows.
func (e *Encoder) End(buf []byte) []byte {
	if e.o.Format == Binary {
		return append(buf, 0xff, 0xff)
	}
	return buf
}

// Begin starts a batch.
func (e *Encoder) Begin(rec arrow.RecordBatch) {
	e.columns = e.columns[:0]
	for i, col := range rec.Columns() {
		e.columns = append(e.columns, types.NewPGColumn(col, e.schema[i].Type, e.o.Format == Binary))
	}
}

// Append appends row i of the batch.
func (e *Encoder) Append(buf []byte, i int) ([]byte, error) {
	var err error
	if e.o.Format == Binary {
		buf = binary.BigEndian.AppendUint16(buf, uint16(len(e.columns)))
		for _, c := range e.columns {
			if buf, err = c.AppendField(buf, i); err != nil {
				return buf, err
			}
		}
		return buf, nil
	}
	for k, c := range e.columns {
		if k > 0 {
			buf = append(buf, e.o.Delimiter)
		}
		if c.Null(i) {
			buf = append(buf, e.o.Null...)
			continue
		}
		from := len(buf)
		if buf, err = c.Append(buf, i); err != nil {
			return buf, err
		}
		if !e.clean[k] {
			buf = e.escape(buf, from, set(e.o.ForceQuote, k))
		}
	}
	return append(buf, '\n'), nil
}

// escape makes the field that begins at from one that is read back.
func (e *Encoder) escape(buf []byte, from int, force bool) []byte {
	field := buf[from:]
	if e.o.Format == CSV {
		return e.quote(buf, from, force || string(field) == e.o.Null || len(e.schema) == 1 && string(field) == `\.`)
	}
	n := 0
	for _, c := range field {
		if e.special[c] {
			n++
		}
	}
	if n == 0 {
		return buf
	}
	text := string(field)
	buf = buf[:from]
	for i := range len(text) {
		c := text[i]
		if !e.special[c] {
			buf = append(buf, c)
			continue
		}
		buf = append(buf, '\\')
		switch c {
		case '\b':
			c = 'b'
		case '\f':
			c = 'f'
		case '\n':
			c = 'n'
		case '\r':
			c = 'r'
		case '\t':
			c = 't'
		case '\v':
			c = 'v'
		}
		buf = append(buf, c)
	}
	return buf
}

func (e *Encoder) quote(buf []byte, from int, force bool) []byte {
	for _, c := range buf[from:] {
		if force = force || e.special[c]; force {
			break
		}
	}
	if !force {
		return buf
	}
	text := string(buf[from:])
	buf = append(buf[:from], e.o.Quote)
	for i := range len(text) {
		if text[i] == e.o.Quote || text[i] == e.o.Escape {
			buf = append(buf, e.o.Escape)
		}
		buf = append(buf, text[i])
	}
	return append(buf, e.o.Quote)
}
