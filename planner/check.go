package planner

import (
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
)

// check refuses what a continuous query cannot do, with the way out.
func (e *Env) check(n logical.Node, emit *sql.Emit, unbounded bool) error {
	if emit != nil {
		switch {
		case emit.Mode == sql.OnChange:
			return sqlerr.Unsupported(emit.Pos(), "EMIT CHANGES", "Use EMIT ON WINDOW CLOSE with a window, or leave EMIT out.")
		case emit.Mode == sql.OnInterval:
			return sqlerr.Unsupported(emit.Pos(), "EMIT EVERY", "Use EMIT ON WINDOW CLOSE with a window, or leave EMIT out.")
		case !hasWindowAggregate(n):
			return sqlerr.New(sqlerr.FeatureNotSupported, emit.Pos(), "EMIT ON WINDOW CLOSE needs an aggregate over a window").
				WithHint("Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND), or leave EMIT out.")
		}
	}
	if !unbounded {
		return nil
	}
	return e.checkStream(n)
}

const boundIt = "run it with --mode batch, or give the source an end with scan.end = 'latest'"

func (e *Env) checkStream(n logical.Node) error {
	if !e.unbounded(n) {
		return nil
	}
	switch n := n.(type) {
	case *logical.Aggregate:
		return sqlerr.Unsupported(n.Pos(), "an aggregate with no window over an unbounded input",
			"Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or "+boundIt+".")
	case *logical.Over:
		return sqlerr.Unsupported(n.Pos(), "a window function (OVER), DISTINCT ON or WITH TIES over an unbounded input",
			"Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or "+boundIt+".")
	case *logical.Sort:
		return sqlerr.Unsupported(n.Pos(), "ORDER BY over an unbounded input", "Leave it out; or "+boundIt+".")
	case *logical.Limit:
		return sqlerr.Unsupported(n.Pos(), "LIMIT over an unbounded input", "Leave it out; or "+boundIt+".")
	case *logical.WindowAggregate:
		if !eventColumns(n.Input)[n.Time] {
			name := n.Input.Schema()[n.Time].Name
			return sqlerr.New(sqlerr.WindowingError, n.Pos(), "the window's column %q has no watermark, so no window would ever close", name).
				WithHint("Declare WATERMARK FOR %s AS %s - INTERVAL '5' SECOND in CREATE TABLE; or %s.", name, name, boundIt)
		}
	}
	for _, in := range n.Inputs() {
		if err := e.checkStream(in); err != nil {
			return err
		}
	}
	return nil
}

func hasWindowAggregate(n logical.Node) bool {
	if _, ok := n.(*logical.WindowAggregate); ok {
		return true
	}
	for _, in := range n.Inputs() {
		if hasWindowAggregate(in) {
			return true
		}
	}
	return false
}
