package sql

import (
	"strings"

	"github.com/pingcap/tidb/pkg/parser/ast"
	"github.com/pingcap/tidb/pkg/parser/opcode"

	"millrace/sqlerr"
)

// Here the expressions of the parser's tree become ours.

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
		return &Between{Node{sqlerr.At(c.out.before(n.Left.OriginTextPosition()))}, xs[0], xs[1], xs[2], n.Not, false}, nil
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
	case *Between:
		return &Between{c.at(n), args[0], args[1], args[2], x.Not, x.Symmetric}, nil
	case distinctOn:
		return &distinctOnExpr{c.at(n), args}, nil
	case fullJoin:
		full := &fullJoinExpr{Node: c.at(n), using: x.using, natural: x.natural}
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
