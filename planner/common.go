package planner

import (
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/types"
)

// shareParts finds what several of exprs compute, or one of them more than once, and gives a projection that computes
// it once, with the columns that exprs read, and exprs over that. nil where nothing is shared. A part counts only
// where every row reaches it: behind a CASE it might fail for rows that the query never asks it of.
func shareParts(exprs []expr.Expr, in types.Schema) (*exec.Project, []expr.Expr) {
	type part struct {
		e     expr.Expr
		times int
	}
	var parts []part
	var count func(e expr.Expr)
	count = func(e expr.Expr) {
		if len(e.Inputs()) == 0 {
			return
		}
		if !expr.Volatile(e) && len(expr.Columns(e)) > 0 && costs(e) {
			i := slices.IndexFunc(parts, func(p part) bool { return expr.Equal(p.e, e) })
			if i >= 0 {
				parts[i].times++
				return // its own parts are shared with it
			}
			parts = append(parts, part{e, 1})
		}
		for _, x := range expr.EagerInputs(e) {
			count(x)
		}
	}
	for _, e := range exprs {
		count(e)
	}
	var shared []expr.Expr
	for _, p := range parts { // a part of a shared one comes behind it, and is shared only if others have it too
		if p.times > 1 {
			shared = append(shared, p.e)
		}
	}
	if len(shared) == 0 {
		return nil, nil
	}
	first := &exec.Project{}
	at := map[int]int{}
	add := func(e expr.Expr, c types.Column) {
		first.Exprs, first.Out = append(first.Exprs, e), append(first.Out, c)
	}
	var replace func(e expr.Expr) expr.Expr
	replace = func(e expr.Expr) expr.Expr {
		if i := indexOf(shared, e); i >= 0 {
			return expr.NewColumn(i, e.String(), e.Type(), e.Pos())
		}
		inputs := e.Inputs()
		changed := slices.Clone(inputs)
		for i, x := range inputs {
			changed[i] = replace(x)
		}
		if c, ok := e.(*expr.Column); ok {
			if _, ok := at[c.Index]; !ok {
				at[c.Index] = len(first.Exprs)
				add(e, in[c.Index])
			}
			return expr.NewColumn(at[c.Index], c.Name, c.Type(), c.Pos())
		}
		if len(inputs) == 0 {
			return e
		}
		return e.WithInputs(changed)
	}
	for _, e := range shared {
		add(e, types.Column{Name: e.String(), Type: e.Type()})
	}
	out := make([]expr.Expr, len(exprs))
	for i, e := range exprs {
		out[i] = replace(e)
	}
	return first, out
}

// costs reports whether computing e again is worth avoiding: a field of a row is not.
func costs(e expr.Expr) bool {
	_, ok := e.(*expr.Call)
	return ok || expr.IsCase(e)
}
