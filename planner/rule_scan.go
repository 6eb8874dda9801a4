package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sources"
)

// pushScan gives conditions to the connector.
var pushScan = Rule{
	Name: "push-scan",
	Doc:  "Have the connector do the conditions on its columns that it can do exactly.",
	Apply: func(e *Env, n logical.Node) (logical.Node, bool, error) {
		f, ok := n.(*logical.Filter)
		if !ok {
			return n, false, nil
		}
		s, ok := f.Input.(*logical.Scan)
		if !ok {
			return n, false, nil
		}
		conn, err := e.Sources(s.Table.Connector())
		if err != nil {
			return nil, false, err
		}
		var can, stay []expr.Expr
		for _, c := range expr.Split(f.Where) {
			if expr.Volatile(c) || slices.ContainsFunc(expr.Columns(c), func(i int) bool { return s.Table.Columns[s.Columns[i]].Computed != "" }) {
				stay = append(stay, c)
			} else {
				can = append(can, c)
			}
		}
		got := conn.Push(s.Table, sources.Pushdown{Columns: s.Columns, Filter: append(slices.Clone(s.Filter), can...)})
		taken := func(c expr.Expr) bool {
			return slices.ContainsFunc(got.Filter, func(x expr.Expr) bool { return expr.Equal(x, c) })
		}
		if slices.ContainsFunc(s.Filter, func(c expr.Expr) bool { return !taken(c) }) {
			return n, false, nil // it would give up what it has taken
		}
		pushed := *s
		for _, c := range can {
			if taken(c) {
				pushed.Filter = append(slices.Clip(pushed.Filter), c)
			} else {
				stay = append(stay, c)
			}
		}
		if len(pushed.Filter) == len(s.Filter) {
			return n, false, nil
		}
		if len(stay) == 0 {
			return &pushed, true, nil
		}
		return &logical.Filter{Input: &pushed, Where: expr.And(stay)}, true, nil
	},
}
