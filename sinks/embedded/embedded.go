// Package embedded writes what a job gives into a table that millrace keeps itself. A statement that ends by itself does
// not come here: the engine runs it as one transaction.
//
// Rows are upserts by the primary key, where there is one. With checkpoints each is shown once: what came since the
// last is put on disk when the barrier comes and shown when the checkpoint is durable. Without, rows are shown as they
// come.
package embedded

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/internal/embedded"
	"millrace/sinks"
)

type connector struct {
	store func() (*embedded.Store, error)
}

// New makes the connector; store opens the tables when they are first asked for.
func New(store func() (*embedded.Store, error)) sinks.Connector { return connector{store} }

func (connector) Name() string                  { return catalog.Embedded }
func (connector) Options() []catalog.OptionSpec { return nil }
func (connector) Check(*catalog.Table) error    { return nil }

// Accepts upserts where there is a key to find rows by.
func (connector) Accepts(t *catalog.Table) sinks.Changes {
	if len(t.PrimaryKey) > 0 {
		return sinks.Upserts
	}
	return sinks.Appends
}

func (c connector) Open(_ context.Context, w *sinks.Write, mem memory.Allocator) (sinks.Sink, error) {
	layout, err := sinks.NewLayout(w)
	if err != nil {
		return nil, err
	}
	store, err := c.store()
	if err != nil {
		return nil, err
	}
	t, err := store.Table(w.Table)
	if err != nil {
		return nil, err
	}
	return &sink{table: t, stage: t.Stage(), layout: layout, mem: mem, atOnce: w.AtOnce}, nil
}

type sink struct {
	table  *embedded.Table
	stage  *embedded.Stage
	layout *sinks.Layout
	mem    memory.Allocator
	atOnce bool
}

func (s *sink) Write(ctx context.Context, b *flow.Batch) error {
	rec, err := s.layout.Record(b.Rec, s.mem)
	if err != nil {
		return err
	}
	defer rec.Release()
	if !s.atOnce {
		return s.stage.Add(rec.Columns(), b.Ops, b.Len())
	}
	return s.table.Upsert(ctx, rec.Columns(), b.Ops, b.Len())
}

func (s *sink) Prepare(context.Context, uint64) ([]byte, error) { return s.stage.Prepare() }

func (s *sink) Commit(ctx context.Context, token []byte) error {
	if token == nil {
		return nil
	}
	return s.table.Apply(ctx, token)
}

func (s *sink) Abort(_ context.Context, token []byte) error {
	if token == nil {
		return nil
	}
	return s.table.Discard(token)
}

func (s *sink) Close() error { return nil }
