// Package copy is the connector of the rows that a client sends with COPY … FROM STDIN. A statement has one table of it,
// which is in no catalog.
package copy

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats/pgcopy"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

// Feed is what a client sends: catalog.Table.From of such a table.
type Feed struct {
	// In is what it sends. Close has a Read that waits return.
	In      io.ReadCloser
	Table   string // that it goes to, as errors name it
	Options pgcopy.Options
	rows    atomic.Int64
}

// Rows is how many were read.
func (f *Feed) Rows() int64 { return f.rows.Load() }

// Table is a table of such rows.
func Table(name catalog.Name, f *Feed, s types.Schema) *catalog.Table {
	t := &catalog.Table{Name: name, Direction: catalog.In, Options: map[string]catalog.Option{"connector": {Value: connector{}.Name()}}, From: f}
	for _, c := range s {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
	}
	return t
}

type connector struct{}

// New makes the connector.
func New() sources.Connector { return connector{} }

func (connector) Name() string                  { return "copy" }
func (connector) Options() []catalog.OptionSpec { return nil }
func (connector) Metadata() types.Schema        { return nil }

// Check refuses tables of CREATE TABLE: no client feeds them.
func (connector) Check(t *catalog.Table) error {
	if _, fed := t.From.(*Feed); fed {
		return nil
	}
	return sqlerr.New(sqlerr.InvalidParameterValue, t.Options["connector"].Pos, "connector 'copy' is that of COPY … FROM STDIN").
		WithHint("Use connector 'file', or COPY into a table without WITH.")
}

// Bounded is true: a client comes to its end.
func (connector) Bounded(*catalog.Table) bool { return true }

// Push does the columns.
func (connector) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

func (connector) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	f, ok := s.Table.From.(*Feed)
	if !ok {
		return nil, connector{}.Check(s.Table)
	}
	return &source{scan: s, feed: f, mem: mem}, nil
}

type source struct {
	scan *sources.Scan
	feed *Feed
	mem  memory.Allocator
}

func (*source) Splits(context.Context) ([]sources.Split, error) {
	return []sources.Split{{ID: "client"}}, nil
}
func (*source) Close() error { return nil }

func (s *source) Open(_ context.Context, _ sources.Split, _ sources.Position, wake func()) (sources.Reader, error) {
	var schema types.Schema
	for _, c := range s.scan.Table.Columns {
		schema = append(schema, c.Column)
	}
	d, err := pgcopy.NewDecoder(s.feed.In, s.feed.Table, schema, s.feed.Options, s.mem)
	if err != nil {
		return nil, err
	}
	r := &reader{scan: s.scan, feed: s.feed, decoder: d, batches: make(chan *flow.Batch, 1), stop: make(chan struct{})}
	r.work.Go(func() { r.read(wake) })
	return r, nil
}

// reader decodes in a goroutine of its own: what a client sends must be waited for.
type reader struct {
	scan    *sources.Scan
	feed    *Feed
	decoder *pgcopy.Decoder
	batches chan *flow.Batch // closed at the end
	err     error            // once batches is closed: why; io.EOF at the end of the rows
	stop    chan struct{}
	work    sync.WaitGroup
}

func (r *reader) read(wake func()) {
	defer wake()
	defer close(r.batches)
	schema := r.scan.In().Arrow()
	for {
		cols, n, err := r.decoder.Next()
		if err != nil {
			r.err = err
			return
		}
		r.feed.rows.Add(int64(n))
		want := make([]arrow.Array, len(r.scan.Columns))
		for i, c := range r.scan.Columns {
			want[i] = cols[c]
		}
		b := &flow.Batch{Rec: array.NewRecordBatch(schema, want, int64(n))}
		for _, c := range cols {
			c.Release()
		}
		select {
		case r.batches <- b:
			wake()
		case <-r.stop:
			b.Rec.Release()
			r.err = errors.New("the reader was closed")
			return
		}
	}
}

func (r *reader) Next(context.Context) (*flow.Batch, error) {
	select {
	case b, ok := <-r.batches:
		if !ok {
			return nil, r.err
		}
		return b, nil
	default:
		return nil, nil
	}
}

// Position is of no use: a client does not send again.
func (*reader) Position() sources.Position { return "0" }
func (*reader) Lag() int64                 { return -1 }

// Close has the goroutine end where it waits for the client.
func (r *reader) Close() error {
	close(r.stop)
	err := r.feed.In.Close()
	r.work.Wait()
	for b := range r.batches {
		b.Rec.Release()
	}
	r.decoder.Release()
	return err
}
