package planner

import (
	"millrace/expr"
	"millrace/planner/logical"
)

// foldConstants computes what does not depend on any row, and drops a filter that is always true.
var foldConstants = Rule{
	Name: "fold-constants",
	Doc:  "Compute expressions that depend on no column once, while planning.",
	Apply: func(e *Env, n logical.Node) (logical.Node, bool, error) {
		ctx := e.exprCtx()
		changed := false
		fold := func(x expr.Expr) (expr.Expr, error) {
			out, err := expr.Fold(x, ctx)
			if err == nil && out != x && !expr.Equal(out, x) {
				changed = true
				return out, nil
			}
			return x, err
		}
		out, err := mapExprs(n, fold)
		if err != nil || !changed {
			return n, false, err
		}
		if f, ok := out.(*logical.Filter); ok {
			if lit, ok := f.Where.(*expr.Literal); ok && lit.Value == true {
				return f.Input, true, nil
			}
		}
		return out, true, nil
	},
}

// mapExprs is the node with f applied to each of its expressions.
func mapExprs(n logical.Node, f func(expr.Expr) (expr.Expr, error)) (logical.Node, error) {
	all := func(es []expr.Expr) ([]expr.Expr, error) {
		out := make([]expr.Expr, len(es))
		for i, x := range es {
			var err error
			if out[i], err = f(x); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
	calls := func(cs []logical.AggCall) ([]logical.AggCall, error) {
		out := make([]logical.AggCall, len(cs))
		for i, c := range cs {
			var err error
			if c.Args, err = all(c.Args); err != nil {
				return nil, err
			}
			if c.Filter != nil {
				if c.Filter, err = f(c.Filter); err != nil {
					return nil, err
				}
			}
			out[i] = c
		}
		return out, nil
	}
	var err error
	switch n := n.(type) {
	case *logical.Filter:
		c := *n
		c.Where, err = f(n.Where)
		return &c, err
	case *logical.Values:
		c := *n
		c.Rows = make([][]expr.Expr, len(n.Rows))
		for i, row := range n.Rows {
			if c.Rows[i], err = all(row); err != nil {
				return nil, err
			}
		}
		return &c, nil
	case *logical.Join:
		c := *n
		if n.On != nil {
			c.On, err = f(n.On)
		}
		return &c, err
	case *logical.Apply:
		c := *n
		c.Refs = append([]logical.Ref(nil), n.Refs...)
		for i := range c.Refs {
			if c.Refs[i].Value, err = f(c.Refs[i].Value); err != nil {
				return nil, err
			}
		}
		if n.On != nil {
			c.On, err = f(n.On)
		}
		return &c, err
	case *logical.Project:
		c := *n
		c.Exprs, err = all(n.Exprs)
		return &c, err
	case *logical.Aggregate:
		c := *n
		if c.Keys, err = all(n.Keys); err != nil {
			return nil, err
		}
		c.Calls, err = calls(n.Calls)
		return &c, err
	case *logical.WindowAggregate:
		c := *n
		if c.Keys, err = all(n.Keys); err != nil {
			return nil, err
		}
		c.Calls, err = calls(n.Calls)
		return &c, err
	case *logical.Over:
		return n.Map(f)
	case *logical.Expand:
		c := *n
		c.Keys, err = all(n.Keys)
		return &c, err
	case *logical.Unnest:
		c := *n
		c.Calls, err = mapCalls(n.Calls, f)
		return &c, err
	case *logical.Sort:
		c := *n
		c.By = append([]logical.Order(nil), n.By...)
		for i := range c.By {
			if c.By[i].Expr, err = f(c.By[i].Expr); err != nil {
				return nil, err
			}
		}
		return &c, nil
	}
	return n, nil
}

// mapCalls is set-returning calls with f applied to them.
func mapCalls(calls []*expr.SetCall, f func(expr.Expr) (expr.Expr, error)) ([]*expr.SetCall, error) {
	out := make([]*expr.SetCall, len(calls))
	for i, c := range calls {
		e, err := f(c)
		if err != nil {
			return nil, err
		}
		out[i] = e.(*expr.SetCall)
	}
	return out, nil
}
