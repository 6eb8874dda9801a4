package planner

import (
	"fmt"
	"math"
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
	if s.b.ofOuter(s.in, c) {
		return s.b.outerAggregate(c)
	}
	call, err := bindAggregate(c, inner)
	if err != nil {
		return nil, err
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

// bindAggregate binds the arguments and the order of a call of an aggregate function, but not its FILTER.
func bindAggregate(c *sql.Call, x *exprBinder) (logical.AggCall, error) {
	f, ok := agg.Lookup(c.Name)
	if !ok {
		return logical.AggCall{}, sqlerr.New(sqlerr.Internal, c.Pos(), "%s is no aggregate function", c.Name)
	}
	a := &aggregateBinder{call: c, function: f, x: x}
	if err := a.check(); err != nil {
		return logical.AggCall{}, err
	}
	return a.bind()
}

// aggregateBinder binds one call.
type aggregateBinder struct {
	call     *sql.Call
	function agg.Function
	x        *exprBinder
}

// check refuses what does not go together, whatever the arguments are.
func (a *aggregateBinder) check() error {
	c, f := a.call, a.function
	switch {
	case c.Star && c.Name != "count":
		return sqlerr.New(sqlerr.UndefinedFunction, c.Pos(), "%s(*) does not exist", c.Name).WithHint("Name a column: %s(column).", c.Name)
	case len(c.WithinGroup) > 0 && !f.Within:
		return sqlerr.New(wrongObjectType, c.Pos(), "%s is not an ordered-set aggregate, so it cannot have WITHIN GROUP", c.Name).
			WithHint("Put the order behind the arguments: %s(… ORDER BY …).", c.Name)
	case len(c.WithinGroup) == 0 && f.Within:
		return sqlerr.New(wrongObjectType, c.Pos(), "WITHIN GROUP is required for ordered-set aggregate %s", c.Name).
			WithHint("Write %s.", f.Example)
	case f.Within && c.Distinct:
		return sqlerr.New(sqlerr.SyntaxError, c.Pos(), "cannot use DISTINCT with WITHIN GROUP")
	case f.Within && len(c.OrderBy) > 0:
		return sqlerr.New(sqlerr.SyntaxError, c.Pos(), "cannot use multiple ORDER BY clauses with WITHIN GROUP")
	case c.IgnoreNulls:
		return sqlerr.Unsupported(c.Pos(), "IGNORE NULLS in an aggregate", "Leave the NULLs out with FILTER (WHERE … IS NOT NULL).")
	}
	return nil
}

// anotherAggregate is where the arguments of an aggregate stand.
const anotherAggregate = "another aggregate function"

// wrongObjectType is the SQLSTATE of a function that is of another kind than the call.
const wrongObjectType = "42809"

func (a *aggregateBinder) bind() (logical.AggCall, error) {
	c := a.call
	in := slices.Clone(c.Args)
	var m agg.Modifiers
	var err error
	if a.function.Fraction && len(in) > 0 {
		fraction := in[len(in)-1]
		in = in[:len(in)-1]
		if m.Fractions, err = a.fractions(fraction); err != nil {
			return logical.AggCall{}, err
		}
	} else if a.function.Fraction {
		return logical.AggCall{}, a.doesNotExist()
	}
	if a.function.Within {
		if len(in) > 0 {
			return logical.AggCall{}, a.doesNotExist()
		}
		for _, o := range c.WithinGroup {
			in = append(in, o.Expr)
			m.OrderBy = append(m.OrderBy, agg.Order{Arg: len(in) - 1, Desc: o.Desc, NullsFirst: nullsFirst(o)})
		}
	}
	args := make([]expr.Expr, len(in))
	for i, e := range in {
		if args[i], err = a.argument(e); err != nil {
			return logical.AggCall{}, err
		}
	}
	m.Distinct = c.Distinct
	var extra []expr.Expr
	if len(c.OrderBy) > 0 {
		if m.OrderBy, extra, err = a.order(args); err != nil {
			return logical.AggCall{}, err
		}
		for _, e := range extra {
			m.Extra = append(m.Extra, e.Type())
		}
	}
	ts := make([]types.Type, len(args))
	for i, e := range args {
		ts[i] = e.Type()
	}
	resolved, err := agg.ResolveCall(c.Name, ts, m, c.Pos())
	if err != nil {
		return logical.AggCall{}, err
	}
	call := logical.AggCall{Call: resolved, At: c.Pos()}
	all := args
	if resolved.Extra > 0 {
		all = slices.Concat(args, extra)
	}
	for i, t := range resolved.Args {
		cast, ok := expr.Coerce(all[i], t)
		if !ok {
			return logical.AggCall{}, sqlerr.New(sqlerr.CannotCoerce, all[i].Pos(), "cannot convert %s to %s", all[i].Type(), t)
		}
		call.Args = append(call.Args, cast)
	}
	return call, nil
}

// argument binds an argument, which may be a row: count(DISTINCT (a, b)).
func (a *aggregateBinder) argument(e sql.Expr) (expr.Expr, error) {
	row, ok := e.(*sql.RowLit)
	if !ok {
		return a.x.bind(e)
	}
	fields, err := a.x.bindAll(row.Elems)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = fmt.Sprintf("f%d", i+1) // PostgreSQL's names
		if f.Type().Kind == types.Unknown {
			fields[i], _ = expr.Coerce(f, types.Of(types.Text))
		}
	}
	return expr.NewRow(names, fields, e.Pos())
}

// order binds ORDER BY. Its keys are positions in args, or in what it needs besides them.
func (a *aggregateBinder) order(args []expr.Expr) (by []agg.Order, extra []expr.Expr, err error) {
	for _, o := range a.call.OrderBy {
		e, err := a.x.bind(o.Expr)
		if err != nil {
			return nil, nil, err
		}
		if e.Type().Kind == types.Unknown {
			e, _ = expr.Coerce(e, types.Of(types.Text))
		}
		if e.Type().Kind == types.JSON || !expr.HasOrder(e.Type()) {
			return nil, nil, sqlerr.Unsupported(o.Expr.Pos(), "ORDER BY of "+e.Type().String(), "Order by a part of it, or by its text: CAST(… AS TEXT).")
		}
		same := func(x expr.Expr) bool { return expr.Equal(x, e) }
		at := slices.IndexFunc(args, same)
		switch {
		case at >= 0:
		case a.call.Distinct:
			return nil, nil, sqlerr.New("42P10", o.Expr.Pos(), "in an aggregate with DISTINCT, ORDER BY expressions must appear in argument list").
				WithHint("Order by one of the arguments, or group by them in a derived table first.")
		default:
			if at = slices.IndexFunc(extra, same); at < 0 {
				at = len(extra)
				extra = append(extra, e)
			}
			at += len(args)
		}
		by = append(by, agg.Order{Arg: at, Desc: o.Desc, NullsFirst: nullsFirst(o)})
	}
	return by, extra, nil
}

// nullsFirst says where an item of ORDER BY puts NULL: as if it were the largest, unless it says so.
func nullsFirst(o sql.OrderItem) bool {
	if o.NullsFirst != nil {
		return *o.NullsFirst
	}
	return o.Desc
}

func (a *aggregateBinder) doesNotExist() error {
	return sqlerr.New(sqlerr.UndefinedFunction, a.call.Pos(), "there is no %s with %d arguments", a.call.Name, len(a.call.Args)).
		WithHint("Write %s.", a.function.Example)
}

// fractions computes a constant from 0 to 1, or an array of such.
func (a *aggregateBinder) fractions(e sql.Expr) (agg.Fractions, error) {
	list := []sql.Expr{e}
	lit, isArray := e.(*sql.ArrayLit)
	if isArray {
		list = lit.Elems
	}
	out := agg.Fractions{Array: isArray}
	for _, x := range list {
		f, err := a.fraction(x)
		if err != nil {
			return out, err
		}
		out.Values = append(out.Values, f)
	}
	return out, nil
}

// fraction computes one; NaN stands for NULL.
func (a *aggregateBinder) fraction(e sql.Expr) (float64, error) {
	bound, err := a.x.bind(e)
	if err != nil {
		return 0, err
	}
	cast, ok := expr.Coerce(bound, types.Of(types.Float64))
	if !ok {
		return 0, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "the fraction of %s must be a number, or ARRAY[…] of such, not %s", a.call.Name, bound.Type())
	}
	folded, err := expr.Fold(cast, a.x.b.env.exprCtx())
	if err != nil {
		return 0, err
	}
	if expr.HasParam(folded) { // any will do to describe it
		return 0.5, nil
	}
	constant, ok := folded.(*expr.Literal)
	if !ok {
		return 0, sqlerr.Unsupported(e.Pos(), "a fraction that is no constant", "Write a number from 0 to 1, such as 0.5, or an array of such: ARRAY[0.25, 0.75].")
	}
	if constant.Value == nil {
		return math.NaN(), nil
	}
	f := constant.Value.(float64)
	if !(f >= 0 && f <= 1) {
		return 0, sqlerr.New(sqlerr.NumericOutOfRange, e.Pos(), "percentile value %v is not between 0 and 1", f)
	}
	return f, nil
}
