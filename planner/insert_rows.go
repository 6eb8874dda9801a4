package planner

import (
	"slices"

	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// insertRows binds what an INSERT gives, and casts it to the columns that it goes to.
func (e *Env) insertRows(b *binder, t *catalog.Table, ins *sql.Insert) ([]int, logical.Node, error) {
	targets, err := insertTargets(t, ins)
	if err != nil {
		return nil, nil, err
	}
	if ins.Query == nil { // DEFAULT VALUES
		return nil, &logical.Project{Input: &logical.Values{Rows: [][]expr.Expr{nil}, At: ins.Pos()}, At: ins.Pos()}, nil
	}
	if v, ok := plainValues(ins.Query); ok {
		return e.insertValues(b, t, ins, targets, v)
	}
	rel, err := b.query(e.typed(t, targets, ins.Query), nil) // the table gives a NULL its type
	if err != nil {
		return nil, nil, err
	}
	if targets, err = matchColumns(t, ins, targets, len(rel.cols)); err != nil {
		return nil, nil, err
	}
	n, err := assign(t, targets, rel.node)
	return targets, n, err
}

// matchColumns gives each value its column. A table that millrace keeps has defaults for the columns that come last.
func matchColumns(t *catalog.Table, ins *sql.Insert, targets []int, have int) ([]int, error) {
	if t.Embedded() && len(ins.Columns) == 0 && have < len(targets) {
		return targets[:have], nil
	}
	if have != len(targets) {
		return nil, columnCount(t, ins, targets, have)
	}
	return targets, nil
}

// plainValues is the rows of a query that is VALUES, with no subqueries, and no more.
func plainValues(q *sql.Query) (*sql.Values, bool) {
	v, ok := q.Body.(*sql.Values)
	return v, ok && !rowsHaveSubquery(v) && len(q.With) == 0 && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil && q.Emit == nil
}

// insertValues binds VALUES, each value by itself for the type of its column.
func (e *Env) insertValues(b *binder, t *catalog.Table, ins *sql.Insert, targets []int, v *sql.Values) ([]int, logical.Node, error) {
	targets, err := matchColumns(t, ins, targets, len(v.Rows[0]))
	if err != nil {
		return nil, nil, err
	}
	node := &logical.Values{At: v.Pos()}
	for i, row := range v.Rows {
		if len(row) != len(targets) {
			return nil, nil, sqlerr.New(sqlerr.SyntaxError, v.Pos(), "VALUES lists must all be the same length: row %d has %d, the first %d", i+1, len(row), len(v.Rows[0]))
		}
		bound := make([]expr.Expr, len(row))
		for k, val := range row {
			if id, ok := val.(*sql.Ident); ok && slices.Equal(id.Parts, []string{"default"}) { // no column can be meant here
				if bound[k], err = e.defaultOf(b, t, targets[k], id.Pos()); err != nil {
					return nil, nil, err
				}
				continue
			}
			x, err := (&exprBinder{b: b, rel: &relation{}, noAgg: "VALUES"}).bind(val)
			if err != nil {
				return nil, nil, err
			}
			if x, err = expr.Fold(x, e.exprCtx()); err != nil {
				return nil, nil, err
			}
			if bound[k], err = e.assignTo(t, targets[k], x); err != nil {
				return nil, nil, err
			}
		}
		node.Rows = append(node.Rows, bound)
	}
	p := &logical.Project{Input: node, At: v.Pos()}
	for k, c := range targets {
		col := t.Columns[c]
		node.Out = append(node.Out, types.Column{Name: col.Name, Type: col.Type})
		p.Exprs, p.Names = append(p.Exprs, expr.NewColumn(k, col.Name, col.Type, v.Pos())), append(p.Names, col.Name)
	}
	return targets, p, nil
}

// assignTo casts a value to its column's type.
func (e *Env) assignTo(t *catalog.Table, column int, x expr.Expr) (expr.Expr, error) {
	to := t.Columns[column].Type
	if out, ok := expr.Assign(x, to); ok {
		return out, nil
	}
	if _, constant := x.(*expr.Literal); constant && x.Type().Numeric() && to.Numeric() {
		cast, err := expr.NewCast(x, to, false, x.Pos())
		if err == nil {
			_, err = expr.Fold(cast, e.exprCtx())
		}
		if sqlerr.Code(err) == sqlerr.NumericOutOfRange && err != nil {
			return nil, err
		}
	}
	return nil, notAssignable(t, column, x.Type(), "", x.Pos())
}

// typed is a query whose select list has its bare literals cast to the columns that they go to: a text in quotes has no
// type of its own.
func (e *Env) typed(t *catalog.Table, targets []int, q *sql.Query) *sql.Query {
	s, ok := q.Body.(*sql.Select)
	if !ok || s.Distinct || len(s.DistinctOn) > 0 || len(s.Items) > len(targets) || slices.ContainsFunc(s.Items, func(i sql.SelectItem) bool { return i.Star }) {
		return q
	}
	sel, out := *s, *q
	sel.Items = slices.Clone(s.Items)
	for i := range sel.Items {
		sel.Items[i].Expr = e.typedLiteral(sel.Items[i].Expr, t.Columns[targets[i]].Type)
	}
	out.Body = &sel
	return &out
}

// typedLiteral is a literal that has no type of its own, or the value of a parameter, as one of a type; other expressions
// are as they are.
func (e *Env) typedLiteral(x sql.Expr, t types.Type) sql.Expr {
	switch p := x.(type) {
	case *sql.StringLit:
	case *sql.Param:
		value, err := e.param(p)
		if err != nil {
			return x
		}
		if _, fits := expr.Assign(value, t); !fits {
			return x
		}
	default:
		return x
	}
	return &sql.Cast{Node: sql.Node{At: x.Pos()}, X: x, Type: t}
}

// fill makes rows of all stored columns out of rows of the targets: what is not given has its default.
func (e *Env) fill(b *binder, t *catalog.Table, targets []int, n logical.Node, pos sqlerr.Pos) (logical.Node, error) {
	in := n.Schema()
	p := &logical.Project{Input: n, At: pos}
next:
	for _, c := range storedColumns(t) {
		p.Names = append(p.Names, t.Columns[c].Name)
		for k, at := range targets {
			if at == c {
				p.Exprs = append(p.Exprs, expr.NewColumn(k, in[k].Name, in[k].Type, pos))
				continue next
			}
		}
		x, err := e.defaultOf(b, t, c, pos)
		if err != nil {
			return nil, err
		}
		p.Exprs = append(p.Exprs, x)
	}
	return p, nil
}

// defaultExpr is a column's default as it was written, at a place.
func defaultExpr(t *catalog.Table, column int, pos sqlerr.Pos) (sql.Expr, error) {
	text := t.Columns[column].Default
	if text == "" {
		return &sql.NullLit{Node: sql.Node{At: pos}}, nil
	}
	x, err := sql.ParseExpr(text)
	if err != nil {
		return nil, at(err, pos)
	}
	return sql.PlaceExpr(x, pos), nil
}

// defaultOf is a column's default, of its type.
func (e *Env) defaultOf(b *binder, t *catalog.Table, column int, pos sqlerr.Pos) (expr.Expr, error) {
	ast, err := defaultExpr(t, column, pos)
	if err != nil {
		return nil, err
	}
	x, err := (&exprBinder{b: b, rel: &relation{}, noAgg: "DEFAULT"}).bind(ast)
	if err != nil {
		return nil, err
	}
	out, ok := expr.Assign(x, t.Columns[column].Type)
	if !ok {
		return nil, notAssignable(t, column, x.Type(), "", pos)
	}
	return out, nil
}
