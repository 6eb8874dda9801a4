package planner

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/expr/over"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

var frameEdges = map[string]over.Edge{
	"UNBOUNDED PRECEDING": over.UnboundedPreceding, "PRECEDING": over.Preceding, "CURRENT ROW": over.CurrentRow,
	"FOLLOWING": over.Following, "UNBOUNDED FOLLOWING": over.UnboundedFollowing,
}

var frameUnits = map[string]over.Unit{"RANGE": over.Range, "ROWS": over.Rows, "GROUPS": over.Groups}

var frameExcludes = map[string]over.Exclude{
	"": over.NoOthers, "CURRENT ROW": over.ExcludeCurrentRow, "GROUP": over.ExcludeGroup, "TIES": over.ExcludeTies,
}

// frame gives call the frame of win.
func (s *selection) frame(x *exprBinder, call *logical.OverCall, win overWindow) error {
	f := win.frame
	out := over.Frame{
		Unit: frameUnits[f.Unit], Exclude: frameExcludes[f.Exclude],
		Start: over.Bound{Edge: frameEdges[f.Start.Kind]}, End: over.Bound{Edge: frameEdges[f.End.Kind]},
	}
	if err := checkFrame(f, out, win); err != nil {
		return err
	}
	for _, b := range []struct {
		in   sql.Bound
		out  *over.Bound
		name string
	}{{f.Start, &out.Start, "starting"}, {f.End, &out.End, "ending"}} {
		if b.in.Expr == nil || out.Unit == over.Range {
			continue
		}
		n, err := x.frameOffset(b.in.Expr, types.Of(types.Int64), f.Unit, b.name)
		if err != nil {
			return err
		}
		b.out.Offset = n.Value.(int64)
		if b.out.Offset < 0 {
			return negativeOffset(b.in.Expr, b.name)
		}
	}
	call.Frame = out
	start, end := out.Offsets()
	if !start && !end {
		return nil
	}
	by := win.order[0]
	r := &logical.OverRange{Desc: by.Desc, NullsFirst: by.NullsFirst}
	var err error
	if start {
		if r.Value, r.Start, err = x.rangeBound(by, f.Start, out.Start.Edge, "starting"); err != nil {
			return err
		}
	}
	if end {
		if r.Value, r.End, err = x.rangeBound(by, f.End, out.End.Edge, "ending"); err != nil {
			return err
		}
	}
	call.Range, err = alike(r)
	return err
}

// alike brings what a RANGE frame compares to one type: the offsets may have more digits behind the point one than the other.
func alike(r *logical.OverRange) (*logical.OverRange, error) {
	ts := []types.Type{r.Value.Type()}
	for _, e := range []expr.Expr{r.Start, r.End} {
		if e != nil {
			ts = append(ts, e.Type())
		}
	}
	t, ok := expr.CommonType(ts)
	if !ok {
		return nil, sqlerr.New(sqlerr.Internal, r.Value.Pos(), "a frame compares %v", ts)
	}
	for _, e := range []*expr.Expr{&r.Value, &r.Start, &r.End} {
		if *e == nil {
			continue
		}
		var err error
		if *e, err = castTo(*e, t); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func checkFrame(f *sql.Frame, out over.Frame, win overWindow) error {
	wrong := func(pos sqlerr.Pos, hint, format string, args ...any) error {
		return sqlerr.New(sqlerr.WindowingError, pos, format, args...).WithHint("%s", hint)
	}
	const order = "Write the earlier bound first: BETWEEN 1 PRECEDING AND CURRENT ROW."
	start, end := out.Start.Edge, out.End.Edge
	switch {
	case start == over.UnboundedFollowing:
		return wrong(f.Start.Pos(), order, "frame start cannot be UNBOUNDED FOLLOWING")
	case end == over.UnboundedPreceding:
		return wrong(f.End.Pos(), order, "frame end cannot be UNBOUNDED PRECEDING")
	case start == over.CurrentRow && end == over.Preceding:
		return wrong(f.End.Pos(), order, "frame starting from current row cannot have preceding rows")
	case start == over.Following && end == over.Preceding:
		return wrong(f.End.Pos(), order, "frame starting from following row cannot have preceding rows")
	case start == over.Following && end == over.CurrentRow:
		return wrong(f.End.Pos(), order, "frame starting from following row cannot end with current row")
	case out.Unit == over.Groups && len(win.order) == 0:
		return wrong(f.Pos(), "Say in what order: OVER (ORDER BY … GROUPS …).", "GROUPS mode requires an ORDER BY clause")
	}
	if a, b := out.Offsets(); (a || b) && len(win.order) != 1 {
		return wrong(f.Pos(), "Order by the one column that the offset is counted in, or use ROWS or GROUPS.",
			"RANGE with offset PRECEDING/FOLLOWING requires exactly one ORDER BY column")
	}
	return nil
}

// frameOffset is the constant that a bound is away, brought to a type.
func (x *exprBinder) frameOffset(e sql.Expr, t types.Type, unit, name string) (*expr.Literal, error) {
	bound, err := x.bind(e)
	if err != nil {
		return nil, err
	}
	if expr.HasParam(bound) {
		if _, ok := expr.Coerce(bound, t); ok {
			return expr.NewLiteral(oneOf(t), t, e.Pos()), nil
		}
	}
	if !expr.Constant(bound) {
		return nil, sqlerr.New("42P10", e.Pos(), "argument of %s must not contain variables", unit).
			WithHint("Write a constant: a frame is the same for all rows.")
	}
	cast, ok := expr.Coerce(bound, t)
	if !ok {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, e.Pos(), "argument of %s must be %s, not %s", unit, t, bound.Type())
	}
	if cast, err = expr.Fold(cast, x.b.env.exprCtx()); err != nil {
		return nil, err
	}
	lit, ok := cast.(*expr.Literal)
	if !ok {
		return nil, sqlerr.Unsupported(e.Pos(), "a frame whose offset is only known when it runs", "Write the value.")
	}
	if lit.Value == nil {
		return nil, sqlerr.New("22004", e.Pos(), "frame %s offset must not be null", name)
	}
	return lit, nil
}

// oneOf stands for the offset of a frame that is described, which nobody knows yet.
func oneOf(t types.Type) any {
	text := "1"
	if t.Kind == types.Interval {
		text = "1 day"
	}
	v, _ := types.ParseValue(text, t)
	return v
}

func negativeOffset(e sql.Expr, name string) error {
	return sqlerr.New("22013", e.Pos(), "frame %s offset must not be negative", name).WithHint("PRECEDING and FOLLOWING say in which direction.")
}

// rangeBound is what a RANGE frame with an offset compares: the value that rows are ordered by, and the one that the
// frame of a row reaches to, both of a type in which that does not overflow where the value is any of its column.
func (x *exprBinder) rangeBound(by logical.Order, b sql.Bound, edge over.Edge, name string) (value, bound expr.Expr, err error) {
	t := by.Expr.Type()
	calc, offset := t, t
	switch t.Kind {
	case types.Int16, types.Int32, types.Int64:
		calc, offset = types.DecimalOf(20, 0), types.Of(types.Int64)
	case types.Float32, types.Float64:
		calc, offset = types.Of(types.Float64), types.Of(types.Float64)
	case types.Decimal:
		offset = types.DecimalOf(38, t.Scale)
		calc = offset
	case types.Date:
		calc, offset = types.Of(types.Timestamp), types.Of(types.Interval)
	case types.Timestamp, types.TimestampTZ, types.Interval:
		offset = types.Of(types.Interval)
	default:
		return nil, nil, sqlerr.New(sqlerr.FeatureNotSupported, b.Pos(), "RANGE with offset PRECEDING/FOLLOWING is not supported for column type %s", t).
			WithHint("Use ROWS or GROUPS, or order by a number or a time.")
	}
	if t.Kind == types.Decimal { // an offset with more digits behind the point than the column
		e, err := x.bind(b.Expr)
		if err != nil {
			return nil, nil, err
		}
		if e.Type().Kind == types.Decimal && e.Type().Scale > t.Scale {
			offset = types.DecimalOf(38, e.Type().Scale)
			calc = offset
		}
	}
	lit, err := x.frameOffset(b.Expr, offset, "RANGE", name)
	if err != nil {
		return nil, nil, err
	}
	if err := checkOffset(lit, b, name); err != nil {
		return nil, nil, err
	}
	if value, err = castTo(by.Expr, calc); err != nil {
		return nil, nil, err
	}
	step := expr.Expr(lit)
	if lit.Type().Integer() {
		if step, err = castTo(lit, calc); err != nil {
			return nil, nil, err
		}
	}
	op := "+"
	if (edge == over.Preceding) != by.Desc {
		op = "-"
	}
	if bound, err = expr.NewCall(op, []expr.Expr{value, step}, b.Pos()); err != nil {
		return nil, nil, err
	}
	value, err = castTo(value, bound.Type())
	return value, bound, err
}

func castTo(e expr.Expr, t types.Type) (expr.Expr, error) {
	if e.Type().Equal(t) {
		return e, nil
	}
	return expr.NewCast(e, t, false, e.Pos())
}

func checkOffset(lit *expr.Literal, b sql.Bound, name string) error {
	negative := false
	switch v := lit.Value.(type) {
	case int64:
		negative = v < 0
	case float64:
		if math.IsInf(v, 0) {
			return sqlerr.Unsupported(b.Pos(), "a frame with an infinite offset", "Use UNBOUNDED.")
		}
		negative = v < 0 || v != v
	case interface{ Sign() int }: // a decimal
		negative = v.Sign() < 0
	case arrow.MonthDayNanoInterval:
		const day = 86_400e9
		negative = (float64(v.Months)*30+float64(v.Days))*day+float64(v.Nanoseconds) < 0
	}
	if negative {
		return sqlerr.New("22013", b.Expr.Pos(), "invalid preceding or following size in window function: the frame's %s offset is negative", name).
			WithHint("PRECEDING and FOLLOWING say in which direction.")
	}
	return nil
}
