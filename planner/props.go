package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
)

// eventColumns tells which columns of a node carry event time: those of which the watermark says something.
func eventColumns(n logical.Node) []bool {
	out := make([]bool, len(n.Schema()))
	switch n := n.(type) {
	case *logical.Scan:
		if w := n.Table.Watermark; w != nil {
			for i, c := range n.Columns {
				out[i] = c == w.Column
			}
		}
	case *logical.Project:
		in := eventColumns(n.Input)
		for i, e := range n.Exprs {
			if c, ok := e.(*expr.Column); ok {
				out[i] = in[c.Index]
			}
		}
	case *logical.Window:
		in := eventColumns(n.Input)
		copy(out, in)
		out[len(out)-1] = in[n.Time] // window_time
	case *logical.Over:
		copy(out, eventColumns(n.Input))
	case *logical.Unnest:
		in := eventColumns(n.Input)
		for i, k := range n.Keep {
			out[i] = in[k]
		}
	case *logical.WindowAggregate:
		out[2] = eventColumns(n.Input)[n.Time]
	case *logical.Union:
		for i := range out {
			out[i] = true
		}
		for _, side := range n.All {
			for i, ok := range eventColumns(side) {
				out[i] = out[i] && ok
			}
		}
	case *logical.Filter, *logical.Limit, *logical.Sort, *logical.Distinct:
		copy(out, eventColumns(n.Inputs()[0]))
	}
	return out
}

// needsEventTime reports whether a step of the tree waits for watermarks.
func needsEventTime(n logical.Node) bool {
	switch n.(type) {
	case *logical.WindowAggregate, *logical.Window:
		return true
	}
	return slices.ContainsFunc(n.Inputs(), needsEventTime)
}

// unbounded reports whether a tree reads something that does not end by itself.
func (e *Env) unbounded(n logical.Node) bool {
	if s, ok := n.(*logical.Scan); ok {
		if e.bounded(s) {
			return false
		}
		conn, err := e.Sources(s.Table.Connector())
		return err == nil && !conn.Bounded(s.Table)
	}
	return slices.ContainsFunc(n.Inputs(), e.unbounded)
}

// bounded reports whether a table is read to where it ends when the query starts.
func (e *Env) bounded(s *logical.Scan) bool { return e.Batch || e.Snapshots && s.Table.Embedded() }

// ordered reports whether the rows of a tree come in an order that the query asked for.
func ordered(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Sort:
		return true
	case *logical.Limit, *logical.Project:
		return ordered(n.Inputs()[0])
	}
	return false
}
