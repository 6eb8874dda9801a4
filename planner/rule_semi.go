package planner

import (
	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// worthSemi is how many times more rows a side of a join must have than a semi join over it lets through the keys of,
// for the semi join to come first.
const worthSemi = 10

// pushSemi moves a semi join that lets few rows through below the joins whose rows it filters.
var pushSemi = Rule{
	Name: "push-semi",
	Doc:  "Have a semi join filter the side of a join that it reads, before that is joined, where it has few keys.",
	Apply: func(e *Env, n logical.Node) (logical.Node, bool, error) {
		j, ok := n.(*logical.Join)
		if !ok || j.Kind != exec.SemiJoin || j.On == nil || expr.Volatile(j.On) {
			return n, false, nil
		}
		switch in := j.Left.(type) {
		case *logical.Project:
			return semiBelowProject(j, in)
		case *logical.Join:
			return e.semiBelowJoin(j, in)
		}
		return n, false, nil
	},
}

// semiBelowProject filters the rows that a projection is made of, where the condition reads columns that it only hands on.
func semiBelowProject(j *logical.Join, p *logical.Project) (logical.Node, bool, error) {
	width := len(p.Exprs)
	for _, c := range expr.Columns(j.On) {
		if c < width && !cheap(p.Exprs[c]) || volatile(p.Exprs) {
			return j, false, nil
		}
	}
	below := len(p.Input.Schema())
	out := *j
	out.Left = p.Input
	out.On = expr.Rewrite(j.On, func(x expr.Expr) expr.Expr {
		c, ok := x.(*expr.Column)
		if !ok {
			return x
		}
		if c.Index < width {
			return p.Exprs[c.Index]
		}
		return expr.NewColumn(c.Index-width+below, c.Name, c.Type(), c.Pos())
	})
	return p.WithInputs([]logical.Node{&out}), true, nil
}

func (e *Env) semiBelowJoin(j, in *logical.Join) (logical.Node, bool, error) {
	lw, rw := len(in.Left.Schema()), len(in.Right.Schema())
	if in.Kind != exec.InnerJoin && in.Kind != exec.LeftJoin {
		return j, false, nil
	}
	read := onNone
	for _, c := range expr.Columns(j.On) {
		if c < lw+rw {
			read |= sides{lw}.of(expr.NewColumn(c, "", j.On.Type(), 0))
		}
	}
	side, first, width := in.Left, 0, lw
	switch {
	case read == onRight && in.Kind == exec.InnerJoin:
		side, first, width = in.Right, lw, rw
	case read != onLeft:
		return j, false, nil
	}
	// The joins are not in their order yet, so how many rows they give is anybody's guess: no more than their largest table.
	if worthSemi*e.rows(j.Right) > min(e.rows(side), e.baseRows(side)) {
		return j, false, nil
	}
	semi := *j
	semi.Left = side
	semi.On = expr.Remap(j.On, func(c int) int {
		if c < lw+rw {
			return c - first
		}
		return c - (lw + rw) + width
	})
	if first == 0 {
		return in.WithInputs([]logical.Node{&semi, in.Right}), true, nil
	}
	return in.WithInputs([]logical.Node{in.Left, &semi}), true, nil
}
