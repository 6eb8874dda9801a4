// Package sources defines what can be read: connectors, their splits, and readers of them.
package sources

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/types"
)

// Connector is one kind of system, by the name that WITH (connector = '…') uses.
type Connector interface {
	Name() string
	Options() []catalog.OptionSpec // checked at CREATE TABLE, printed in the manual, masked where secret
	// Metadata lists the columns that METADATA FROM 'name' can ask for, with the types they have.
	Metadata() types.Schema
	// Check says what is wrong with a table's declaration beyond its options' names. It does no I/O.
	Check(t *catalog.Table) error
	// Bounded tells whether reading the table in a stream ends by itself.
	Bounded(t *catalog.Table) bool
	// Push says how much of want this connector will do itself, exactly; the planner keeps the rest.
	Push(t *catalog.Table, want Pushdown) Pushdown
	// Open connects. A system that cannot be reached is a *sqlerr.Error that names its address, within seconds.
	Open(ctx context.Context, s *Scan, mem memory.Allocator) (Source, error)
}

// Source is an open table. Its methods are safe for use by several goroutines.
type Source interface {
	// Splits lists the parts that can be read on their own. It is asked again while a query runs:
	// a new partition is a new split.
	Splits(context.Context) ([]Split, error)
	// Open starts to read a split. wake is called, from any goroutine, when Next has something to say after it
	// had nothing.
	Open(ctx context.Context, s Split, from Position, wake func()) (Reader, error)
	Close() error
}

// Sequential is a source whose splits are best read one after the other, each to its end: what an open one costs is
// kept from being paid for all of them at once.
type Sequential interface{ Sequential() bool }

// Split is a part of a table that is read in order.
type Split struct{ ID string } // stable across restarts: topic/partition, token range, path

// Position is where a reader stands: printable, opaque to all but its connector. "" is the start that the table's
// options ask for; of a split that came into being since the scan began, or since its checkpoint, it is the beginning,
// whatever they ask for: all of it is new. Splits are opened in order of ID, those of the checkpoint at their positions.
type Position string

// Reader reads one split, in order, on one goroutine.
type Reader interface {
	// Next returns rows with the columns of Scan.Columns. It does not wait: nil, nil when there is nothing yet, io.EOF
	// after the last row of a bounded scan. A *BadRecord holds one record that could not be decoded: Next then goes
	// on behind it, and exec/run/badrows.go alone decides what on_error means (fail, skip and count, dead letter).
	Next(context.Context) (*flow.Batch, error)
	// Position is that of the first row that Next has not returned. It is never "": a start that had to be looked
	// up ('latest') is resolved when the split is opened.
	Position() Position
	// Lag is the number of records known to be behind Position; 0: the system says that there is none; -1: unknown.
	Lag() int64
	Close() error
}

// BadRecord is a record that could not be decoded.
type BadRecord struct {
	Where string // "orders/3@4711", "bids.jsonl:17"
	Key   []byte
	Value []byte
	Time  flow.Time // the record's own time; 0 where it has none
	Err   error     // a *formats.RecordError
}

func (b *BadRecord) Error() string { return fmt.Sprintf("%s: %v", b.Where, b.Err) }
func (b *BadRecord) Unwrap() error { return b.Err }
