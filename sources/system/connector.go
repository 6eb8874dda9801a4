// Package system is the connector of the relations that tell of the catalog itself: pg_catalog and information_schema, laid
// out as PostgreSQL 15 lays them out, and millrace, what SHOW prints.
//
// A relation is a row of a table: its name and what gives its rows. All relations of a statement are computed from one
// snapshot, which also answers the functions on the catalog.
package system

import (
	"context"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

type connector struct{}

// New makes the connector.
func New() sources.Connector { return connector{} }

func (connector) Name() string                  { return catalog.System }
func (connector) Options() []catalog.OptionSpec { return nil }
func (connector) Metadata() types.Schema        { return nil }

// Check finds tables that are none of the system's.
func (connector) Check(t *catalog.Table) error {
	if _, ok := t.From.(reading); !ok {
		return sqlerr.New(sqlerr.InvalidParameterValue, t.Options["connector"].Pos, "connector 'system' is that of pg_catalog and information_schema").
			WithHint("Read them by their names, as in SELECT * FROM information_schema.tables.")
	}
	return nil
}

// Bounded is true: a relation is what it is when the query starts.
func (connector) Bounded(*catalog.Table) bool { return true }

// Push does the columns: what is not asked for is not computed.
func (connector) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

// Rows is how many there are.
func (connector) Rows(_ context.Context, t *catalog.Table) (int64, bool) {
	r, ok := t.From.(reading)
	if !ok {
		return 0, false
	}
	return int64(r.count()), true
}

func (connector) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	r, ok := s.Table.From.(reading)
	if !ok {
		return nil, connector{}.Check(s.Table)
	}
	return &source{r, s.Columns, mem}, nil
}

func (r reading) count() int {
	if r.relation.rows == nil {
		return 0
	}
	n, _ := r.relation.rows.in(r.snapshot)
	return n
}

type source struct {
	reading
	columns []int
	mem     memory.Allocator
}

func (s *source) Splits(context.Context) ([]sources.Split, error) {
	return []sources.Split{{ID: "rows"}}, nil
}

// Open begins at a row. What was read before a restart was of another snapshot.
func (s *source) Open(_ context.Context, _ sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	r := &reader{source: s}
	if from != "" {
		if _, err := fmt.Sscanf(string(from), "row:%d", &r.next); err != nil || r.next < 0 {
			return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is no place in a relation", from)
		}
	}
	return r, nil
}

func (s *source) Close() error { return nil }

type reader struct {
	*source
	next int
}

// batchRows is how many rows a batch has at most.
const batchRows = 4096

func (r *reader) Next(context.Context) (*flow.Batch, error) {
	n := r.count()
	if r.next >= n {
		return nil, io.EOF
	}
	to := min(n, r.next+batchRows)
	rec := r.relation.read(r.snapshot, r.columns, r.next, to, r.mem)
	r.next = to
	return &flow.Batch{Rec: rec}, nil
}

func (r *reader) Position() sources.Position { return sources.Position(fmt.Sprintf("row:%d", r.next)) }
func (r *reader) Lag() int64                 { return int64(max(0, r.count()-r.next)) }
func (r *reader) Close() error               { return nil }
