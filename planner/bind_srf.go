package planner

import (
	"millrace/sql"
	"millrace/sqlerr"
)

// isSetReturning reports whether a function gives rows, and not a window over those of a table.
func isSetReturning(string) bool { return false }

// setReturning binds a function in FROM over the columns of input, which the result has first.
func (b *binder) setReturning(f *sql.TableFunc, _ *relation, _ bool) (*relation, error) {
	return nil, sqlerr.Unsupported(f.Pos(), f.Name, "Write the rows with VALUES.")
}
