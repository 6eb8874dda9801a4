package planner

import (
	"fmt"
	"slices"
	"strings"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/planner/logical"
	"millrace/sqlerr"
)

// A plan with Env.Changes gives what becomes of its rows. Its aggregates take rows back, so it reads tables whose rows
// change as well as those that only grow.

// takesBack reports whether rows of n may be taken back, in such a plan.
func (e *Env) takesBack(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Scan:
		return n.Table.Embedded() && !n.Table.AppendOnly && !e.bounded(n)
	case *logical.Aggregate:
		return true
	}
	return slices.ContainsFunc(n.Inputs(), e.takesBack)
}

// onClose reports whether a window's rows are given when it closes. Those of tables that millrace keeps are given as they
// are: the tables have them all, and none is late.
func (e *Env) onClose(w *logical.Window) bool {
	return e.OnClose && !e.takesBack(w.Input) && external(w.Input) && eventColumns(w.Input)[w.Time]
}

// external reports whether a tree reads what millrace does not keep.
func external(n logical.Node) bool {
	if s, ok := n.(*logical.Scan); ok {
		return !s.Table.Embedded()
	}
	return slices.ContainsFunc(n.Inputs(), external)
}

// inParts is the way out of a step that cannot follow changes.
const inParts = "Keep materialized views of the parts below it, and do this in the query that reads them."

// checkSteps refuses what cannot follow changes.
func (e *Env) checkSteps(n logical.Node) error {
	what := ""
	switch n := n.(type) {
	case *logical.Scan, *logical.Filter, *logical.Project, *logical.Union, *logical.Distinct, *logical.Expand, *logical.Unnest, *logical.Values, *logical.Window:
	case *logical.Aggregate:
		if e.takesBack(n.Input) {
			for _, c := range n.Calls {
				if err := orderMatters(c); err != nil {
					return err
				}
			}
		}
	case *logical.WindowAggregate:
		if err := closes(n); err != nil {
			return err
		}
	case *logical.Join:
		what = "a join, or a subquery that is one,"
	case *logical.Sort:
		return sqlerr.Unsupported(n.Pos(), "ORDER BY in a query whose changes are followed", "Leave it out: order the rows in the query that reads them.")
	case *logical.Limit:
		what = "LIMIT or OFFSET"
	case *logical.Over:
		what = "a window function (OVER), DISTINCT ON or WITH TIES"
	case *logical.SetOp:
		what = n.Name()
	case *logical.Recursive:
		what = "WITH RECURSIVE"
	case *logical.EmptyGroups:
		what = "an empty grouping set"
	default:
		what = "this step"
	}
	if what != "" {
		return sqlerr.Unsupported(n.Pos(), what+" in a query whose changes are followed", inParts)
	}
	for _, in := range n.Inputs() {
		if err := e.checkSteps(in); err != nil {
			return err
		}
	}
	return nil
}

// orderMatters refuses an aggregate whose value is another where its rows come in another order: rows that change have
// none.
func orderMatters(c logical.AggCall) error {
	name := strings.TrimSuffix(c.Name, "_distinct")
	f, ok := agg.Lookup(name)
	if !ok || !f.Ordered || c.Name != name {
		return nil
	}
	for i := range len(c.Args) - c.Extra {
		if _, constant := c.Args[i].(*expr.Literal); constant {
			continue
		}
		if !slices.ContainsFunc(c.OrderBy, func(o agg.Order) bool { return o.Arg == i }) {
			return sqlerr.Unsupported(c.At, fmt.Sprintf("%s over rows that change, in no order,", name),
				fmt.Sprintf("Order it by all that it takes: %s(… ORDER BY …); or declare the table APPEND ONLY.", name))
		}
	}
	return nil
}

// unsteady finds an expression whose value is another at another time: what it once gave could not be taken back.
func unsteady(n logical.Node) expr.Expr {
	var exprs []expr.Expr
	calls := func(cs []logical.AggCall) {
		for _, c := range cs {
			exprs = append(exprs, c.Args...)
			if c.Filter != nil {
				exprs = append(exprs, c.Filter)
			}
		}
	}
	switch n := n.(type) {
	case *logical.Scan:
		exprs = n.Filter
	case *logical.Filter:
		exprs = append(exprs, n.Where)
	case *logical.Project:
		exprs = n.Exprs
	case *logical.Aggregate:
		exprs = append(exprs, n.Keys...)
		calls(n.Calls)
	case *logical.WindowAggregate:
		exprs = append(exprs, n.Keys...)
		calls(n.Calls)
	case *logical.Unnest:
		for _, c := range n.Calls {
			exprs = append(exprs, c)
		}
	case *logical.Values:
		for _, row := range n.Rows {
			exprs = append(exprs, row...)
		}
	}
	for _, x := range exprs {
		if !expr.Steady(x) {
			return x
		}
	}
	for _, in := range n.Inputs() {
		if x := unsteady(in); x != nil {
			return x
		}
	}
	return nil
}
