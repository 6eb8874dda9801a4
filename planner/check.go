package planner

import (
	"strings"

	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
)

// check refuses what a continuous query cannot do, with the way out.
func (e *Env) check(n logical.Node, emit *sql.Emit, unbounded bool) error {
	if emit != nil {
		switch {
		case emit.Mode == sql.OnChange && !e.Changes:
			return sqlerr.Unsupported(emit.Pos(), "EMIT CHANGES here", "Leave EMIT out; a SELECT or a materialized view of its own can have it.")
		case emit.Mode == sql.OnInterval:
			return sqlerr.Unsupported(emit.Pos(), "EMIT EVERY", "Use EMIT CHANGES, or EMIT ON WINDOW CLOSE with a window.")
		case emit.Mode == sql.OnWindowClose && !hasWindowAggregate(n):
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
	if e.Changes {
		return e.checkSteps(n)
	}
	switch n := n.(type) {
	case *logical.Aggregate:
		return sqlerr.Unsupported(n.Pos(), "an aggregate with no window over an unbounded input",
			"Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or "+boundIt+".")
	case *logical.Recursive:
		return sqlerr.Unsupported(n.Pos(), "WITH RECURSIVE over an unbounded input", "Read what has an end; or "+boundIt+".")
	case *logical.SetOp:
		return sqlerr.Unsupported(n.Pos(), n.Name()+" over an unbounded input",
			"Tell the rows apart with WHERE; or "+boundIt+".")
	case *logical.Over:
		return sqlerr.Unsupported(n.Pos(), "a window function (OVER), DISTINCT ON or WITH TIES over an unbounded input",
			"Group by a window, such as TUMBLE(ts, INTERVAL '10' SECOND); or "+boundIt+".")
	case *logical.Sort:
		return sqlerr.Unsupported(n.Pos(), "ORDER BY over an unbounded input", "Leave it out; or "+boundIt+".")
	case *logical.Join:
		return sqlerr.Unsupported(n.Pos(), "a join with an unbounded input", strings.ToUpper(boundIt[:1])+boundIt[1:]+".")
	case *logical.Limit:
		return sqlerr.Unsupported(n.Pos(), "LIMIT over an unbounded input", "Leave it out; or "+boundIt+".")
	case *logical.WindowAggregate:
		if err := closes(n); err != nil {
			return err
		}
	}
	for _, in := range n.Inputs() {
		if err := e.checkStream(in); err != nil {
			return err
		}
	}
	return nil
}

// closes refuses windows that never close.
func closes(n *logical.WindowAggregate) error {
	if eventColumns(n.Input)[n.Time] {
		return nil
	}
	name := n.Input.Schema()[n.Time].Name
	return sqlerr.New(sqlerr.WindowingError, n.Pos(), "the window's column %q has no watermark, so no window would ever close", name).
		WithHint("Declare WATERMARK FOR %s AS %s - INTERVAL '5' SECOND in CREATE TABLE; or %s.", name, name, boundIt)
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

// batchOnly finds a step that keeps no state which a checkpoint could hold, so that it runs in a batch alone, and says
// what it is.
func batchOnly(n logical.Node) (logical.Node, string) {
	switch n.(type) {
	case *logical.Join:
		return n, "a join"
	}
	for _, in := range n.Inputs() {
		if found, what := batchOnly(in); found != nil {
			return found, what
		}
	}
	return nil, ""
}

// CheckMode fails where a plan has a step that only runs in a batch and will run as a stream.
func (p *Plan) CheckMode(batch bool) error {
	if n, what := batchOnly(p.Logical); n != nil && !batch {
		return sqlerr.Unsupported(n.Pos(), what+" in a stream", "Run it with --mode batch.")
	}
	return nil
}

// BatchOnly reports whether the plan has such a step.
func (p *Plan) BatchOnly() bool {
	n, _ := batchOnly(p.Logical)
	return n != nil
}
