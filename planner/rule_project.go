package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
)

// mergeProjects makes one projection of two.
var mergeProjects = Rule{
	Name: "merge-projects",
	Doc:  "Make one projection of two, where no work is done twice for it; drop one that changes nothing.",
	Apply: func(_ *Env, n logical.Node) (logical.Node, bool, error) {
		p, ok := n.(*logical.Project)
		if !ok {
			return n, false, nil
		}
		in, ok := p.Input.(*logical.Project)
		if !ok || !substitutable(in, p.Exprs) {
			return n, false, nil
		}
		out := &logical.Project{Input: in.Input, Names: p.Names, At: p.At}
		for _, e := range p.Exprs {
			out.Exprs = append(out.Exprs, substitute(e, in.Exprs))
		}
		return out, true, nil
	},
}

// substitute is e with each column replaced by the expression that makes it.
func substitute(e expr.Expr, by []expr.Expr) expr.Expr {
	return expr.Rewrite(e, func(x expr.Expr) expr.Expr {
		if c, ok := x.(*expr.Column); ok {
			return by[c.Index]
		}
		return x
	})
}

// substitutable reports whether the columns of p can be replaced by their expressions in es with no computation done
// more often than before and none whose value would change.
func substitutable(p *logical.Project, es []expr.Expr) bool {
	if volatile(p.Exprs) {
		return false
	}
	uses := make([]int, len(p.Exprs))
	for _, e := range es {
		expr.Walk(e, func(x expr.Expr) bool {
			if c, ok := x.(*expr.Column); ok {
				uses[c.Index]++
			}
			return true
		})
	}
	for i, n := range uses {
		if n > 1 && !cheap(p.Exprs[i]) {
			return false
		}
	}
	return true
}

func cheap(e expr.Expr) bool {
	switch e.(type) {
	case *expr.Column, *expr.Literal:
		return true
	}
	return false
}

func volatile(es []expr.Expr) bool {
	for _, e := range es {
		if expr.Volatile(e) {
			return true
		}
	}
	return false
}
