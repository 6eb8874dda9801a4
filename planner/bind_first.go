package planner

import (
	"slices"

	"millrace/expr"
	"millrace/expr/over"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// distinctOn finds the output columns that DISTINCT ON names, hidden ones added, and holds them against ORDER BY, whose
// first items they must be.
func (s *selection) distinctOn(x *exprBinder) ([]int, error) {
	if len(s.stmt.DistinctOn) == 0 {
		return nil, nil
	}
	var on []int
	for _, e := range s.stmt.DistinctOn {
		i, err := s.sortColumn(sql.OrderItem{Expr: e}, x)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(on, i) {
			on = append(on, i)
		}
	}
	found := map[int]bool{}
	var other sql.Expr // the first item that is not of DISTINCT ON
	for _, o := range s.query.OrderBy {
		i, err := s.sortColumn(o, x)
		if err != nil {
			return nil, err
		}
		switch {
		case !slices.Contains(on, i):
			if other == nil {
				other = o.Expr
			}
		case other != nil && !found[i]:
			return nil, notFirst(other)
		default:
			found[i] = true
		}
	}
	if other != nil && len(found) < len(on) {
		return nil, notFirst(other)
	}
	return on, nil
}

func notFirst(other sql.Expr) error {
	return sqlerr.New("42P10", other.Pos(), "SELECT DISTINCT ON expressions must match initial ORDER BY expressions").
		WithHint("Put the expressions of DISTINCT ON first in ORDER BY.")
}

// firstOf keeps, of rows that are equal in the columns on, the one that comes first by an order.
func (s *selection) firstOf(node logical.Node, on []int, by []logical.Order) (logical.Node, error) {
	schema := node.Schema()
	w := &logical.Over{Input: node, At: s.stmt.Pos()}
	for _, c := range on {
		e := expr.NewColumn(c, schema[c].Name, schema[c].Type, s.stmt.DistinctOn[0].Pos())
		if err := orderable(e, "DISTINCT ON"); err != nil {
			return nil, err
		}
		w.Partition = append(w.Partition, e)
	}
	for _, o := range by { // those of DISTINCT ON are the same in all rows of a partition
		if !slices.ContainsFunc(w.Partition, func(p expr.Expr) bool { return expr.Equal(p, o.Expr) }) {
			w.Order = append(w.Order, o)
		}
	}
	first, err := ranked(w, "row_number", "<=", 1)
	if err != nil {
		return nil, err
	}
	return firstColumns(&logical.Filter{Input: w, Where: first}, len(schema)), nil
}

// withTies keeps the first n rows in the order of sort behind offset, and those behind them that are ordered as the last.
func withTies(sort *logical.Sort, n, offset int64) (logical.Node, error) {
	width := len(sort.Schema())
	w := &logical.Over{Input: sort.Input, Order: sort.By, At: sort.At}
	if n > 1<<62 {
		n = 1 << 62 // with the offset it is still a BIGINT
	}
	last, err := ranked(w, "rank", "<=", n+min(offset, 1<<62))
	if err != nil {
		return nil, err
	}
	conds := []expr.Expr{last}
	if offset > 0 {
		first, err := ranked(w, "row_number", ">", offset)
		if err != nil {
			return nil, err
		}
		conds = append(conds, first)
	}
	if n == 0 {
		conds = []expr.Expr{expr.NewLiteral(false, types.Of(types.Bool), sort.At)}
	}
	return sort.WithInputs([]logical.Node{firstColumns(&logical.Filter{Input: w, Where: expr.And(conds)}, width)}), nil
}

// ranked adds a ranking function to w and compares what it gives with n.
func ranked(w *logical.Over, name, op string, n int64) (expr.Expr, error) {
	c, err := over.Resolve(name, nil, false, w.At)
	if err != nil {
		return nil, err
	}
	c.Frame = over.DefaultFrame
	at := len(w.Schema())
	w.Calls = append(w.Calls, logical.OverCall{Call: c, Peers: len(w.Order)})
	big := types.Of(types.Int64)
	return expr.NewCall(op, []expr.Expr{expr.NewColumn(at, name, big, w.At), expr.NewLiteral(n, big, w.At)}, w.At)
}
