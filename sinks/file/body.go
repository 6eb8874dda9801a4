package file

import (
	"bufio"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/types"
)

// format writes the contents of files, one at a time.
type format interface {
	begin(w *bufio.Writer) (body, error)
	appends() bool // what it writes can be added to a file that is there
	header() int   // bytes in front that are not added
}

// body is what a file holds. Close ends it; it does not close what is written to.
type body interface {
	Write(rec arrow.RecordBatch) error
	Close() error
}

// formatOf is the format that a table's option names, for its columns.
func (c *connector) formatOf(t *catalog.Table, s types.Schema, mem memory.Allocator) (format, error) {
	if f := formats.ColumnarOf(t, c.columnar); f != nil {
		out := &columnFormat{f, s, formats.OptionsFor(t, f), mem}
		w, err := f.NewWriter(io.Discard, s, out.opts, mem) // tells now what it cannot write
		if err == nil {
			err = w.Close()
		}
		return out, err
	}
	f, opts, err := formats.Of(t, c.formats)
	if err != nil {
		return nil, err
	}
	delete(opts, "header") // ours, not the format's
	out := &lineFormat{}
	if out.enc, err = f.NewEncoder(s, opts); err != nil {
		return nil, err
	}
	if p, ok := f.(formats.Positional); ok && t.Option("csv.header", "false") == "true" {
		l, err := p.Lines(opts)
		if err != nil {
			return nil, err
		}
		out.head = append(l.AppendHeader(nil, s.Names()), '\n')
	}
	return out, nil
}

// lineFormat writes a record a line.
type lineFormat struct {
	enc  formats.Encoder
	head []byte // with its line end; nil: none
	w    *bufio.Writer
	buf  []byte
}

func (l *lineFormat) appends() bool { return true }
func (l *lineFormat) header() int   { return len(l.head) }

func (l *lineFormat) begin(w *bufio.Writer) (body, error) {
	l.w = w
	l.w.Write(l.head) // the writer keeps the first error for Flush
	return l, nil
}

func (l *lineFormat) Write(rec arrow.RecordBatch) error {
	text, ends, err := l.enc.Encode(rec, l.buf[:0])
	if err != nil {
		return err
	}
	l.buf = text
	from := 0
	for _, end := range ends {
		l.w.Write(text[from:end])
		l.w.WriteByte('\n')
		from = end
	}
	return nil
}

func (l *lineFormat) Close() error { return nil }

// columnFormat writes files of a columnar format.
type columnFormat struct {
	format formats.Columnar
	schema types.Schema
	opts   map[string]string
	mem    memory.Allocator
}

func (c *columnFormat) appends() bool { return false }
func (c *columnFormat) header() int   { return 0 }

func (c *columnFormat) begin(w *bufio.Writer) (body, error) {
	return c.format.NewWriter(w, c.schema, c.opts, c.mem)
}
