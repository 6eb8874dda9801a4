package planner

import (
	"slices"

	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// maxGroupingSets is PostgreSQL's bound.
const maxGroupingSets = 4096

// groupingSets multiplies the items of GROUP BY out: each set of the result is one of every item, put together. It gives
// nil where they are one set, as a plain GROUP BY is. key gives an expression its number among the keys.
func groupingSets(items []sql.GroupItem, key func(sql.Expr) (int, error)) ([][]int, error) {
	sets := [][]int{nil}
	for _, item := range items {
		parts := item.Sets
		if item.Kind == "" {
			parts = [][]sql.Expr{{item.Expr}}
		}
		numbers := make([][]int, len(parts))
		for i, part := range parts {
			for _, e := range part {
				k, err := key(e)
				if err != nil {
					return nil, err
				}
				numbers[i] = append(numbers[i], k)
			}
		}
		if item.Kind == "CUBE" && len(numbers) > 12 {
			return nil, sqlerr.New("54011", item.Pos(), "CUBE is limited to 12 elements")
		}
		choices := numbers
		switch item.Kind {
		case "ROLLUP":
			choices = rollup(numbers)
		case "CUBE":
			choices = cube(numbers)
		}
		if len(sets)*len(choices) > maxGroupingSets {
			return nil, sqlerr.New("54001", item.Pos(), "too many grouping sets present (maximum %d)", maxGroupingSets)
		}
		var next [][]int
		for _, s := range sets {
			for _, c := range choices {
				next = append(next, append(slices.Clone(s), c...))
			}
		}
		sets = next
	}
	return sets, nil
}

// rollup is the lists that parts begin with, the longest first.
func rollup(parts [][]int) [][]int {
	var out [][]int
	for n := len(parts); n >= 0; n-- {
		out = append(out, slices.Concat(parts[:n]...))
	}
	return out
}

// cube is every choice of parts.
func cube(parts [][]int) [][]int {
	var out [][]int
	for mask := 1<<len(parts) - 1; mask >= 0; mask-- {
		var set []int
		for i, p := range parts {
			if mask>>(len(parts)-1-i)&1 != 0 {
				set = append(set, p...)
			}
		}
		out = append(out, set)
	}
	return out
}

// setGroups finds the keys and the sets of a GROUP BY that has several.
func (s *selection) setGroups() error {
	s.group = &grouping{}
	x := &exprBinder{b: s.b, rel: s.in, noAgg: "GROUP BY", sub: s.below}
	sets, err := groupingSets(s.stmt.GroupBy, func(e sql.Expr) (int, error) {
		e, _ = s.selected(e)
		if c, ok := isGroupWindow(e); ok {
			return 0, sqlerr.New(sqlerr.FeatureNotSupported, c.Pos(), "a window can't be a part of grouping sets").
				WithHint("Put the window into FROM, as in FROM TUMBLE(t, ts, INTERVAL '10' SECOND), and group by window_start.")
		}
		k, err := x.bind(e)
		if err != nil {
			return 0, err
		}
		if k.Type().Kind == types.Unknown {
			k, _ = expr.Coerce(k, types.Of(types.Text))
		}
		return s.key(k, outputName(e)), nil
	})
	if err != nil || len(sets) == 1 && len(sets[0]) > 0 {
		return err
	}
	g := s.group
	for _, set := range sets {
		has := make([]bool, len(g.keys))
		for _, k := range set {
			has[k] = true
		}
		g.sets = append(g.sets, has)
	}
	// The number of the set is a key that nothing in the query is equal to.
	g.keys, g.names = append(g.keys, expr.NewSlot(logical.SetColumn, types.Of(types.Int32), s.stmt.Pos())), append(g.names, logical.SetColumn)
	return nil
}

// expand puts the sets between the input and its aggregation: keys are columns then.
func (s *selection) expand(below logical.Node, fill func(expr.Expr) expr.Expr) (*logical.Expand, []expr.Expr) {
	g := s.group
	n := len(g.keys) - 1
	out := &logical.Expand{Input: below, Names: g.names[:n], Sets: g.sets, At: s.stmt.Pos()}
	width := len(below.Schema())
	var keys []expr.Expr
	for i, k := range g.keys {
		if i < n {
			out.Keys = append(out.Keys, fill(k))
		}
		keys = append(keys, expr.NewColumn(width+i, g.names[i], k.Type(), k.Pos()))
	}
	return out, keys
}

// emptyGroups sees to the sets that have a group over no rows too.
func (s *selection) emptyGroups(a *logical.Aggregate) logical.Node {
	out := &logical.EmptyGroups{Input: a, Keys: len(a.Keys), Calls: a.Calls, At: a.At}
	for i, set := range s.group.sets {
		if !slices.Contains(set, true) {
			out.Sets = append(out.Sets, i)
		}
	}
	if len(out.Sets) == 0 {
		return a
	}
	return out
}

// isGrouping reports whether e is a call of grouping().
func isGrouping(e sql.Expr) (*sql.Call, bool) {
	c, ok := e.(*sql.Call)
	return c, ok && c.Name == "grouping" && c.Over == nil
}

// hasGrouping reports whether an expression calls grouping() outside of any subquery.
func hasGrouping(e sql.Expr) bool {
	_, ok := isGrouping(e)
	return ok || slices.ContainsFunc(children(e), func(c sql.Expr) bool { return c != nil && hasGrouping(c) })
}

// grouping binds grouping(a, b): a number with a bit for each argument, the last one the lowest, that is 1 where the row
// is of a set without it.
func (s *selection) grouping(c *sql.Call, inner *exprBinder) (expr.Expr, error) {
	if len(c.Args) == 0 || len(c.Args) > 31 {
		return nil, sqlerr.New("54023", c.Pos(), "GROUPING takes 1 to 31 arguments")
	}
	number := func(n int) expr.Expr { return expr.NewLiteral(int64(n), types.Of(types.Int32), c.Pos()) }
	masks := make([]int, max(1, len(s.group.sets)))
	for _, a := range c.Args {
		e, err := inner.bind(a)
		if err != nil {
			return nil, err
		}
		k := slices.IndexFunc(s.group.keys, func(k expr.Expr) bool { return expr.Equal(k, e) })
		if k < 0 {
			return nil, sqlerr.New(sqlerr.GroupingError, a.Pos(), "arguments to GROUPING must be grouping expressions of the associated query level").
				WithHint("Give it the expressions of GROUP BY.")
		}
		for i := range masks {
			masks[i] <<= 1
			if s.group.sets != nil && !s.group.sets[i][k] {
				masks[i] |= 1
			}
		}
	}
	if s.group.sets == nil {
		return number(0), nil
	}
	last := len(s.group.keys) - 1
	set := expr.NewColumn(last, logical.SetColumn, types.Of(types.Int32), c.Pos())
	var whens []expr.When
	for i, m := range masks {
		is, err := expr.NewCall("=", []expr.Expr{set, number(i)}, c.Pos())
		if err != nil {
			return nil, err
		}
		whens = append(whens, expr.When{Cond: is, Then: number(m)})
	}
	return expr.NewCase(whens, nil, c.Pos())
}
