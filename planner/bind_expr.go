package planner

import (
	"errors"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/expr/over"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// allocator serves constants that are folded while planning.
var allocator memory.Allocator = memory.DefaultAllocator

// exprBinder binds expressions over the columns of a relation.
type exprBinder struct {
	b   *binder
	rel *relation
	win *groupWindow // the window of GROUP BY, whose columns rel has
	// intercept, where it is not nil, is asked first: the select list of an aggregation answers for keys and calls.
	intercept func(sql.Expr) (expr.Expr, bool, error)
	noAgg     string      // where an aggregate stands that may not: "WHERE"; empty: any place that has no grouping
	sub       *subqueries // takes the subqueries of the expressions; nil: there may be none
	selection *selection  // whose select list this binds, where that has no grouping
	// over binds the call of a window function; nil: there may be none here, which noOver, or noAgg, is the name of.
	over   func(*exprBinder, *sql.Call) (expr.Expr, error)
	noOver string
	// set binds the call of a set-returning function; nil: there may be none here.
	set func(*exprBinder, *sql.Call) (expr.Expr, error)
}

// expr binds over a relation with no aggregates.
func (b *binder) expr(e sql.Expr, rel *relation) (expr.Expr, error) {
	return (&exprBinder{b: b, rel: rel}).bind(e)
}

func (x *exprBinder) bindAll(es []sql.Expr) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = x.bind(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// call binds the arguments and resolves the function.
func (x *exprBinder) call(pos sqlerr.Pos, name string, args ...sql.Expr) (expr.Expr, error) {
	bound, err := x.bindAll(args)
	if err != nil {
		return nil, err
	}
	return expr.NewCallOn(x.b.env.Objects, name, bound, pos)
}

func negate(e expr.Expr, err error, not bool, pos sqlerr.Pos) (expr.Expr, error) {
	if err != nil || !not {
		return e, err
	}
	return expr.NewCall("not", []expr.Expr{e}, pos)
}

func (x *exprBinder) bind(e sql.Expr) (expr.Expr, error) {
	if x.intercept != nil {
		if out, ok, err := x.intercept(e); ok || err != nil {
			return out, err
		}
	}
	pos := e.Pos()
	switch e := e.(type) {
	case *sql.Ident:
		return x.ident(e)
	case *sql.NullLit:
		return expr.NewLiteral(nil, types.Of(types.Unknown), pos), nil
	case *sql.BoolLit:
		return expr.NewLiteral(e.Value, types.Of(types.Bool), pos), nil
	case *sql.NumberLit:
		return number(e.Text, pos)
	case *sql.StringLit:
		return expr.NewLiteral(e.Value, types.Of(types.Unknown), pos), nil
	case *sql.TypedLit:
		return x.typed(e)
	case *sql.IntervalLit:
		return expr.NewLiteral(arrow.MonthDayNanoInterval{Months: e.Months, Days: e.Days, Nanoseconds: e.Nanos}, types.Of(types.Interval), pos), nil
	case *sql.Unary:
		return x.unary(e)
	case *sql.Binary:
		return x.binary(e)
	case *sql.Call:
		return x.function(e)
	case *sql.Cast:
		if a, ok := e.X.(*sql.ArrayLit); ok && len(a.Elems) == 0 { // only the cast knows of what
			return expr.NewCast(expr.NewLiteral("{}", types.Of(types.Unknown), pos), x.b.env.namedType(e.Type), e.Try, pos)
		}
		in, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		return expr.NewCast(in, x.b.env.namedType(e.Type), e.Try, pos)
	case *sql.Case:
		return x.caseExpr(e)
	case *sql.In:
		if e.Query != nil {
			return x.inQuery(e)
		}
		if r, ok := e.X.(*sql.RowLit); ok {
			return x.rowIn(r, e)
		}
		in, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		list, err := x.bindAll(e.List)
		if err != nil {
			return nil, err
		}
		return expr.NewIn(in, list, e.Not, pos)
	case *sql.Between:
		if e.Symmetric {
			up, down := *e, *e
			up.Symmetric, up.Not, down.Symmetric, down.Not = false, false, false, false
			down.Low, down.High = e.High, e.Low
			either, err := x.call(pos, "or", &up, &down)
			return negate(either, err, e.Not, pos)
		}
		low, err := x.call(pos, ">=", e.X, e.Low)
		if err != nil {
			return nil, err
		}
		high, err := x.call(pos, "<=", e.X, e.High)
		if err != nil {
			return nil, err
		}
		both, err := expr.NewCall("and", []expr.Expr{low, high}, pos)
		return negate(both, err, e.Not, pos)
	case *sql.Like:
		args := []sql.Expr{e.X, e.Pattern}
		if e.Escape != nil {
			args = append(args, e.Escape)
		}
		out, err := x.call(pos, e.Op, args...)
		return negate(out, err, e.Not, pos)
	case *sql.Is:
		op := "is " + strings.ToLower(e.What)
		if e.Not {
			op = "is not " + strings.ToLower(e.What)
		}
		return x.is(e, op)
	case *sql.IsDistinct:
		op := "is distinct from"
		if e.Not {
			op = "is not distinct from"
		}
		return x.call(pos, op, e.Left, e.Right)
	case *sql.Extract:
		in, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		return expr.NewCall("extract", []expr.Expr{expr.NewLiteral(e.Field, types.Of(types.Text), pos), in}, pos)
	case *sql.AtTimeZone:
		return x.call(pos, "timezone", e.Zone, e.X)
	case *sql.Subscript:
		return x.call(pos, "[]", e.X, e.Index)
	case *sql.FieldOf:
		in, err := x.bind(e.X)
		if err != nil {
			return nil, err
		}
		return expr.NewField(in, e.Name, pos)
	case *sql.Param:
		return x.b.env.param(e)
	case *sql.Exists:
		return x.exists(e)
	case *sql.Subquery:
		return x.scalar(e)
	case *sql.Quantified:
		if e.Query != nil {
			return x.quantified(e)
		}
		return x.overArray(e)
	case *sql.ArrayQuery:
		return x.arrayQuery(e)
	case *sql.ArrayLit:
		return x.array(e)
	case *sql.RowLit:
		return x.row(e)
	}
	return nil, sqlerr.New(sqlerr.Internal, pos, "cannot bind a %T", e)
}

func (x *exprBinder) ident(e *sql.Ident) (expr.Expr, error) {
	if x.win != nil && len(e.Parts) >= 1 {
		if col, ok := x.win.column(e.Parts); ok {
			return x.rel.column(col, e.Pos()), nil
		}
	}
	col, fields, err := x.rel.resolve(e)
	if err != nil {
		out, outerErr := x.b.outerColumn(e, err)
		switch {
		case outerErr == nil:
			return out, nil
		case bareSessionFunction(e) && unknownName(err):
			return x.function(&sql.Call{Node: e.Node, Name: e.Parts[0]})
		case x.rel.isTable(e):
			return x.rel.wholeRow(e)
		}
		return nil, outerErr
	}
	out := x.rel.column(col, e.Pos())
	for _, f := range fields {
		if out, err = expr.NewField(out, f, e.Pos()); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// number types a numeric literal as PostgreSQL does: the smallest of INT, BIGINT and DECIMAL that holds it, and DOUBLE
// where DECIMAL's 38 digits do not.
func number(text string, pos sqlerr.Pos) (expr.Expr, error) {
	text = strings.ReplaceAll(text, "_", "")
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		k := types.Int64
		if int64(int32(n)) == n {
			k = types.Int32
		}
		return expr.NewLiteral(n, types.Of(k), pos), nil
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil && len(text) > 1 && text[0] == '0' { // 0x1F
		return expr.NewLiteral(n, types.Of(types.Int64), pos), nil
	}
	plain := withoutExponent(text)
	whole, frac, _ := strings.Cut(plain, ".")
	if digits := len(strings.TrimLeft(whole, "-0")) + len(frac); plain != "" && digits <= 38 {
		precision, scale := max(digits, 1), len(frac)
		if v, err := decimal128.FromString(plain, int32(precision), int32(scale)); err == nil {
			return expr.NewLiteral(v, types.DecimalOf(precision, scale), pos), nil
		}
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, sqlerr.New(sqlerr.NumericOutOfRange, pos, "%s is out of range", text)
	}
	return expr.NewLiteral(f, types.Of(types.Float64), pos), nil
}

// withoutExponent writes 1.5e-3 as 0.0015; empty where that takes more digits than a DECIMAL has.
func withoutExponent(text string) string {
	mantissa, exp, ok := strings.Cut(strings.ToLower(text), "e")
	if !ok {
		return text
	}
	shift, err := strconv.Atoi(exp)
	if err != nil || shift > 38 || shift < -38 {
		return ""
	}
	digits, negative := strings.CutPrefix(mantissa, "-")
	whole, frac, _ := strings.Cut(digits, ".")
	if shift >= 0 {
		frac += strings.Repeat("0", max(0, shift-len(frac)))
		whole, frac = whole+frac[:shift], frac[shift:]
	} else {
		whole = strings.Repeat("0", max(0, -shift-len(whole))) + whole
		whole, frac = whole[:len(whole)+shift], whole[len(whole)+shift:]+frac
	}
	out := whole
	if out == "" {
		out = "0"
	}
	if frac != "" {
		out += "." + frac
	}
	if negative {
		out = "-" + out
	}
	return out
}

func (x *exprBinder) typed(e *sql.TypedLit) (expr.Expr, error) {
	c, err := expr.NewCast(expr.NewLiteral(e.Value, types.Of(types.Unknown), e.Pos()), x.b.env.namedType(e.Type), false, e.Pos())
	if err != nil {
		return nil, err
	}
	return expr.Fold(c, x.b.env.exprCtx())
}

func (x *exprBinder) unary(e *sql.Unary) (expr.Expr, error) {
	if num, ok := e.X.(*sql.NumberLit); ok && e.Op == "-" {
		return number("-"+num.Text, e.Pos())
	}
	if e.Op == "+" {
		return x.bind(e.X)
	}
	return x.call(e.Pos(), e.Op, e.X)
}

func (x *exprBinder) caseExpr(e *sql.Case) (expr.Expr, error) {
	if x.set != nil {
		in := *x
		in.set, in.noOver = nil, "CASE"
		x = &in
	}
	whens := make([]expr.When, len(e.Whens))
	for i, w := range e.Whens {
		cond := w.Cond
		if e.Operand != nil {
			cond = &sql.Binary{Node: sql.Node{At: w.Cond.Pos()}, Op: "=", Left: e.Operand, Right: w.Cond}
		}
		var err error
		if whens[i].Cond, err = x.bind(cond); err != nil {
			return nil, err
		}
		if whens[i].Then, err = x.bind(w.Then); err != nil {
			return nil, err
		}
	}
	var els expr.Expr
	if e.Else != nil {
		var err error
		if els, err = x.bind(e.Else); err != nil {
			return nil, err
		}
	}
	return expr.NewCase(whens, els, e.Pos())
}

func (x *exprBinder) function(e *sql.Call) (expr.Expr, error) {
	if e.Over != nil {
		if x.over == nil {
			return nil, x.noWindowFunction(e)
		}
		return x.over(x, e)
	}
	if isSetReturning(e.Name) {
		if x.set == nil {
			return nil, x.noSet(e)
		}
		return x.set(x, e)
	}
	if e.Name == "coalesce" && x.set != nil {
		in := *x
		in.set, in.noOver = nil, "COALESCE"
		x = &in
	}
	if agg.IsAggregate(e.Name) {
		if x.b.ofOuter(x.rel, e) {
			return x.b.outerAggregate(e)
		}
		if x.selection != nil {
			return nil, &ungrouped{x.selection}
		}
		where := x.noAgg
		if where == "" {
			where = "an expression without grouping"
		}
		if where == anotherAggregate {
			return nil, sqlerr.New(sqlerr.GroupingError, e.Pos(), "aggregate function calls cannot be nested").
				WithHint("Compute %s in a derived table first.", e.Name)
		}
		return nil, sqlerr.New(sqlerr.GroupingError, e.Pos(), "aggregate functions are not allowed in %s", where).
			WithHint("Use HAVING to filter groups, or compute the aggregate in a derived table first.")
	}
	if over.IsWindow(e.Name) {
		return nil, sqlerr.New(sqlerr.WindowingError, e.Pos(), "window function %s requires an OVER clause", e.Name).
			WithHint("Write %s(…) OVER (ORDER BY …).", e.Name)
	}
	if out, ok, err := x.windowFunction(e); ok || err != nil {
		return out, err
	}
	switch {
	case e.Star, e.Distinct, e.Filter != nil, len(e.OrderBy) > 0, len(e.WithinGroup) > 0:
		if !known(e.Name) {
			break // the error about the name says more
		}
		return nil, sqlerr.New("42809", e.Pos(), "%s is not an aggregate function", e.Name).
			WithHint("DISTINCT, ORDER BY, FILTER and * are for aggregates.")
	}
	out, err := x.call(e.Pos(), e.Name, e.Args...)
	if name, args, ok := expr.OfSession(out); ok && err == nil {
		return x.b.env.ofSession(name, args, out)
	}
	var wrong *sqlerr.Error
	if errors.As(err, &wrong) && wrong.Code == sqlerr.UndefinedFunction && wrong.Pos == e.Pos() && !known(e.Name) {
		if hint := sqlerr.Suggest(e.Name, append(expr.FunctionNames(), agg.Names()...)); hint != "" {
			return nil, wrong.WithHint("%s", hint)
		}
	}
	return out, err
}

func known(name string) bool {
	for _, n := range expr.FunctionNames() {
		if n == name {
			return true
		}
	}
	return false
}
