package planner

import (
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// outerScope is the columns of the query around a subquery.
type outerScope struct {
	x    *exprBinder // binds a name there
	refs []logical.Ref
}

// inside is the binder of a query that may read the columns of outer.
func (b *binder) inside(outer *outerScope) *binder {
	in := *b
	in.outer = outer
	return &in
}

// outerColumn binds a name that a query does not know itself in the queries around it. missing is the error that it
// does not; it stays where nobody knows the name.
func (b *binder) outerColumn(e *sql.Ident, missing error) (expr.Expr, error) {
	if b.outer == nil || !unknownName(missing) {
		return nil, missing
	}
	value, err := b.outer.x.bind(e)
	if err != nil {
		if unknownName(err) && (sqlerr.Code(missing) == sqlerr.UndefinedColumn || sqlerr.Code(err) == sqlerr.UndefinedTable) {
			err = missing // unless the outer query knows the table and only lacks the column
		}
		return nil, err
	}
	return b.outer.slot(value, e.Pos()), nil
}

// slot stands in the subquery for a value of the row around it.
func (o *outerScope) slot(value expr.Expr, pos sqlerr.Pos) *expr.Slot {
	for _, r := range o.refs {
		if expr.Equal(r.Value, value) {
			return r.Slot
		}
	}
	slot := expr.NewSlot(value.String(), value.Type(), pos)
	o.refs = append(o.refs, logical.Ref{Slot: slot, Value: value})
	return slot
}

func unknownName(err error) bool {
	code := sqlerr.Code(err)
	return code == sqlerr.UndefinedColumn || code == sqlerr.UndefinedTable
}

// subqueries are those of the expressions of one step of a query, in the order in which they were bound. Each value is
// a slot, until place puts the subqueries under the step.
type subqueries struct {
	ctes map[string]*relation
	list []subquery
}

type subquery struct {
	slot  *expr.Slot
	apply logical.Apply // without its Left
}

// place joins the values of the subqueries to the rows of node, each as a column behind those of node, and gives the
// columns of their slots.
func (s *subqueries) place(node logical.Node) (logical.Node, map[*expr.Slot]expr.Expr) {
	at := map[*expr.Slot]expr.Expr{}
	if s == nil {
		return node, at
	}
	for _, q := range s.list {
		width := len(node.Schema())
		a := q.apply
		a.Left = node
		a.Refs = make([]logical.Ref, len(q.apply.Refs))
		for i, r := range q.apply.Refs {
			a.Refs[i] = logical.Ref{Slot: r.Slot, Value: expr.Fill(r.Value, at)}
		}
		if a.On != nil { // its columns are those of the right, as if that stood alone; what is of the left waits in slots
			a.On = expr.Remap(a.On, func(c int) int {
				if c < rightBase {
					return c
				}
				return c - rightBase + width
			})
			a.On = expr.Fill(a.On, at)
		}
		at[q.slot] = expr.NewColumn(width, q.slot.Name, q.slot.Type(), q.slot.Pos())
		node = &a
	}
	s.list = nil
	return node, at
}

// bySide deals the subqueries out to the sides of a join, as they read columns of the one or the other.
func (s *subqueries) bySide(j sides) (left, right *subqueries, ok bool) {
	left, right = &subqueries{ctes: s.ctes}, &subqueries{ctes: s.ctes}
	for _, q := range s.list {
		read := onNone
		of := func(e expr.Expr) {
			for _, c := range expr.Columns(e) {
				if c < rightBase {
					read |= j.of(expr.NewColumn(c, "", q.slot.Type(), 0))
				}
			}
			if len(expr.Slots(e)) > 0 { // another subquery's value
				read = onBoth
			}
		}
		for _, r := range q.apply.Refs {
			of(r.Value)
		}
		if q.apply.On != nil {
			of(q.apply.On)
		}
		switch read {
		case onBoth:
			return nil, nil, false
		case onRight:
			q.apply.Refs = slices.Clone(q.apply.Refs)
			for i, r := range q.apply.Refs {
				q.apply.Refs[i].Value = j.toRight(r.Value)
			}
			if q.apply.On != nil {
				q.apply.On = expr.Remap(q.apply.On, func(c int) int {
					if c < rightBase {
						return c - j.width
					}
					return c
				})
			}
			right.list = append(right.list, q)
		default:
			left.list = append(left.list, q)
		}
	}
	return left, right, true
}

// rightBase sets the columns of a subquery in its condition apart from those of the step, of which it is not yet known
// how many there are.
const rightBase = 1 << 20

// subquery binds a query inside of an expression.
func (x *exprBinder) subquery(q *sql.Query, pos sqlerr.Pos) (*relation, []logical.Ref, error) {
	if x.sub == nil {
		return nil, nil, sqlerr.Unsupported(pos, "a subquery here", "Compute it in a WITH query and join it.")
	}
	outer := &outerScope{x: x}
	rel, err := x.b.inside(outer).query(q, x.sub.ctes)
	if err != nil {
		return nil, nil, err
	}
	if rel, err = settle(rel); err != nil {
		return nil, nil, err
	}
	return rel, outer.refs, nil
}

func (x *exprBinder) place(a logical.Apply, slot *expr.Slot) expr.Expr {
	x.sub.list = append(x.sub.list, subquery{slot: slot, apply: a})
	return slot
}

// scalar is a query as a value: that of its one column of its one row; NULL where it has no row.
func (x *exprBinder) scalar(e *sql.Subquery) (expr.Expr, error) {
	rel, refs, err := x.subquery(e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	if len(rel.cols) != 1 {
		return nil, sqlerr.New(sqlerr.SyntaxError, e.Pos(), "subquery must return only one column, not %d", len(rel.cols))
	}
	kind := exec.SingleJoin
	if atMostOne(rel.node) {
		kind = exec.LeftJoin
	}
	slot := expr.NewSlot(rel.cols[0].name, rel.cols[0].typ, e.Pos())
	return x.place(logical.Apply{Kind: kind, Right: rel.node, Refs: refs, At: e.Pos()}, slot), nil
}

// exists is whether a query has a row.
func (x *exprBinder) exists(e *sql.Exists) (expr.Expr, error) {
	rel, refs, err := x.subquery(e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	node := rel.node
	for { // neither the order nor the values of its rows count
		if p, ok := node.(*logical.Project); ok && !volatile(p.Exprs) {
			node = p.Input
		} else if s, ok := node.(*logical.Sort); ok {
			node = s.Input
		} else {
			break
		}
	}
	slot := expr.NewSlot("exists", types.Of(types.Bool), e.Pos())
	return x.place(logical.Apply{Kind: exec.MarkJoin, Right: node, Refs: refs, Name: "exists", At: e.Pos()}, slot), nil
}

func (x *exprBinder) inQuery(e *sql.In) (expr.Expr, error) {
	out, err := x.compareAny(e.X, "=", e.Query, e.Pos())
	return negate(out, err, e.Not, e.Pos())
}

// opposite is the operator that is true where the other is false.
var opposite = map[string]string{"=": "<>", "<>": "=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}

// quantified is x op ANY (query) or x op ALL (query), which is NOT (x opposite ANY (query)).
func (x *exprBinder) quantified(e *sql.Quantified) (expr.Expr, error) {
	if !e.All {
		return x.compareAny(e.X, e.Op, e.Query, e.Pos())
	}
	op, ok := opposite[e.Op]
	if !ok {
		return nil, sqlerr.Unsupported(e.Pos(), e.Op+" ALL (query)", "Use a comparison, or NOT EXISTS.")
	}
	out, err := x.compareAny(e.X, op, e.Query, e.Pos())
	return negate(out, err, true, e.Pos())
}

// compareAny is whether left op some row of the query: NULL where that is unknown.
func (x *exprBinder) compareAny(left sql.Expr, op string, q *sql.Query, pos sqlerr.Pos) (expr.Expr, error) {
	lefts := []sql.Expr{left}
	if row, ok := left.(*sql.RowLit); ok {
		lefts = row.Elems
	}
	bound, err := x.bindAll(lefts)
	if err != nil {
		return nil, err
	}
	rel, refs, err := x.subquery(q, pos)
	if err != nil {
		return nil, err
	}
	if len(rel.cols) != len(bound) {
		few := "many"
		if len(rel.cols) < len(bound) {
			few = "few"
		}
		return nil, sqlerr.New(sqlerr.SyntaxError, pos, "subquery has too %s columns: %d for %d", few, len(rel.cols), len(bound))
	}
	if len(bound) > 1 && op != "=" {
		return nil, sqlerr.Unsupported(pos, "rows with "+op+" ANY or ALL (query)", "Compare with = ANY or IN, or column by column in EXISTS.")
	}
	var on []expr.Expr
	for i, l := range bound {
		r := expr.NewColumn(rightBase+i, rel.cols[i].name, rel.cols[i].typ, pos)
		c, err := expr.NewCall(op, []expr.Expr{l, r}, pos)
		if err != nil {
			return nil, err
		}
		on = append(on, c)
	}
	slot := expr.NewSlot("in", types.Of(types.Bool), pos)
	return x.place(logical.Apply{
		Kind: exec.MarkJoin, Right: rel.node, Refs: refs, On: expr.And(on), NullAware: len(on), Name: "in", At: pos,
	}, slot), nil
}

// atMostOne reports whether a tree has one row at most.
func atMostOne(n logical.Node) bool {
	switch n := n.(type) {
	case *logical.Aggregate:
		return len(n.Keys) == 0
	case *logical.Values:
		return len(n.Rows) <= 1
	case *logical.Limit:
		return n.N == 0 || n.N == 1 || atMostOne(n.Input)
	case *logical.Filter, *logical.Project, *logical.Sort, *logical.Distinct:
		return atMostOne(n.Inputs()[0])
	}
	return false
}
