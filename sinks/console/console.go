// Package console is connector 'print': it shows rows as the command line shows those of a query.
package console

import (
	"context"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/internal/printer"
	"millrace/sinks"
)

// connector shares one printer among all instances that write a table, so that there is one header and no line is
// torn apart.
type connector struct {
	out     io.Writer
	formats []formats.Format

	mu   sync.Mutex // held while something is printed
	open map[*catalog.Table]*shared
}

type shared struct {
	*printer.Printer
	users int
}

// New makes the connector; it prints to out.
func New(out io.Writer, fmts []formats.Format) sinks.Connector {
	return &connector{out: out, formats: fmts, open: map[*catalog.Table]*shared{}}
}

func (c *connector) Name() string { return "print" }

func (c *connector) Options() []catalog.OptionSpec {
	return append([]catalog.OptionSpec{
		{Name: "format", Default: printer.Table, Parse: catalog.OneOf(printer.Table, printer.Changelog, "json", "csv"), Doc: "How rows are printed: 'table', 'changelog', 'json' or 'csv'."},
	}, formats.Specs(c.formats)...)
}

func (c *connector) Check(t *catalog.Table) error {
	_, _, err := c.formatOf(t)
	return err
}

// formatOf is the format of records that a table is printed in; nil where it is one of our own.
func (c *connector) formatOf(t *catalog.Table) (formats.Format, map[string]string, error) {
	switch t.Option("format", printer.Table) {
	case printer.Table, printer.Changelog:
		return nil, nil, nil
	}
	return formats.Of(t, c.formats)
}

// Accepts: changes have no place in json and csv.
func (c *connector) Accepts(t *catalog.Table) sinks.Changes {
	switch t.Option("format", printer.Table) {
	case printer.Table, printer.Changelog:
		return sinks.Changelog
	}
	return sinks.Appends
}

func (c *connector) Open(_ context.Context, w *sinks.Write, mem memory.Allocator) (sinks.Sink, error) {
	layout, err := sinks.NewLayout(w)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	p, ok := c.open[w.Table]
	if !ok {
		f, opts, err := c.formatOf(w.Table)
		if err != nil {
			return nil, err
		}
		o := printer.Options{Format: w.Table.Option("format", printer.Table), Changes: w.Changes != sinks.Appends}
		if f != nil {
			if o.Encoder, err = f.NewEncoder(layout.Schema, opts); err != nil {
				return nil, err
			}
		}
		rows, err := printer.New(c.out, o, layout.Schema)
		if err != nil {
			return nil, err
		}
		p = &shared{Printer: rows}
		c.open[w.Table] = p
	}
	p.users++
	return &sink{conn: c, table: w.Table, to: p, layout: layout, mem: mem}, nil
}

// sink is one instance's end of the printer. It shows rows at once, so that there is nothing to prepare or commit.
type sink struct {
	conn   *connector
	table  *catalog.Table
	to     *shared
	layout *sinks.Layout
	mem    memory.Allocator
	closed bool
}

func (s *sink) Write(_ context.Context, b *flow.Batch) error {
	rec, err := s.layout.Record(b.Rec, s.mem)
	if err != nil {
		return err
	}
	defer rec.Release()
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	return s.to.Write(&flow.Batch{Rec: rec, Ops: b.Ops})
}

func (s *sink) Prepare(context.Context, uint64) ([]byte, error) { return nil, nil }
func (s *sink) Commit(context.Context, []byte) error            { return nil }
func (s *sink) Abort(context.Context, []byte) error             { return nil }

func (s *sink) Close() error {
	if s.closed {
		return nil
	}
	s.closed = true
	s.conn.mu.Lock()
	defer s.conn.mu.Unlock()
	if s.to.users--; s.to.users > 0 {
		return nil
	}
	delete(s.conn.open, s.table)
	return s.to.Close()
}
