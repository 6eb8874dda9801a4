package sql

import (
	"fmt"
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"

	"millrace/sqlerr"
)

// Here the parser's tree of a query becomes ours; its expressions do in tidb_expr.go.

func (c *converter) query(n ast.ResultSetNode) (*Query, error) {
	q := &Query{}
	var err error
	switch n := n.(type) {
	case *ast.SelectStmt:
		if q.With, q.Recursive, err = c.with(n.With); err != nil {
			return nil, err
		}
		if q.Body, err = c.selectBody(n); err != nil {
			return nil, err
		}
		if q.OrderBy, err = c.orderBy(n.OrderBy); err != nil {
			return nil, err
		}
		q.At = q.Body.Pos()
		return q, c.limit(q, n.Limit)
	case *ast.SetOprStmt:
		if q.With, q.Recursive, err = c.with(n.With); err != nil {
			return nil, err
		}
		if q.Body, err = c.setOp(n.SelectList.Selects); err != nil {
			return nil, err
		}
		if q.OrderBy, err = c.orderBy(n.OrderBy); err != nil {
			return nil, err
		}
		q.At = q.Body.Pos()
		return q, c.limit(q, n.Limit)
	case *ast.SubqueryExpr:
		return c.query(n.Query)
	}
	return nil, c.unknown(n)
}

func (c *converter) with(w *ast.WithClause) (out []CTE, recursive bool, err error) {
	if w == nil {
		return nil, false, nil
	}
	for _, x := range w.CTEs {
		a, ok := c.slot(x.Name.O).(Alias)
		if !ok {
			return nil, false, c.unknown(x)
		}
		q, err := c.query(x.Query.Query)
		if err != nil {
			return nil, false, err
		}
		out = append(out, CTE{Name: *a.Name, Columns: a.Columns, Query: q})
	}
	return out, w.IsRecursive, nil
}

func (c *converter) orderBy(o *ast.OrderByClause) (out []OrderItem, err error) {
	if o == nil {
		return nil, nil
	}
	for _, item := range o.Items {
		call, ok := item.Expr.(*ast.FuncCallExpr)
		if !ok {
			return nil, c.unknown(item.Expr)
		}
		ours := *c.slot(call.FnName.O).(*OrderItem)
		if ours.Expr, err = c.expr(call.Args[0]); err != nil {
			return nil, err
		}
		out = append(out, ours)
	}
	return out, nil
}

func (c *converter) limit(q *Query, l *ast.Limit) error {
	if l == nil {
		return nil
	}
	n, ok := l.Count.(ast.ValueExpr)
	if !ok {
		return c.unknown(l.Count)
	}
	lim, ok := c.slot(fmt.Sprint(n.GetValue())).(*limits)
	if !ok {
		return c.unknown(l)
	}
	q.Limit, q.Offset, q.Ties = lim.limit, lim.offset, lim.ties
	return nil
}

// setOp folds a list of queries from the left, after INTERSECT, which binds tighter.
func (c *converter) setOp(list []ast.Node) (Body, error) {
	type side struct {
		body Body
		op   string // that joins it to the side before it
		all  bool
	}
	var sides []side
	for i, n := range list {
		body, op, err := c.setSide(n)
		if err != nil {
			return nil, err
		}
		s := side{body: body}
		if i > 0 {
			word := strings.Fields(op.String())
			s.op, s.all = word[0], len(word) > 1 && word[1] == "ALL"
		}
		if last := len(sides) - 1; s.op == "INTERSECT" {
			sides[last].body = &SetOp{Node: Node{sides[last].body.Pos()}, Op: s.op, All: s.all, Left: sides[last].body, Right: body}
			continue
		}
		sides = append(sides, s)
	}
	left := sides[0].body
	for _, s := range sides[1:] {
		left = &SetOp{Node: Node{left.Pos()}, Op: s.op, All: s.all, Left: left, Right: s.body}
	}
	return left, nil
}

func (c *converter) setSide(n ast.Node) (Body, *ast.SetOprType, error) {
	switch n := n.(type) {
	case *ast.SelectStmt:
		q, err := c.query(n)
		if err != nil {
			return nil, nil, err
		}
		return simplest(q), n.AfterSetOperator, nil
	case *ast.SetOprSelectList:
		inner, err := c.setOp(n.Selects)
		if err != nil {
			return nil, nil, err
		}
		q := &Query{Node: Node{inner.Pos()}, Body: inner}
		if q.With, q.Recursive, err = c.with(n.With); err != nil {
			return nil, nil, err
		}
		if q.OrderBy, err = c.orderBy(n.OrderBy); err != nil {
			return nil, nil, err
		}
		if err := c.limit(q, n.Limit); err != nil {
			return nil, nil, err
		}
		return simplest(q), n.AfterSetOperator, nil
	}
	return nil, nil, c.unknown(n)
}

// simplest takes the wrapping off a query that is nothing but its body.
func simplest(q *Query) Body {
	if len(q.With) == 0 && len(q.OrderBy) == 0 && q.Limit == nil && q.Offset == nil {
		return q.Body
	}
	return q
}

func (c *converter) selectBody(n *ast.SelectStmt) (Body, error) {
	if n.Kind == ast.SelectStmtKindValues {
		v := &Values{}
		for _, row := range n.Lists {
			exprs, err := c.exprs(row.Values)
			if err != nil {
				return nil, err
			}
			if v.At == 0 {
				v.At = sqlerr.At(c.out.keyword("VALUES", row.Values[0].OriginTextPosition()))
			}
			v.Rows = append(v.Rows, exprs)
		}
		return v, nil
	}
	s := &Select{Distinct: n.Distinct}
	var err error
	for i, f := range n.Fields.Fields {
		item, err := c.field(f)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			s.At = sqlerr.At(c.out.keyword("SELECT", f.Offset))
		}
		switch head := item.Expr.(type) {
		case *distinctOnExpr:
			s.DistinctOn = head.exprs
			continue
		case *clausesExpr:
			s.Qualify, s.Windows = head.qualify, head.windows
			continue
		}
		s.Items = append(s.Items, item)
	}
	if n.From != nil {
		if s.From, err = c.tableRef(n.From.TableRefs); err != nil {
			return nil, err
		}
	}
	if n.Where != nil {
		if s.Where, err = c.expr(n.Where); err != nil {
			return nil, err
		}
	}
	if n.GroupBy != nil {
		for _, item := range n.GroupBy.Items {
			e, err := c.expr(item.Expr)
			if err != nil {
				return nil, err
			}
			if g, ok := e.(*groupExpr); ok {
				s.GroupBy = append(s.GroupBy, *g.item)
				continue
			}
			s.GroupBy = append(s.GroupBy, GroupItem{Node: Node{e.Pos()}, Expr: e})
		}
	}
	if n.Having != nil {
		if s.Having, err = c.expr(n.Having.Expr); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// clausesExpr and distinctOnExpr stand in the select list until the Select is made, groupExpr in GROUP BY.
type clausesExpr struct {
	Node
	*clauses
}

type groupExpr struct {
	Node
	item *GroupItem
}

func (*clausesExpr) expr() {}
func (*groupExpr) expr()   {}

type distinctOnExpr struct {
	Node
	exprs []Expr
}

func (*distinctOnExpr) expr() {}

func (c *converter) field(f *ast.SelectField) (SelectItem, error) {
	item := SelectItem{}
	if f.WildCard != nil {
		item.Star = true
		item.Node = Node{sqlerr.At(c.out.source(f.Offset, c.end))}
		if name := f.WildCard.Table.O; name != "" {
			item.Table = c.slot(name).(wildcard)
		}
		return item, nil
	}
	e, err := c.expr(f.Expr)
	if err != nil {
		return item, err
	}
	item.Node, item.Expr = Node{e.Pos()}, e
	if f.AsName.O != "" {
		n, ok := c.slot(f.AsName.O).(Name)
		if !ok {
			return item, c.unknown(f)
		}
		item.Alias = &n
	}
	return item, nil
}

func (c *converter) tableRef(n ast.ResultSetNode) (TableRef, error) {
	switch n := n.(type) {
	case *ast.Join:
		if n.Right == nil {
			return c.tableRef(n.Left)
		}
		return c.join(n)
	case *ast.TableSource:
		return c.tableSource(n)
	case *ast.SelectStmt, *ast.SetOprStmt:
		q, err := c.query(n)
		if err != nil {
			return nil, err
		}
		return &Derived{Node: q.Node, Query: q}, nil
	}
	return nil, c.unknown(n)
}

func (c *converter) join(n *ast.Join) (TableRef, error) {
	j := &Join{Natural: n.NaturalJoin}
	var err error
	if j.Left, err = c.tableRef(n.Left); err != nil {
		return nil, err
	}
	if j.Right, err = c.tableRef(n.Right); err != nil {
		return nil, err
	}
	j.At = j.Right.Pos()
	switch n.Tp {
	case ast.LeftJoin:
		j.Kind = Left
	case ast.RightJoin:
		j.Kind = Right
	}
	if n.On != nil {
		if j.On, err = c.expr(n.On.Expr); err != nil {
			return nil, err
		}
		if full, ok := j.On.(*fullJoinExpr); ok {
			j.Kind, j.On, j.Using, j.Natural = Full, full.on, full.using, full.natural
		}
	}
	for _, u := range n.Using {
		name, ok := c.slot(u.Name.O).(Name)
		if !ok {
			return nil, c.unknown(u)
		}
		j.Using = append(j.Using, name)
	}
	if n.On == nil && len(j.Using) == 0 && !j.Natural && j.Kind == Inner {
		j.Kind = Cross
	}
	return j, nil
}

// fullJoinExpr marks the condition of a FULL JOIN until the Join is made.
type fullJoinExpr struct {
	Node
	on      Expr
	using   []Name
	natural bool
}

func (*fullJoinExpr) expr() {}

func (c *converter) tableSource(n *ast.TableSource) (TableRef, error) {
	var alias Alias
	if n.AsName.O != "" {
		alias, _ = c.slot(n.AsName.O).(Alias)
	}
	switch src := n.Source.(type) {
	case *ast.TableName:
		switch x := c.slot(src.Name.O).(type) {
		case *TableName:
			t := *x
			if alias.Name != nil {
				t.Alias = alias
			}
			return &t, nil
		case *TableFunc:
			f := *x
			f.Alias = alias
			return &f, nil
		}
		return nil, c.unknown(src)
	case *ast.Join:
		return c.tableRef(src)
	}
	q, err := c.query(n.Source)
	if err != nil {
		return nil, err
	}
	return &Derived{Node: q.Node, Query: q, Lateral: n.Lateral, Alias: alias}, nil
}
