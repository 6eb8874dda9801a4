// Package embedded is the connector of the tables that millrace keeps itself: those of CREATE TABLE with no WITH.
//
// As a batch a table is read as it is when the query starts. As a stream it is what is there then, and behind it each
// change in the order of the commits; a table that is APPEND ONLY, or has seen inserts alone, gives inserts alone.
package embedded

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/internal/embedded"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

type connector struct {
	store func() (*embedded.Store, error)
}

// New makes the connector; store opens the tables when they are first asked for.
func New(store func() (*embedded.Store, error)) sources.Connector { return connector{store} }

func (connector) Name() string                  { return catalog.Embedded }
func (connector) Options() []catalog.OptionSpec { return nil }

// Metadata has nothing that a user can ask for: the key is for statements that change rows.
func (connector) Metadata() types.Schema { return nil }

// Check finds keys that cannot be.
func (connector) Check(t *catalog.Table) error {
	for _, k := range t.PrimaryKey {
		c := t.Columns[k]
		if c.Computed != "" {
			return sqlerr.Unsupported(c.Pos, "a computed column in the primary key", "Declare it as a column of its own and write its value.")
		}
		if !embedded.Keyable(c.Type) {
			return sqlerr.Unsupported(c.Pos, fmt.Sprintf("a primary key of type %s", c.Type), "Use a number, a text, a time or a UUID.")
		}
	}
	if t.AppendOnly && len(t.PrimaryKey) > 0 {
		return sqlerr.Unsupported(t.Columns[t.PrimaryKey[0]].Pos, "a primary key of an APPEND ONLY table", "Leave one of the two out.")
	}
	return nil
}

// Bounded is false: as a stream a table goes on.
func (connector) Bounded(*catalog.Table) bool { return false }

// Push does the columns, and of the conditions those on the primary key that name a range of it.
func (connector) Push(t *catalog.Table, want sources.Pushdown) sources.Pushdown {
	_, taken := keyRange(t, want)
	return sources.Pushdown{Columns: want.Columns, Filter: taken}
}

func (c connector) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	store, err := c.store()
	if err != nil {
		return nil, err
	}
	t, err := store.Table(s.Table)
	if err != nil {
		return nil, err
	}
	table := make([]int, len(s.Columns))
	for i, col := range s.Columns {
		if table[i] = col; s.Table.Columns[col].Metadata == embedded.KeyColumn {
			table[i] = -1
		}
	}
	cols := t.Want(table, s.In())
	r, _ := keyRange(s.Table, s.Pushdown)
	if !s.Bounded {
		return &stream{table: t, cols: cols, within: r, latest: s.Latest, mem: mem}, nil
	}
	snap, err := t.Snapshot()
	if err != nil {
		return nil, err
	}
	return newSnapshot(snap, cols, r, mem), nil
}

// stream is the table as what is there and what changes.
type stream struct {
	table  *embedded.Table
	cols   *embedded.Columns
	within embedded.Range
	latest bool
	mem    memory.Allocator
}

func (s *stream) Splits(context.Context) ([]sources.Split, error) {
	return []sources.Split{{ID: "changes"}}, nil
}

func (s *stream) Open(_ context.Context, _ sources.Split, from sources.Position, wake func()) (sources.Reader, error) {
	var place *embedded.Place
	if from != "" {
		p, err := embedded.ParsePlace(string(from))
		if err != nil {
			return nil, err
		}
		place = &p
	} else if s.latest {
		p, err := s.table.Latest()
		if err != nil {
			return nil, err
		}
		place = &p
	}
	c, err := s.table.Changes(s.cols, s.within, place, wake)
	if err != nil {
		return nil, err
	}
	return &changes{c, s.mem}, nil
}

func (s *stream) Close() error { return nil }

type changes struct {
	from *embedded.Changes
	mem  memory.Allocator
}

func (c *changes) Next(context.Context) (*flow.Batch, error) { return c.from.Next(c.mem) }
func (c *changes) Position() sources.Position                { return sources.Position(c.from.Place().String()) }
func (c *changes) Lag() int64                                { return c.from.Lag() }
func (c *changes) Close() error                              { return c.from.Close() }
