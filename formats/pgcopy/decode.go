package pgcopy

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

const (
	batchRows = 8192
	batchSize = 4 << 20   // bytes of text that make a batch with fewer rows
	maxLine   = 256 << 20 // bytes of a row
	readSize  = 64 << 10
)

// Decoder reads rows. What it holds is a batch and the row that it reads. For one goroutine.
type Decoder struct {
	in     io.Reader
	table  string // as errors name it
	schema types.Schema
	o      Options

	buf   []byte // read and not used up
	at    int    // where in buf the next row begins
	eof   bool
	line  int64 // of the row that is read
	lines int64 // read
	crlf  bool  // lines end in \r\n, as the first did
	done  bool  // the end mark was read

	builders []array.Builder
	add      []appender
	scratch  []byte
	started  bool
}

// NewDecoder makes a decoder of rows of a schema.
func NewDecoder(in io.Reader, table string, s types.Schema, o Options, mem memory.Allocator) (*Decoder, error) {
	d := &Decoder{in: in, table: table, schema: s, o: o}
	for _, c := range s {
		b := array.NewBuilder(mem, c.Type.Arrow())
		d.builders = append(d.builders, b)
		if o.Format == Binary {
			continue
		}
		add, err := newAppender(b, c.Type)
		if err != nil {
			d.Release()
			return nil, err
		}
		d.add = append(d.add, add)
	}
	return d, nil
}

// Release frees what has not been given.
func (d *Decoder) Release() {
	for _, b := range d.builders {
		b.Release()
	}
}

// Next reads a batch. It fails with io.EOF where there are no more rows; where a row is wrong, with what PostgreSQL says.
func (d *Decoder) Next() ([]arrow.Array, int, error) {
	if !d.started {
		d.started = true
		if err := d.start(); err != nil {
			return nil, 0, err
		}
	}
	rows, size := 0, 0
	for rows < batchRows && size < batchSize && !d.done {
		n, err := d.row()
		if errors.Is(err, io.EOF) {
			d.done = true
			break
		}
		if err != nil {
			return nil, 0, err
		}
		rows++
		size += n
	}
	if rows == 0 {
		return nil, 0, io.EOF
	}
	out := make([]arrow.Array, len(d.builders))
	for i, b := range d.builders {
		out[i] = b.NewArray()
	}
	return out, rows, nil
}

// fill reads more behind buf. It moves what is left to the front.
func (d *Decoder) fill() error {
	if d.eof {
		return io.EOF
	}
	if d.at > 0 {
		d.buf = d.buf[:copy(d.buf, d.buf[d.at:])]
		d.at = 0
	}
	if len(d.buf) > maxLine {
		return d.bad(sqlerr.ProgramLimitExceeded, nil, "a row has more than %d bytes", maxLine)
	}
	if cap(d.buf)-len(d.buf) < readSize {
		d.buf = append(make([]byte, 0, 2*cap(d.buf)+readSize), d.buf...)
	}
	n, err := d.in.Read(d.buf[len(d.buf):cap(d.buf)])
	d.buf = d.buf[:len(d.buf)+n]
	if errors.Is(err, io.EOF) {
		d.eof = true
		err = nil
	}
	return err
}

// where is what PostgreSQL calls the context of an error in a row.
func (d *Decoder) where(rest string, args ...any) string {
	return fmt.Sprintf("COPY %s, line %d", d.table, d.line) + fmt.Sprintf(rest, args...)
}

// bad is the error of a row.
func (d *Decoder) bad(code string, row []byte, format string, args ...any) *sqlerr.Error {
	err := sqlerr.New(code, 0, format, args...)
	err.Where = d.where("")
	if row != nil {
		err.Where = d.where(": \"%s\"", shown(row))
	}
	return err
}

// shown is data as an error shows it.
func shown(b []byte) string {
	const most = 100
	if len(b) <= most {
		return string(bytes.ToValidUTF8(b, []byte("?")))
	}
	return string(bytes.ToValidUTF8(b[:most], nil)) + "..."
}

// field adds where it was to the error of a value.
func (d *Decoder) field(k int, value []byte, err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) {
		e = sqlerr.New(sqlerr.InvalidText, 0, "%v", err)
	}
	out := *e
	out.Where = d.where(", column %s: \"%s\"", d.schema[k].Name, shown(value))
	return &out
}

func (d *Decoder) start() error {
	if d.o.Format == Binary {
		return d.startBinary()
	}
	if !d.o.Header {
		return nil
	}
	row, err := d.next()
	if err != nil || !d.o.Match {
		return err
	}
	k := 0
	check := func(name []byte, _ bool) error {
		if k < len(d.schema) && string(name) != d.schema[k].Name {
			return d.bad(sqlerr.BadCopyFormat, row, "column name mismatch in header line field %d: got %q, expected %q", k+1, name, d.schema[k].Name)
		}
		k++
		return nil
	}
	if err := d.cut(row, check); err != nil {
		return err
	}
	if k != len(d.schema) {
		return d.bad(sqlerr.BadCopyFormat, row, "wrong number of fields in header line: got %d, expected %d", k, len(d.schema))
	}
	return nil
}

// next finds the next row of text, without its end.
func (d *Decoder) next() ([]byte, error) {
	d.line = d.lines + 1
	from, quoted := d.at, false
	for {
		n, end := d.end(from, &quoted)
		from = n
		if end >= 0 {
			row := d.buf[d.at:end]
			d.at = end + 1
			return d.unended(row)
		}
		off := from - d.at
		if d.eof {
			break
		}
		if err := d.fill(); err != nil {
			return nil, err
		}
		from = d.at + off
	}
	if quoted {
		return nil, d.bad(sqlerr.BadCopyFormat, d.buf[d.at:], "unterminated CSV quoted field")
	}
	row := d.buf[d.at:]
	d.at = len(d.buf)
	if len(row) == 0 {
		return nil, io.EOF
	}
	d.lines++
	return d.unended(row)
}

// end looks for the line end of a row, from a place on. It tells how far it has looked, and the end; -1: it is not there yet.
func (d *Decoder) end(from int, quoted *bool) (looked, end int) {
	if d.o.Format == CSV {
		for i := from; i < len(d.buf); i++ {
			switch c := d.buf[i]; {
			case *quoted && c == d.o.Escape && d.o.Escape != d.o.Quote:
				if i+1 == len(d.buf) && !d.eof {
					return i, -1
				}
				if i+1 < len(d.buf) && (d.buf[i+1] == d.o.Quote || d.buf[i+1] == d.o.Escape) {
					i++
				}
			case c == d.o.Quote:
				*quoted = !*quoted
			case c == '\n':
				d.lines++
				if !*quoted {
					return i, i
				}
			}
		}
		return len(d.buf), -1
	}
	for i := from; ; i++ {
		n := bytes.IndexByte(d.buf[i:], '\n')
		if n < 0 {
			return len(d.buf), -1
		}
		i += n
		d.lines++
		slashes := 0 // a line end behind a backslash is a character of the value
		for k := i - 1; k >= d.at && d.buf[k] == '\\'; k-- {
			slashes++
		}
		if slashes%2 == 0 {
			return i, i
		}
	}
}

// unended takes \r off, where lines end in \r\n, and finds the end mark.
func (d *Decoder) unended(row []byte) ([]byte, error) {
	cr := len(row) > 0 && row[len(row)-1] == '\r'
	if d.line == 1 {
		d.crlf = cr
	}
	if cr && d.crlf {
		row = row[:len(row)-1]
	}
	if string(row) == `\.` {
		return nil, io.EOF
	}
	return row, nil
}

// row reads one and tells its size.
func (d *Decoder) row() (int, error) {
	if d.o.Format == Binary {
		return d.binaryRow()
	}
	row, err := d.next()
	if err != nil {
		return 0, err
	}
	if !utf8.Valid(row) {
		return 0, d.bad(sqlerr.InvalidCharacter, row, `invalid byte sequence for encoding "UTF8"`)
	}
	if bytes.IndexByte(row, 0) >= 0 {
		return 0, d.bad(sqlerr.InvalidCharacter, row, `invalid byte sequence for encoding "UTF8": 0x00`)
	}
	if len(d.schema) == 0 {
		if len(row) > 0 {
			return 0, d.bad(sqlerr.BadCopyFormat, row, "extra data after last expected column")
		}
		return 0, nil
	}
	k := 0
	err = d.cut(row, func(value []byte, null bool) error {
		if k >= len(d.schema) {
			return d.bad(sqlerr.BadCopyFormat, row, "extra data after last expected column")
		}
		if null {
			d.builders[k].AppendNull()
		} else if err := d.add[k](value); err != nil {
			return d.field(k, value, err)
		}
		k++
		return nil
	})
	if err == nil && k < len(d.schema) {
		err = d.bad(sqlerr.BadCopyFormat, row, "missing data for column %q", d.schema[k].Name)
	}
	return len(row), err
}

// cut calls fn with each field of a row, and whether it is NULL.
func (d *Decoder) cut(row []byte, fn func(value []byte, null bool) error) error {
	if d.o.Format == CSV {
		return d.cutCSV(row, fn)
	}
	if bytes.IndexByte(row, '\r') >= 0 {
		return d.bad(sqlerr.BadCopyFormat, row, "literal carriage return found in data").WithHint(`Use "\r" to represent carriage return.`)
	}
	for from := 0; ; {
		i, slashes := from, false
		for i < len(row) && row[i] != d.o.Delimiter {
			if row[i] == '\\' && i+1 < len(row) {
				slashes = true
				i++
			}
			i++
		}
		field := row[from:i]
		var err error
		switch {
		case string(field) == d.o.Null:
			err = fn(nil, true)
		case slashes:
			if field, err = d.unescape(field, row); err == nil {
				err = fn(field, false)
			}
		default:
			err = fn(field, false)
		}
		if err != nil || i >= len(row) {
			return err
		}
		from = i + 1
	}
}

// unescape reads what backslashes stand in front of.
func (d *Decoder) unescape(field, row []byte) ([]byte, error) {
	out := d.scratch[:0]
	for i := 0; i < len(field); i++ {
		c := field[i]
		if c != '\\' || i+1 == len(field) {
			out = append(out, c)
			continue
		}
		i++
		switch c = field[i]; c {
		case 'b':
			c = '\b'
		case 'f':
			c = '\f'
		case 'n':
			c = '\n'
		case 'r':
			c = '\r'
		case 't':
			c = '\t'
		case 'v':
			c = '\v'
		case '0', '1', '2', '3', '4', '5', '6', '7':
			n := int(c - '0')
			for k := 0; k < 2 && i+1 < len(field) && field[i+1]&^7 == '0'; k++ {
				i++
				n = n<<3 | int(field[i]-'0')
			}
			c = byte(n)
		case 'x':
			n, k := 0, 0
			for ; k < 2 && i+1 < len(field); k++ {
				h := bytes.IndexByte([]byte("0123456789abcdef"), field[i+1]|0x20)
				if h < 0 || h < 10 && field[i+1] != byte('0'+h) {
					break
				}
				i++
				n = n<<4 | h
			}
			if k > 0 {
				c = byte(n)
			}
		}
		out = append(out, c)
	}
	d.scratch = out
	if !utf8.Valid(out) || bytes.IndexByte(out, 0) >= 0 {
		return nil, d.bad(sqlerr.InvalidCharacter, row, `invalid byte sequence for encoding "UTF8"`)
	}
	return out, nil
}

func (d *Decoder) cutCSV(row []byte, fn func(value []byte, null bool) error) error {
	o := &d.o
	for from, k := 0, 0; ; k++ {
		i, quoted, in, out := from, false, false, d.scratch[:0]
		for ; i < len(row) && (in || row[i] != o.Delimiter); i++ {
			c := row[i]
			switch {
			case !in && c == o.Quote:
				in, quoted = true, true
			case in && c == o.Escape && i+1 < len(row) && (row[i+1] == o.Quote || row[i+1] == o.Escape):
				i++
				out = append(out, row[i])
			case in && c == o.Quote:
				in = false
			case !in && (c == '\r' || c == '\n'):
				return d.bad(sqlerr.BadCopyFormat, row, "unquoted carriage return found in data").WithHint("Use quoted CSV field to represent carriage return.")
			default:
				out = append(out, c)
			}
		}
		d.scratch = out
		if in {
			return d.bad(sqlerr.BadCopyFormat, row, "unterminated CSV quoted field")
		}
		null := false
		if string(out) == o.Null && k < len(d.schema) {
			null = quoted && set(o.ForceNull, k) || !quoted && !set(o.ForceNotNull, k)
		}
		if err := fn(out, null); err != nil {
			return err
		}
		if i >= len(row) {
			return nil
		}
		from = i + 1
	}
}

// need has n bytes in buf, at at.
func (d *Decoder) need(n int) ([]byte, error) {
	for len(d.buf)-d.at < n {
		if d.eof {
			return nil, d.bad(sqlerr.BadCopyFormat, nil, "unexpected EOF in COPY data")
		}
		if err := d.fill(); err != nil {
			return nil, err
		}
	}
	b := d.buf[d.at : d.at+n]
	d.at += n
	return b, nil
}

func (d *Decoder) startBinary() error {
	head, err := d.need(len(signature) + 8)
	if err != nil || string(head[:len(signature)]) != signature {
		return sqlerr.New(sqlerr.BadCopyFormat, 0, "COPY file signature not recognized")
	}
	flags, more := binary.BigEndian.Uint32(head[len(signature):]), binary.BigEndian.Uint32(head[len(signature)+4:])
	if flags>>16 != 0 {
		return sqlerr.New(sqlerr.BadCopyFormat, 0, "unrecognized critical flags in COPY file header")
	}
	if more > maxLine {
		return sqlerr.New(sqlerr.BadCopyFormat, 0, "invalid COPY file header (wrong length)")
	}
	_, err = d.need(int(more))
	return err
}

func (d *Decoder) binaryRow() (size int, err error) {
	for len(d.buf) == d.at {
		if d.eof { // the end without a trailer is one as well, and pgx leaves it out
			return 0, io.EOF
		}
		if err := d.fill(); err != nil {
			return 0, err
		}
	}
	d.lines++
	d.line = d.lines
	head, err := d.need(2)
	if err != nil {
		return 0, err
	}
	n := int(int16(binary.BigEndian.Uint16(head)))
	if n == -1 {
		return 0, io.EOF
	}
	if n != len(d.schema) {
		return 0, d.bad(sqlerr.BadCopyFormat, nil, "row field count is %d, expected %d", n, len(d.schema))
	}
	for k, c := range d.schema {
		head, err := d.need(4)
		if err != nil {
			return 0, err
		}
		length := int(int32(binary.BigEndian.Uint32(head)))
		if length == -1 {
			d.builders[k].AppendNull()
			continue
		}
		if length < 0 || length > maxLine {
			return 0, d.bad(sqlerr.BadCopyFormat, nil, "invalid field size")
		}
		value, err := d.need(length)
		if err != nil {
			return 0, err
		}
		if err := types.DecodePG(d.builders[k], value, c.Type); err != nil {
			return 0, d.field(k, nil, err)
		}
		size += length
	}
	return size, nil
}
