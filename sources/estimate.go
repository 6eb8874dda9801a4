package sources

import (
	"context"

	"millrace/catalog"
	"millrace/types"
)

// Sizer is a connector that can tell how many rows a table has, or about how many, at the cost of a glance: the planner
// orders joins by it. ok is false where it can't; what is wrong with the table comes out when it is read.
type Sizer interface {
	Rows(ctx context.Context, t *catalog.Table) (rows int64, ok bool)
}

// Describer is a connector that can find out the columns of some of its tables: CREATE TABLE may then leave them out.
type Describer interface {
	// Columns are those of a table that is declared without any; nil: this one must declare them.
	Columns(ctx context.Context, t *catalog.Table) (types.Schema, error)
}
