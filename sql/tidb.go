package sql

import (
	"fmt"
	"strconv"
	"strings"

	tidb "github.com/pingcap/tidb/pkg/parser"
	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/mysql"
	"github.com/pingcap/tidb/pkg/parser/opcode"
	_ "github.com/pingcap/tidb/pkg/parser/test_driver" // the literals of trees; there are none here but a LIMIT's

	"millrace/sqlerr"
)

// parseQuery gives nodes to the query parser and turns its tree into ours.
func (r *rewriter) parseQuery(nodes []*node, end int) (q *Query, err error) {
	err = r.parse(nodes, end, func(c *converter, stmt ast.StmtNode) error {
		set, ok := stmt.(ast.ResultSetNode)
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(c.out.source(0, end)), "this is not a query")
		}
		q, err = c.query(set)
		return err
	})
	return q, err
}

// parseExpr does the same for one expression.
func (r *rewriter) parseExpr(nodes []*node, end int) (e Expr, err error) {
	start := end
	if len(nodes) > 0 {
		start = nodes[0].src
	}
	head := &node{kind: nodeMark, text: "SELECT", src: start}
	err = r.parse(append([]*node{head}, nodes...), end, func(c *converter, stmt ast.StmtNode) error {
		sel, ok := stmt.(*ast.SelectStmt)
		if !ok || len(sel.Fields.Fields) != 1 || sel.Fields.Fields[0].Expr == nil || sel.From != nil {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "one expression is expected here")
		}
		e, err = c.expr(sel.Fields.Fields[0].Expr)
		return err
	})
	return e, err
}

// grammar is the query parser. It is made once a statement: it serves one text at a time.
type grammar struct{ *tidb.Parser }

// parse gives nodes to the query parser and its tree to convert.
func (r *rewriter) parse(nodes []*node, end int, convert func(*converter, ast.StmtNode) error) (err error) {
	c := &converter{r: r, out: &renderer{}, end: end}
	if nodes, err = r.arrange(nodes, end); err != nil {
		return err
	}
	c.out.nodes(nodes)
	text := c.out.b.String()
	defer func() { // a parser that stumbles must not take the process down
		if p := recover(); p != nil {
			err = sqlerr.New(sqlerr.Internal, sqlerr.At(c.out.source(0, end)), "this statement broke the parser").
				WithDetail("%v", p).WithHint("This is a bug of millrace: please report it with the statement.")
		}
	}()
	if r.grammar == nil {
		r.grammar = &grammar{tidb.New()}
		r.grammar.SetSQLMode(mysql.ModeANSIQuotes | mysql.ModePipesAsConcat | mysql.ModeNoBackslashEscapes)
	}
	stmts, _, perr := r.grammar.Parse(text, "", "")
	if perr != nil {
		return c.syntaxError(perr, text)
	}
	if len(stmts) != 1 {
		return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(end), "one query is expected here")
	}
	return convert(c, stmts[0])
}

// converter turns the parser's tree into ours.
type converter struct {
	r   *rewriter
	out *renderer
	end int
}

// syntaxError finds the place that the parser's message is about: it quotes the text from there on.
func (c *converter) syntaxError(err error, text string) error {
	msg := err.Error()
	at := len(text)
	if i := strings.Index(msg, `near "`); i >= 0 {
		rest := msg[i+len(`near "`):]
		total := -1
		if j := strings.LastIndex(rest, "(total length "); j >= 0 {
			_, _ = fmt.Sscanf(rest[j:], "(total length %d)", &total)
		}
		if j := strings.LastIndexByte(rest, '"'); j >= 0 {
			rest = rest[:j]
		}
		if total < 0 {
			total = len(rest)
		}
		at = max(0, len(text)-total)
	}
	src := c.out.source(at, c.end)
	if at >= len(text) || src >= c.end {
		return unexpected(Token{Kind: Bad, Pos: src, End: src}, c.r.text, "")
	}
	return c.r.unexpectedAt(src)
}

// unexpectedAt is the error about the token that stands at a place.
func (r *rewriter) unexpectedAt(src int) error {
	tokens := Tokens(r.text[min(src, len(r.text)):])
	if len(tokens) == 0 || tokens[0].op(";") {
		return unexpected(Token{Kind: Bad, Pos: src, End: src}, r.text, "")
	}
	t := tokens[0]
	t.Pos, t.End = t.Pos+src, t.End+src
	if t.Kind == Bad {
		t.Kind = Operator
	}
	e := unexpected(t, r.text, "")
	if h := habits[strings.ToUpper(t.Text)]; h != "" {
		e.Hint = h
	}
	if t.Kind == Word && reserved[strings.ToUpper(t.Text)] {
		e.Hint = fmt.Sprintf("%s is a keyword: quote it if it is a name.", strings.ToUpper(t.Text))
	}
	return e
}

func slotIndex(name string) int {
	i, err := strconv.Atoi(strings.Trim(name, "`"))
	if err != nil {
		return -1
	}
	return i
}

// slot is what stands for a name of the tree.
func (c *converter) slot(name string) any {
	if i := slotIndex(name); i >= 0 && i < len(c.r.slots) {
		return c.r.slots[i]
	}
	return nil
}

// at is the place in the source of a node of the tree.
func (c *converter) at(n ast.Node) Node {
	return Node{sqlerr.At(c.out.source(n.OriginTextPosition(), c.end))}
}

// unknown is for what no statement of ours can become.
func (c *converter) unknown(n any) error {
	panic(fmt.Sprintf("sql: %T in the tree of %s", n, c.out.b.String()))
}

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
			j.Kind, j.On, j.Using = Full, full.on, full.using
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
	on    Expr
	using []Name
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

func (c *converter) exprs(list []ast.ExprNode) ([]Expr, error) {
	out := make([]Expr, len(list))
	for i, n := range list {
		var err error
		if out[i], err = c.expr(n); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// binaryOps are the operators of the tree as ours.
var binaryOps = map[opcode.Op]string{
	opcode.Plus: "+", opcode.Minus: "-", opcode.Mul: "*", opcode.Div: "/", opcode.Mod: "%", opcode.Xor: "^",
	opcode.EQ: "=", opcode.NE: "<>", opcode.LT: "<", opcode.LE: "<=", opcode.GT: ">", opcode.GE: ">=",
	opcode.LogicAnd: "and", opcode.LogicOr: "or",
}

func (c *converter) expr(n ast.ExprNode) (Expr, error) {
	switch n := n.(type) {
	case *ast.ColumnNameExpr:
		if e, ok := c.slot(n.Name.Name.O).(Expr); ok {
			return e, nil
		}
	case *ast.ParenthesesExpr:
		return c.expr(n.Expr)
	case *ast.BinaryOperationExpr:
		return c.binary(n)
	case *ast.UnaryOperationExpr:
		x, err := c.expr(n.V)
		if err != nil {
			return nil, err
		}
		switch n.Op {
		case opcode.Minus:
			return &Unary{c.at(n), "-", x}, nil
		case opcode.Plus:
			return &Unary{c.at(n), "+", x}, nil
		case opcode.Not, opcode.Not2:
			return &Unary{c.at(n), "not", x}, nil
		}
	case *ast.FuncCallExpr:
		return c.call(n)
	case *ast.PatternInExpr:
		return c.in(n)
	case *ast.BetweenExpr:
		xs, err := c.exprs([]ast.ExprNode{n.Expr, n.Left, n.Right})
		if err != nil {
			return nil, err
		}
		return &Between{Node{sqlerr.At(c.out.before(n.Left.OriginTextPosition()))}, xs[0], xs[1], xs[2], n.Not}, nil
	case *ast.CaseExpr:
		return c.caseOf(n)
	case *ast.RowExpr:
		xs, err := c.exprs(n.Values)
		if err != nil {
			return nil, err
		}
		return &RowLit{Node{xs[0].Pos()}, xs}, nil
	case *ast.SubqueryExpr:
		q, err := c.query(n.Query)
		if err != nil {
			return nil, err
		}
		return &Subquery{c.at(n), q}, nil
	case *ast.ExistsSubqueryExpr:
		sub, err := c.expr(n.Sel)
		if err != nil {
			return nil, err
		}
		s := sub.(*Subquery)
		var e Expr = &Exists{c.at(n), s.Query}
		if n.Not {
			e = &Unary{c.at(n), "not", e}
		}
		return e, nil
	}
	return nil, c.unknown(n)
}

func (c *converter) binary(n *ast.BinaryOperationExpr) (Expr, error) {
	xs, err := c.exprs([]ast.ExprNode{n.L, n.R})
	if err != nil {
		return nil, err
	}
	op, ok := binaryOps[n.Op]
	if !ok {
		return nil, c.unknown(n)
	}
	return &Binary{Node{sqlerr.At(c.out.before(n.R.OriginTextPosition()))}, op, xs[0], xs[1]}, nil
}

func (c *converter) in(n *ast.PatternInExpr) (Expr, error) {
	x, err := c.expr(n.Expr)
	if err != nil {
		return nil, err
	}
	in := &In{X: x, Not: n.Not}
	if n.Sel != nil {
		in.At = sqlerr.At(c.out.before(n.Sel.OriginTextPosition()))
		sub, err := c.expr(n.Sel)
		if err != nil {
			return nil, err
		}
		in.Query = sub.(*Subquery).Query
		return in, nil
	}
	in.At = sqlerr.At(c.out.before(n.List[0].OriginTextPosition()))
	in.List, err = c.exprs(n.List)
	return in, err
}

func (c *converter) caseOf(n *ast.CaseExpr) (Expr, error) {
	out := &Case{Node: c.at(n)}
	var err error
	if n.Value != nil {
		if out.Operand, err = c.expr(n.Value); err != nil {
			return nil, err
		}
	}
	for _, w := range n.WhenClauses {
		xs, err := c.exprs([]ast.ExprNode{w.Expr, w.Result})
		if err != nil {
			return nil, err
		}
		out.Whens = append(out.Whens, When{xs[0], xs[1]})
	}
	if n.ElseClause != nil {
		out.Else, err = c.expr(n.ElseClause)
	}
	return out, err
}

// call turns a call of a slot into what the slot says it is.
func (c *converter) call(n *ast.FuncCallExpr) (Expr, error) {
	if x, ok := c.slot(n.FnName.O).(*ArrayQuery); ok {
		sub, err := c.expr(n.Args[0])
		if err != nil {
			return nil, err
		}
		return &ArrayQuery{x.Node, sub.(*Subquery).Query}, nil
	}
	args, err := c.exprs(n.Args)
	if err != nil {
		return nil, err
	}
	switch x := c.slot(n.FnName.O).(type) {
	case *Call:
		f := *x
		f.Args = args
		return &f, nil
	case *Cast:
		return &Cast{x.Node, args[0], x.Type, x.Try}, nil
	case *Extract:
		return &Extract{x.Node, x.Field, args[0]}, nil
	case *AtTimeZone:
		return &AtTimeZone{c.at(n), args[0], args[1]}, nil
	case *Subscript:
		return &Subscript{x.Node, args[0], args[1]}, nil
	case *FieldOf:
		return &FieldOf{x.Node, args[0], x.Name}, nil
	case *ArrayLit:
		return &ArrayLit{x.Node, args}, nil
	case *RowLit:
		return &RowLit{x.Node, args}, nil
	case operator:
		if q, ok := args[1].(*Quantified); ok && q.X == nil {
			q.Node, q.Op, q.X = c.at(n), strings.ToLower(string(x)), args[0]
			return q, nil
		}
		return &Binary{c.at(n), strings.ToLower(string(x)), args[0], args[1]}, nil
	case quantifier:
		q := &Quantified{Node: c.at(n), All: bool(x), Array: args[0]}
		if sub, ok := args[0].(*Subquery); ok {
			q.Array, q.Query = nil, sub.Query
		}
		return q, nil
	case *Unary:
		return &Unary{c.at(n), x.Op, args[0]}, nil
	case *IsDistinct:
		return &IsDistinct{c.at(n), args[0], args[1], x.Not}, nil
	case *Is:
		return &Is{c.at(n), args[0], x.What, x.Not}, nil
	case *Like:
		l := &Like{Node: c.at(n), Op: x.Op, X: args[0], Pattern: args[1], Not: x.Not}
		if len(args) > 2 {
			l.Escape = args[2]
		}
		return l, nil
	case distinctOn:
		return &distinctOnExpr{c.at(n), args}, nil
	case fullJoin:
		full := &fullJoinExpr{Node: c.at(n), using: x.using}
		if len(args) > 0 {
			full.on = args[0]
		}
		return full, nil
	case *clauses:
		return &clausesExpr{c.at(n), x}, nil
	case *GroupItem:
		return &groupExpr{c.at(n), x}, nil
	}
	return nil, c.unknown(n)
}
