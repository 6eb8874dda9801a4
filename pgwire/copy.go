package pgwire

import (
	"context"

	"millrace/sql"
	"millrace/sqlerr"
)

func (c *conn) copy(_ context.Context, st *sql.Copy) error {
	return sqlerr.Unsupported(st.Pos(), "COPY", "Use INSERT or SELECT.")
}
