package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// setOp binds UNION, INTERSECT and EXCEPT. The types of each two sides are brought together, as PostgreSQL does: of
// three, first those of the two that go together.
func (b *binder) setOp(s *sql.SetOp, ctes map[string]*relation) (*relation, error) {
	left, err := b.side(s.Left, ctes)
	if err != nil {
		return nil, err
	}
	right, err := b.side(s.Right, ctes)
	if err != nil {
		return nil, err
	}
	if len(left.cols) != len(right.cols) {
		return nil, sqlerr.New(sqlerr.SyntaxError, s.Right.Pos(), "each %s query must have the same number of columns: %d and %d", s.Op, len(left.cols), len(right.cols))
	}
	cols := make([]scopeColumn, len(left.cols))
	for i := range cols {
		t, ok := expr.CommonType([]types.Type{left.cols[i].typ, right.cols[i].typ})
		if !ok {
			return nil, sqlerr.New(sqlerr.DatatypeMismatch, outputPositions(right.node)[i], "%s types %s and %s cannot be matched", s.Op, left.cols[i].typ, right.cols[i].typ).
				WithHint("Cast one side.")
		}
		cols[i] = scopeColumn{name: left.cols[i].name, typ: t}
	}
	l, err := castColumns(left, cols)
	if err != nil {
		return nil, err
	}
	r, err := castColumns(right, cols)
	if err != nil {
		return nil, err
	}
	if s.Op != "UNION" {
		return &relation{node: &logical.SetOp{Except: s.Op == "EXCEPT", All: s.All, Left: l, Right: r, At: s.Pos()}, cols: cols}, nil
	}
	var all []logical.Node
	for _, n := range []logical.Node{l, r} {
		if u, ok := n.(*logical.Union); ok {
			all = append(all, u.All...)
		} else {
			all = append(all, n)
		}
	}
	var node logical.Node = &logical.Union{All: all, At: s.Pos()}
	if !s.All {
		node = &logical.Distinct{Input: node, At: s.Pos()}
	}
	return &relation{node: node, cols: cols}, nil
}

// side binds one side of a set operation, whose literals may get their types from the other.
func (b *binder) side(body sql.Body, ctes map[string]*relation) (*relation, error) {
	if s, ok := body.(*sql.Select); ok {
		b.loose = s
	}
	return b.body(body, ctes)
}
