package planner

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"millrace/catalog"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// binder resolves names and types of one statement.
type binder struct {
	env   *Env
	ctx   context.Context
	outer *outerScope    // the query around this one; nil: none
	views []catalog.Name // those that are bound around this
	// target, where it is not nil, is the table that a statement changes, which has its rows' keys as in keyed.
	target *sql.TableName
	keyed  *catalog.Table
	read   map[*relation]bool // the CTEs that something has read
	loose  *sql.Select        // whose literals get their types from the other side of a set operation
}

// query binds WITH, the body, ORDER BY and LIMIT.
func (b *binder) query(q *sql.Query, outer map[string]*relation) (*relation, error) {
	ctes := outer
	if len(q.With) > 0 {
		ctes = map[string]*relation{}
		for k, v := range outer {
			ctes[k] = v
		}
		for i, c := range q.With {
			if slices.ContainsFunc(q.With[:i], func(o sql.CTE) bool { return o.Name.Text == c.Name.Text }) {
				return nil, sqlerr.New("42712", c.Name.Pos(), "WITH query name %q specified more than once", c.Name.Text)
			}
			var rel *relation
			var err error
			recursive := false
			if q.Recursive {
				if rel, recursive, err = b.recursive(c, ctes); err != nil {
					return nil, err
				}
			}
			if !recursive {
				rel, err = b.query(c.Query, ctes)
			}
			if err != nil {
				return nil, err
			}
			if rel, err = settle(rel); err != nil {
				return nil, err
			}
			name := c.Name
			if rel, err = rel.rename(sql.Alias{Name: &name, Columns: c.Columns}); err != nil {
				return nil, err
			}
			ctes[c.Name.Text] = rel
		}
	}
	var rel *relation
	var sorter func(sql.OrderItem) (expr.Expr, error)
	var err error
	switch body := q.Body.(type) {
	case *sql.Select:
		return b.selectQuery(q, body, ctes)
	case *sql.SetOp:
		rel, err = b.setOp(body, ctes)
	case *sql.Values:
		rel, err = b.values(body, ctes)
	case *sql.Query:
		rel, err = b.query(body, ctes)
	default:
		return nil, sqlerr.New(sqlerr.Internal, q.Pos(), "query holds a %T", q.Body)
	}
	if err != nil {
		return nil, err
	}
	_, isSetOp := q.Body.(*sql.SetOp)
	sorter = func(o sql.OrderItem) (expr.Expr, error) {
		if id, ok := o.Expr.(*sql.Ident); isSetOp && !(ok && len(id.Parts) == 1) {
			if _, ok, _ := ordinal(o.Expr, len(rel.cols), "ORDER BY"); !ok {
				return nil, sqlerr.New(sqlerr.FeatureNotSupported, o.Expr.Pos(), "invalid UNION/INTERSECT/EXCEPT ORDER BY clause").
					WithDetail("Only result column names can be used, not expressions or functions.").
					WithHint("Add the expression to every SELECT, or move the set operation into a FROM clause.")
			}
		}
		return b.orderByOutput(o, rel)
	}
	if rel.node, err = b.orderLimit(q, rel.node, sorter); err != nil {
		return nil, err
	}
	return rel, nil
}

// orderLimit puts ORDER BY, OFFSET and LIMIT on top of node.
func (b *binder) orderLimit(q *sql.Query, node logical.Node, sorter func(sql.OrderItem) (expr.Expr, error)) (logical.Node, error) {
	if len(q.OrderBy) > 0 {
		s := &logical.Sort{Input: node, At: q.OrderBy[0].Expr.Pos()}
		for _, o := range q.OrderBy {
			e, err := sorter(o)
			if err != nil {
				return nil, err
			}
			by := logical.Order{Expr: e, Desc: o.Desc, NullsFirst: o.Desc}
			if o.NullsFirst != nil {
				by.NullsFirst = *o.NullsFirst
			}
			s.By = append(s.By, by)
		}
		node = s
	}
	return b.limit(q, node)
}

func (b *binder) limit(q *sql.Query, node logical.Node) (logical.Node, error) {
	if q.Limit == nil && q.Offset == nil {
		return node, nil
	}
	l := &logical.Limit{Input: node, N: logical.NoLimit, At: q.Pos()}
	for _, part := range []struct {
		name, negative string
		e              sql.Expr
		into           *int64
	}{{"LIMIT", "2201W", q.Limit, &l.N}, {"OFFSET", "2201X", q.Offset, &l.Offset}} {
		if part.e == nil {
			continue
		}
		e, err := b.expr(part.e, &relation{})
		if err != nil && unknownName(err) {
			return nil, sqlerr.New("42P10", part.e.Pos(), "argument of %s must not contain variables", part.name).
				WithHint("Number the rows with row_number() OVER (…), and compare that with the column in QUALIFY.")
		}
		if err != nil {
			return nil, err
		}
		if e.Type().Kind == types.Unknown || e.Type().Kind == types.Decimal || e.Type().Kind == types.Float64 {
			if e, err = expr.NewCast(e, types.Of(types.Int64), false, part.e.Pos()); err != nil { // as PostgreSQL reads '2' and 2.5
				return nil, err
			}
		}
		if e, err = expr.Fold(e, b.env.exprCtx()); err != nil {
			return nil, err
		}
		lit, ok := e.(*expr.Literal)
		if ok && lit.Value == nil || e.Type().Integer() && expr.HasParam(e) {
			continue // LIMIT NULL is no limit; one that nobody knows yet may be any
		}
		n, isInt := int64(0), false
		if ok && lit.Type().Integer() {
			n, isInt = lit.Value.(int64)
		}
		if !isInt {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, part.e.Pos(), "%s takes a constant whole number", part.name)
		}
		if n < 0 {
			return nil, sqlerr.New(part.negative, part.e.Pos(), "%s must not be negative", part.name)
		}
		*part.into = n
		l.At = part.e.Pos()
	}
	if !q.Ties {
		return l, nil
	}
	sort, ok := node.(*logical.Sort)
	switch {
	case !ok:
		return nil, sqlerr.New(sqlerr.SyntaxError, l.At, "WITH TIES cannot be specified without ORDER BY clause").
			WithHint("Say by what rows are ties with ORDER BY, or write ONLY.")
	case l.N == logical.NoLimit:
		return l, nil
	}
	return withTies(sort, l.N, l.Offset)
}

// orderByOutput binds an item of ORDER BY over the columns of the result alone.
func (b *binder) orderByOutput(o sql.OrderItem, rel *relation) (expr.Expr, error) {
	if i, ok, err := ordinal(o.Expr, len(rel.cols), "ORDER BY"); err != nil || ok {
		if err != nil {
			return nil, err
		}
		return rel.column(i, o.Expr.Pos()), nil
	}
	return b.expr(o.Expr, rel)
}

// ordinal reads a bare whole number as the position of an output column.
func ordinal(e sql.Expr, columns int, clause string) (int, bool, error) {
	var text string
	switch lit := e.(type) {
	case *sql.NumberLit:
		text = lit.Text
	case *sql.StringLit, *sql.BoolLit, *sql.NullLit:
	default:
		return 0, false, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		return 0, false, sqlerr.New(sqlerr.SyntaxError, e.Pos(), "non-integer constant in %s", clause)
	}
	if n < 1 || n > columns {
		return 0, false, sqlerr.New("42P10", e.Pos(), "%s position %d is not in the select list", clause, n).
			WithHint("The select list has %d columns.", columns)
	}
	return n - 1, true, nil
}

// settle makes TEXT of the columns whose type nothing has told: NULLs.
func settle(r *relation) (*relation, error) {
	cols := slices.Clone(r.cols)
	for i := range cols {
		if cols[i].typ.Kind == types.Unknown {
			cols[i].typ = types.Of(types.Text)
		}
	}
	n, err := castColumns(r, cols)
	return &relation{node: n, cols: cols}, err
}

// castColumns projects a relation to the given names and types, if it does not have them already.
func castColumns(r *relation, to []scopeColumn) (logical.Node, error) {
	r = castLiterals(r, to)
	same := true
	p := &logical.Project{Input: r.node, At: r.node.Pos()}
	have := r.node.Schema()
	for i, c := range to {
		e := r.column(i, r.node.Pos())
		same = same && have[i].Name == c.name
		if !c.typ.Equal(r.cols[i].typ) {
			cast, ok := expr.Coerce(e, c.typ)
			if !ok {
				return nil, sqlerr.New(sqlerr.CannotCoerce, r.node.Pos(), "cannot convert %s to %s", r.cols[i].typ, c.typ)
			}
			e, same = cast, false
		}
		p.Exprs, p.Names = append(p.Exprs, e), append(p.Names, c.name)
	}
	if same {
		return r.node, nil
	}
	return p, nil
}

// castLiterals gives literals of a projection, whose types nothing has told, those of to.
func castLiterals(r *relation, to []scopeColumn) *relation {
	p, ok := r.node.(*logical.Project)
	if !ok {
		return r
	}
	out := &relation{cols: slices.Clone(r.cols)}
	c := *p
	c.Exprs = slices.Clone(p.Exprs)
	changed := false
	for i, col := range r.cols {
		_, literal := c.Exprs[i].(*expr.Literal)
		if !literal && !expr.Untyped(c.Exprs[i]) || col.typ.Kind != types.Unknown || to[i].typ.Kind == types.Unknown {
			continue
		}
		if e, ok := expr.Coerce(c.Exprs[i], to[i].typ); ok {
			c.Exprs[i], out.cols[i].typ, changed = e, to[i].typ, true
		}
	}
	if !changed {
		return r
	}
	out.node = &c
	return out
}

func (b *binder) body(body sql.Body, ctes map[string]*relation) (*relation, error) {
	if q, ok := body.(*sql.Query); ok {
		return b.query(q, ctes)
	}
	return b.query(&sql.Query{Node: sql.Node{At: body.Pos()}, Body: body}, ctes)
}

func rowsHaveSubquery(v *sql.Values) bool {
	return slices.ContainsFunc(v.Rows, func(row []sql.Expr) bool { return slices.ContainsFunc(row, hasSubquery) })
}

// valuesOfQueries binds VALUES that has subqueries: as SELECT of each row, put together.
func (b *binder) valuesOfQueries(v *sql.Values, ctes map[string]*relation) (*relation, error) {
	var all sql.Body
	for _, row := range v.Rows {
		if len(row) != len(v.Rows[0]) {
			return nil, sqlerr.New(sqlerr.SyntaxError, row[0].Pos(), "this row of VALUES has %d columns, the first has %d", len(row), len(v.Rows[0]))
		}
		s := &sql.Select{Node: sql.Node{At: row[0].Pos()}}
		for i, e := range row {
			name := sql.Name{Node: sql.Node{At: e.Pos()}, Text: fmt.Sprintf("column%d", i+1)}
			s.Items = append(s.Items, sql.SelectItem{Node: name.Node, Expr: e, Alias: &name})
		}
		if all == nil {
			all = s
		} else {
			all = &sql.SetOp{Node: s.Node, Op: "UNION", All: true, Left: all, Right: s}
		}
	}
	return b.body(all, ctes)
}

// values binds VALUES, whose columns are column1, column2, ….
func (b *binder) values(v *sql.Values, ctes map[string]*relation) (*relation, error) {
	if rowsHaveSubquery(v) {
		return b.valuesOfQueries(v, ctes)
	}
	width := len(v.Rows[0])
	rows := make([][]expr.Expr, len(v.Rows))
	for i, row := range v.Rows {
		if len(row) != width {
			return nil, sqlerr.New(sqlerr.SyntaxError, v.Pos(), "VALUES lists must all be the same length: row %d has %d, the first %d", i+1, len(row), width)
		}
		for _, e := range row {
			x, err := b.expr(e, &relation{})
			if err != nil {
				return nil, err
			}
			rows[i] = append(rows[i], x)
		}
	}
	node := &logical.Values{Rows: rows, At: v.Pos()}
	rel := &relation{node: node}
	for c := range width {
		ts := make([]types.Type, len(rows))
		for i := range rows {
			ts[i] = rows[i][c].Type()
		}
		t, ok := expr.CommonType(ts)
		if !ok {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, rows[0][c].Pos(), "VALUES types of column %d cannot be matched", c+1).WithHint("Cast them to one type.")
		}
		if t.Kind == types.Unknown {
			t = types.Of(types.Text)
		}
		for i := range rows {
			e, ok := expr.Coerce(rows[i][c], t)
			if !ok {
				return nil, sqlerr.New(sqlerr.CannotCoerce, rows[i][c].Pos(), "cannot convert %s to %s", rows[i][c].Type(), t)
			}
			rows[i][c] = e
		}
		name := fmt.Sprintf("column%d", c+1)
		node.Out = append(node.Out, types.Column{Name: name, Type: t})
		rel.cols = append(rel.cols, scopeColumn{name: name, typ: t})
	}
	return rel, nil
}

func (e *Env) exprCtx() *expr.Ctx { return &expr.Ctx{Mem: allocator, Now: e.Now} }
