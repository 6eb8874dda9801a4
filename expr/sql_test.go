package expr_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// bind makes a typed expression of SQL. Columns are found by name in schema.
func bind(e sql.Expr, schema types.Schema) (expr.Expr, error) {
	pos := e.Pos()
	call := func(name string, args ...sql.Expr) (expr.Expr, error) {
		bound := make([]expr.Expr, len(args))
		for i, a := range args {
			var err error
			if bound[i], err = bind(a, schema); err != nil {
				return nil, err
			}
		}
		return expr.NewCallOn(objects{}, name, bound, pos)
	}
	negate := func(out expr.Expr, err error, not bool) (expr.Expr, error) {
		if err != nil || !not {
			return out, err
		}
		return expr.NewCall("not", []expr.Expr{out}, pos)
	}
	switch e := e.(type) {
	case *sql.Ident:
		i := schema.Index(e.Parts[0])
		if i < 0 {
			return nil, sqlerr.New(sqlerr.UndefinedColumn, pos, "column %q does not exist", e.Parts[0])
		}
		var out expr.Expr = expr.NewColumn(i, e.Parts[0], schema[i].Type, pos)
		for _, f := range e.Parts[1:] {
			var err error
			if out, err = expr.NewField(out, f, pos); err != nil {
				return nil, err
			}
		}
		return out, nil
	case *sql.NullLit:
		return expr.NewLiteral(nil, types.Of(types.Unknown), pos), nil
	case *sql.BoolLit:
		return expr.NewLiteral(e.Value, types.Of(types.Bool), pos), nil
	case *sql.NumberLit:
		return number(e.Text, pos)
	case *sql.StringLit:
		return expr.NewLiteral(e.Value, types.Of(types.Unknown), pos), nil
	case *sql.TypedLit:
		return expr.NewCast(expr.NewLiteral(e.Value, types.Of(types.Unknown), pos), e.Type, false, pos)
	case *sql.IntervalLit:
		return expr.NewLiteral(arrow.MonthDayNanoInterval{Months: e.Months, Days: e.Days, Nanoseconds: e.Nanos}, types.Of(types.Interval), pos), nil
	case *sql.Unary:
		if n, ok := e.X.(*sql.NumberLit); ok && e.Op == "-" {
			return number("-"+n.Text, pos)
		}
		return call(e.Op, e.X)
	case *sql.Binary:
		left, isRow := e.Left.(*sql.RowLit)
		right, alsoRow := e.Right.(*sql.RowLit)
		if isRow && alsoRow {
			a, err := bindAll(left.Elems, schema)
			if err != nil {
				return nil, err
			}
			b, err := bindAll(right.Elems, schema)
			if err != nil {
				return nil, err
			}
			if e.Op == "overlaps" {
				return expr.NewCall("overlaps", append(a, b...), pos)
			}
			return expr.NewRowComparison(e.Op, a, b, pos)
		}
		return call(e.Op, e.Left, e.Right)
	case *sql.ArrayLit:
		elems, err := bindAll(e.Elems, schema)
		if err != nil {
			return nil, err
		}
		return expr.NewArray(elems, pos)
	case *sql.RowLit:
		parts, err := bindAll(e.Elems, schema)
		if err != nil {
			return nil, err
		}
		names := make([]string, len(parts))
		for i := range names {
			names[i] = fmt.Sprint("f", i+1)
		}
		return expr.NewRow(names, parts, pos)
	case *sql.FieldOf:
		x, err := bind(e.X, schema)
		if err != nil {
			return nil, err
		}
		return expr.NewField(x, e.Name, pos)
	case *sql.Quantified:
		both, err := bindAll([]sql.Expr{e.X, e.Array}, schema)
		if err != nil {
			return nil, err
		}
		return expr.NewQuantified(e.Op, both[0], both[1], e.All, pos)
	case *sql.Call:
		return call(e.Name, e.Args...)
	case *sql.Cast:
		if a, ok := e.X.(*sql.ArrayLit); ok && len(a.Elems) == 0 {
			return expr.NewCast(expr.NewLiteral("{}", types.Of(types.Unknown), pos), e.Type, e.Try, pos)
		}
		x, err := bind(e.X, schema)
		if err != nil {
			return nil, err
		}
		return expr.NewCast(x, e.Type.Named(objects{}), e.Try, pos)
	case *sql.Case:
		var whens []expr.When
		for _, w := range e.Whens {
			cond := w.Cond
			if e.Operand != nil {
				cond = &sql.Binary{Node: sql.Node{At: w.Cond.Pos()}, Op: "=", Left: e.Operand, Right: w.Cond}
			}
			c, err := bind(cond, schema)
			if err != nil {
				return nil, err
			}
			then, err := bind(w.Then, schema)
			if err != nil {
				return nil, err
			}
			whens = append(whens, expr.When{Cond: c, Then: then})
		}
		var els expr.Expr
		if e.Else != nil {
			var err error
			if els, err = bind(e.Else, schema); err != nil {
				return nil, err
			}
		}
		return expr.NewCase(whens, els, pos)
	case *sql.In:
		if r, ok := e.X.(*sql.RowLit); ok {
			x, err := bindAll(r.Elems, schema)
			if err != nil {
				return nil, err
			}
			var list [][]expr.Expr
			for _, v := range e.List {
				parts, err := bindAll(v.(*sql.RowLit).Elems, schema)
				if err != nil {
					return nil, err
				}
				list = append(list, parts)
			}
			return expr.NewRowIn(x, list, e.Not, pos)
		}
		x, err := bind(e.X, schema)
		if err != nil {
			return nil, err
		}
		var list []expr.Expr
		for _, v := range e.List {
			b, err := bind(v, schema)
			if err != nil {
				return nil, err
			}
			list = append(list, b)
		}
		return expr.NewIn(x, list, e.Not, pos)
	case *sql.Between:
		low, err := call(">=", e.X, e.Low)
		if err != nil {
			return nil, err
		}
		high, err := call("<=", e.X, e.High)
		if err != nil {
			return nil, err
		}
		both, err := expr.NewCall("and", []expr.Expr{low, high}, pos)
		return negate(both, err, e.Not)
	case *sql.Like:
		args := []sql.Expr{e.X, e.Pattern}
		if e.Escape != nil {
			args = append(args, e.Escape)
		}
		out, err := call(e.Op, args...)
		return negate(out, err, e.Not)
	case *sql.Is:
		if r, ok := e.X.(*sql.RowLit); ok && e.What == "NULL" {
			parts, err := bindAll(r.Elems, schema)
			if err != nil {
				return nil, err
			}
			return expr.NewRowIsNull(parts, e.Not, pos)
		}
		if e.Not {
			return call("is not "+strings.ToLower(e.What), e.X)
		}
		return call("is "+strings.ToLower(e.What), e.X)
	case *sql.IsDistinct:
		if e.Not {
			return call("is not distinct from", e.Left, e.Right)
		}
		return call("is distinct from", e.Left, e.Right)
	case *sql.Extract:
		return call("extract", &sql.StringLit{Node: sql.Node{At: pos}, Value: e.Field}, e.X)
	case *sql.AtTimeZone:
		return call("timezone", e.Zone, e.X)
	case *sql.Subscript:
		return call("[]", e.X, e.Index)
	}
	return nil, fmt.Errorf("no binding of a %T", e)
}

func bindAll(es []sql.Expr, schema types.Schema) ([]expr.Expr, error) {
	out := make([]expr.Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = bind(e, schema); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// number is a literal of the smallest of INT, BIGINT and DECIMAL that holds it.
func number(text string, pos sqlerr.Pos) (expr.Expr, error) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		if int64(int32(n)) == n {
			return expr.NewLiteral(n, types.Of(types.Int32), pos), nil
		}
		return expr.NewLiteral(n, types.Of(types.Int64), pos), nil
	}
	v, t, err := types.ParseNumber(text)
	if err != nil {
		return nil, err
	}
	return expr.NewLiteral(v, t, pos), nil
}

// parse makes a typed expression of a text.
func parse(text string, schema types.Schema) (expr.Expr, error) {
	e, err := sql.ParseExpr(text)
	if err != nil {
		return nil, err
	}
	return bind(e, schema)
}

// textAt is value i as psql shows it, NULL as such.
func textAt(a arrow.Array, i int, t types.Type) string {
	if a.IsNull(i) {
		return "NULL"
	}
	return string(types.AppendText(nil, a, i, t))
}

// oneRow is a batch of one row without columns.
func oneRow() arrow.RecordBatch {
	return array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 1)
}

// evaluate gives the value of an expression without columns, or "error CODE: message".
func evaluate(t testing.TB, text string) string {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	defer mem.AssertSize(t, 0)
	e, err := parse(text, nil)
	if err != nil {
		return "error " + sqlerr.Code(err) + ": " + err.Error()
	}
	a, err := e.Eval(&expr.Ctx{Mem: mem, Now: 1767225600_000000}, oneRow())
	if err != nil {
		return "error " + sqlerr.Code(err) + ": " + err.Error()
	}
	defer a.Release()
	if a.Len() != 1 || !arrow.TypeEqual(a.DataType(), e.Type().Arrow()) && e.Type().Kind != types.Unknown {
		t.Errorf("%s: %d rows of %s, want 1 of %s", text, a.Len(), a.DataType(), e.Type())
	}
	if e.Type().Kind == types.Unknown {
		return "unknown"
	}
	return textAt(a, 0, e.Type())
}
