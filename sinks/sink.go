// Package sinks defines what can be written to.
package sinks

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/types"
)

// Changes says which rows a sink takes, or a query gives.
type Changes uint8

const (
	Appends   Changes = iota // inserts only
	Upserts                  // the newest row of a key replaces the one before; deletes
	Changelog                // every change, with its op
)

func (c Changes) String() string { return [...]string{"append", "upsert", "changelog"}[c] }

// Connector is one kind of system, by the name that WITH (connector = '…') uses.
type Connector interface {
	Name() string
	Options() []catalog.OptionSpec // checked at CREATE TABLE, printed in the manual, masked where secret
	// Check says what is wrong with a table's declaration, as a sink, beyond its options' names. It does no I/O.
	Check(t *catalog.Table) error
	// Accepts tells which rows the table takes; the planner checks the query against it.
	Accepts(t *catalog.Table) Changes
	// Open connects, and finds or makes what it writes to. A system that cannot be reached is a *sqlerr.Error that
	// names its address, within seconds.
	Open(ctx context.Context, w *Write, mem memory.Allocator) (Sink, error)
}

// Sink takes rows and makes them visible an epoch at a time. A batch run is one epoch. Each parallel instance has a
// Sink of its own, which one goroutine uses.
type Sink interface {
	// Write takes rows; they are borrowed for the call. It may hold them back for a short time, and may block while
	// the system is slow: that is the back pressure.
	Write(context.Context, *flow.Batch) error
	// Prepare makes all that was written safe against a crash and returns what Commit needs to show it;
	// nil where Write shows rows at once.
	Prepare(ctx context.Context, epoch uint64) (token []byte, err error)
	Commit(ctx context.Context, token []byte) error // once or many times: the same
	Abort(ctx context.Context, token []byte) error
	Close() error
}

// Write is a table as one query writes it: a flow.Spec.
type Write struct {
	Table *catalog.Table // nil: the rows go to whoever runs the query
	// Columns are the positions in Table.Columns that the columns of the input go to; the others stay unset.
	Columns []int
	In      types.Schema // of the input, its columns named and typed as those of the table
	Changes Changes      // that the query gives
	Mode    string       // for EXPLAIN: "append", "upsert by (k)"
	Index   int          // this instance, of Parallelism; set when it is opened
	AtOnce  bool         // no checkpoint is taken, and the input need not end: rows must not wait for one; set when it is opened
	// Kept, where Table is nil, is a table that millrace keeps, to which the statement that runs the query does what
	// Change says.
	Kept   *catalog.Table
	Change string // "Insert", "Update", "Delete"
}

// Describe is the sink in words.
func (w *Write) Describe() flow.Description {
	if w.Kept != nil {
		return flow.Description{Name: w.Change, Attrs: []flow.Attr{{Key: "table", Value: w.Kept.Name.String()}}}
	}
	if w.Table == nil {
		return flow.Description{Name: "Return", Attrs: []flow.Attr{{Key: "mode", Value: w.Changes.String()}}}
	}
	return flow.Description{Name: "Write", Attrs: []flow.Attr{
		{Key: "table", Value: w.Table.Name.String()},
		{Key: "connector", Value: w.Table.Connector()},
		{Key: "mode", Value: w.Mode},
	}}
}

// Single is implemented by connectors some of whose tables are one place, such as a terminal or a file: they get one
// instance, whatever the parallelism.
type Single interface{ Single() bool }
