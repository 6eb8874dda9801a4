package planner

import (
	"slices"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// aggregate binds a call of an aggregate function and returns its column of the aggregation.
func (s *selection) aggregate(c *sql.Call, inner *exprBinder) (expr.Expr, error) {
	if len(c.OrderBy) > 0 || len(c.WithinGroup) > 0 {
		return nil, sqlerr.Unsupported(c.Pos(), "ORDER BY in an aggregate", "Leave the order out.")
	}
	var args []expr.Expr
	if !c.Star {
		var err error
		if args, err = inner.bindAll(c.Args); err != nil {
			return nil, err
		}
	} else if c.Name != "count" {
		return nil, sqlerr.New(sqlerr.UndefinedFunction, c.Pos(), "%s(*) does not exist", c.Name).WithHint("Name a column: %s(column).", c.Name)
	}
	if err := outerAggregate(c, args); err != nil {
		return nil, err
	}
	ts := make([]types.Type, len(args))
	for i, a := range args {
		ts[i] = a.Type()
	}
	resolved, err := agg.Resolve(c.Name, ts, c.Distinct, c.Pos())
	if err != nil {
		return nil, err
	}
	call := logical.AggCall{Call: resolved, At: c.Pos()}
	for i, a := range args {
		if i >= len(resolved.Args) {
			break
		}
		cast, ok := expr.Coerce(a, resolved.Args[i])
		if !ok {
			return nil, sqlerr.New(sqlerr.CannotCoerce, a.Pos(), "cannot convert %s to %s", a.Type(), resolved.Args[i])
		}
		call.Args = append(call.Args, cast)
	}
	if c.Filter != nil {
		f := &exprBinder{b: s.b, rel: s.in, win: s.win, noAgg: "FILTER", sub: s.below}
		if call.Filter, err = f.condition(c.Filter, "FILTER"); err != nil {
			return nil, err
		}
	}
	i := slices.IndexFunc(s.group.calls, call.Equal)
	if i < 0 {
		i = len(s.group.calls)
		s.group.calls = append(s.group.calls, call)
	}
	return expr.NewColumn(len(s.group.keys)+i, call.String(), call.Result, c.Pos()), nil
}
