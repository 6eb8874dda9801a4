package planner

import (
	"strconv"

	"millrace/expr"
	"millrace/sql"
	"millrace/sqlerr"
)

// binary binds an operator; one between row values compares them part by part.
func (x *exprBinder) binary(e *sql.Binary) (expr.Expr, error) {
	left, isRow := e.Left.(*sql.RowLit)
	right, alsoRow := e.Right.(*sql.RowLit)
	if !isRow || !alsoRow {
		return x.call(e.Pos(), e.Op, e.Left, e.Right)
	}
	a, err := x.bindAll(left.Elems)
	if err != nil {
		return nil, err
	}
	b, err := x.bindAll(right.Elems)
	if err != nil {
		return nil, err
	}
	if e.Op == "overlaps" {
		if len(a) != 2 || len(b) != 2 {
			return nil, sqlerr.New(sqlerr.SyntaxError, e.Pos(), "wrong number of parameters on a side of OVERLAPS expression").
				WithHint("Write (start, end) OVERLAPS (start, end).")
		}
		return expr.NewCall("overlaps", append(a, b...), e.Pos())
	}
	return expr.NewRowComparison(e.Op, a, b, e.Pos())
}

// row binds ROW(…); its fields are f1, f2 and so on, as PostgreSQL calls them.
func (x *exprBinder) row(e *sql.RowLit) (expr.Expr, error) {
	parts, err := x.bindAll(e.Elems)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(parts))
	for i := range names {
		names[i] = "f" + strconv.Itoa(i+1)
	}
	return expr.NewRow(names, parts, e.Pos())
}

func (x *exprBinder) array(e *sql.ArrayLit) (expr.Expr, error) {
	elems, err := x.bindAll(e.Elems)
	if err != nil {
		return nil, err
	}
	return expr.NewArray(elems, e.Pos())
}

// overArray binds x op ANY (array). Equality with a list of values is what IN is.
func (x *exprBinder) overArray(e *sql.Quantified) (expr.Expr, error) {
	in, err := x.bind(e.X)
	if err != nil {
		return nil, err
	}
	if lit, ok := e.Array.(*sql.ArrayLit); ok && len(lit.Elems) > 0 && (e.Op == "=" && !e.All || e.Op == "<>" && e.All) {
		list, err := x.bindAll(lit.Elems)
		if err != nil {
			return nil, err
		}
		return expr.NewIn(in, list, e.All, e.Pos())
	}
	list, err := x.bind(e.Array)
	if err != nil {
		return nil, err
	}
	return expr.NewQuantified(e.Op, in, list, e.All, e.Pos())
}

// rowIn binds (a, b) IN ((1, 2), …).
func (x *exprBinder) rowIn(left *sql.RowLit, e *sql.In) (expr.Expr, error) {
	in, err := x.bindAll(left.Elems)
	if err != nil {
		return nil, err
	}
	var list [][]expr.Expr
	for _, v := range e.List {
		r, ok := v.(*sql.RowLit)
		if !ok {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, v.Pos(), "a row value is compared with what is none").
				WithHint("Write (a, b) IN ((1, 2), (3, 4)).")
		}
		parts, err := x.bindAll(r.Elems)
		if err != nil {
			return nil, err
		}
		list = append(list, parts)
	}
	return expr.NewRowIn(in, list, e.Not, e.Pos())
}

// is binds IS NULL and its like; a row value is NULL where all its parts are.
func (x *exprBinder) is(e *sql.Is, op string) (expr.Expr, error) {
	if r, ok := e.X.(*sql.RowLit); ok && e.What == "NULL" {
		parts, err := x.bindAll(r.Elems)
		if err != nil {
			return nil, err
		}
		return expr.NewRowIsNull(parts, e.Not, e.Pos())
	}
	return x.call(e.Pos(), op, e.X)
}
