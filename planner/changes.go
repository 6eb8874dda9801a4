package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sqlerr"
)

// A stream of a table that millrace keeps has the updates and deletes of its rows in it, unless the table is APPEND
// ONLY. Steps that keep nothing between rows pass them on; what would count a row that has gone is refused here.

// asItIs is the way out of a plan that can't take changes.
const asItIs = "Declare the table APPEND ONLY, or read it as it is now: --mode batch"

// changing finds a table below n whose rows change while the plan runs; nil: there is none.
func (e *Env) changing(n logical.Node) *logical.Scan {
	if s, ok := n.(*logical.Scan); ok {
		if s.Table.Embedded() && !s.Table.AppendOnly && !e.bounded(s) {
			return s
		}
		return nil
	}
	for _, in := range n.Inputs() {
		if s := e.changing(in); s != nil {
			return s
		}
	}
	return nil
}

// checkChanges refuses steps that can't take changes, and a sink that can't, and tells the sink what it gets.
func (e *Env) checkChanges(n logical.Node, w *sinks.Write) error {
	if e.Changes { // checkSteps has seen them
		return nil
	}
	scan := e.changing(n)
	if scan == nil {
		return nil
	}
	if bad := e.firstKeeping(n); bad != nil {
		return sqlerr.Unsupported(bad.Pos(), "this step over table \""+scan.Table.Name.String()+"\", whose rows change while the query goes on,", asItIs+".")
	}
	refuse := func(what, hint string) error {
		return sqlerr.Unsupported(n.Pos(), what, hint)
	}
	if w.Table == nil {
		return refuse("a query that goes on over table \""+scan.Table.Name.String()+"\", whose rows change", asItIs+".")
	}
	conn, err := e.Sinks(w.Table.Connector())
	if err != nil {
		return err
	}
	switch conn.Accepts(w.Table) {
	case sinks.Changelog:
		w.Changes, w.Mode = sinks.Changelog, "changelog"
		return nil
	case sinks.Upserts:
		if have := keyColumns(n); sameKey(have, w) {
			w.Changes = sinks.Upserts
			return nil
		}
		return refuse("writing the changes of table \""+scan.Table.Name.String()+"\" by another key",
			"Give the primary key of \""+w.Table.Name.String()+"\" the primary key of \""+scan.Table.Name.String()+"\", column by column. Or: declare the table APPEND ONLY, or read it as it is now with --mode batch.")
	}
	return refuse("writing the changes of table \""+scan.Table.Name.String()+"\" to \""+w.Table.Name.String()+"\", which takes rows that are added alone,", asItIs+".")
}

// firstKeeping finds a step that keeps something of its rows and whose input changes.
func (e *Env) firstKeeping(n logical.Node) logical.Node {
	switch n.(type) {
	case *logical.Scan, *logical.Filter, *logical.Project:
	default:
		if e.changing(n) != nil {
			return n
		}
	}
	for _, in := range n.Inputs() {
		if bad := e.firstKeeping(in); bad != nil {
			return bad
		}
	}
	return nil
}

// keyColumns are the positions, in the rows of n, of the primary key's columns of the table below; nil: they are not
// all there.
func keyColumns(n logical.Node) []int {
	switch n := n.(type) {
	case *logical.Scan:
		var out []int
		for _, k := range n.Table.PrimaryKey {
			i := slices.Index(n.Columns, k)
			if i < 0 {
				return nil
			}
			out = append(out, i)
		}
		return out
	case *logical.Filter:
		return keyColumns(n.Input)
	case *logical.Project:
		var out []int
		for _, k := range keyColumns(n.Input) {
			i := slices.IndexFunc(n.Exprs, func(e expr.Expr) bool {
				c, ok := e.(*expr.Column)
				return ok && c.Index == k
			})
			if i < 0 {
				return nil
			}
			out = append(out, i)
		}
		return out
	}
	return nil
}

// sameKey reports whether the primary key of the sink's table is written from just these columns.
func sameKey(have []int, w *sinks.Write) bool {
	var want []int
	for _, k := range w.Table.PrimaryKey {
		want = append(want, slices.Index(w.Columns, k))
	}
	slices.Sort(want)
	return len(have) > 0 && slices.Equal(slices.Sorted(slices.Values(have)), want)
}
