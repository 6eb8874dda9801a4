package planner

import (
	"cmp"
	"slices"

	"millrace/exec"
	"millrace/flow"
	"millrace/planner/logical"
	"millrace/sqlerr"
)

// recursive lowers the seed and what the step does not compute anew each time as steps of the plan, and the rest of the
// step as a tree that runs inside of one operator.
func (l *lowering) recursive(n *logical.Recursive, most int64) (*flow.Node, error) {
	schema := n.Schema()
	seed, err := l.lower(n.Seed)
	if err != nil {
		return nil, err
	}
	gather := func(in *flow.Node) flow.Edge {
		if in.Parallelism == 1 {
			return flow.Edge{From: in}
		}
		return flow.Edge{From: in, Exchange: flow.Exchange{Mode: flow.Gather}}
	}
	edges := []flow.Edge{gather(seed)}
	var cut func(n logical.Node) (logical.Node, error)
	cut = func(n logical.Node) (logical.Node, error) {
		if _, ok := n.(*logical.WorkTable); ok {
			return n, nil
		}
		if _, ok := n.(*logical.Recursive); ok && readsWorkTable(n, "") {
			return nil, sqlerr.Unsupported(n.Pos(), "a recursive query that reads the rows of another's step", "Put its rows into a table first.")
		}
		if !readsWorkTable(n, "") {
			in, err := l.lower(n)
			if err != nil {
				return nil, err
			}
			edges = append(edges, gather(in))
			return &logical.WorkTable{Name: "input", Port: len(edges) - 1, Out: n.Schema(), At: n.Pos()}, nil
		}
		inputs := slices.Clone(n.Inputs())
		for i := range inputs {
			var err error
			if inputs[i], err = cut(inputs[i]); err != nil {
				return nil, err
			}
		}
		return n.WithInputs(inputs), nil
	}
	step, err := cut(n.Step)
	if err != nil {
		return nil, err
	}
	env := *l.env
	env.Parallelism = 1
	inner := &lowering{env: &env, prefix: l.prefix}
	root, err := inner.lower(step)
	if err != nil {
		return nil, err
	}
	spec := exec.Recursive{Name: n.Name, Step: root, Ports: len(edges), All: n.All, Steps: cmp.Or(l.env.RecursionLimit, DefaultRecursionLimit), Most: most, Out: schema}
	return l.node("recursive", spec, schema, 1, edges...), nil
}

// readsWorkTable reports whether a tree reads the rows of the step before: of the recursion around it, not of one inside,
// nor of the recursion own.
func readsWorkTable(n logical.Node, own string) bool {
	switch n := n.(type) {
	case *logical.WorkTable:
		return n.Name != own
	case *logical.Recursive:
		return readsWorkTable(n.Seed, own) || readsWorkTable(n.Step, n.Name)
	}
	return slices.ContainsFunc(n.Inputs(), func(in logical.Node) bool { return readsWorkTable(in, own) })
}

// limited lowers the input of a LIMIT; a recursive query under it makes no more rows than that.
func (l *lowering) limited(n *logical.Limit) logical.Node {
	if n.N == logical.NoLimit {
		return n.Input
	}
	switch in := n.Input.(type) {
	case *logical.Recursive:
		c := *in
		c.MaxRows = n.N + n.Offset
		return &c
	case *logical.Project:
		if r, ok := in.Input.(*logical.Recursive); ok {
			c := *r
			c.MaxRows = n.N + n.Offset
			return in.WithInputs([]logical.Node{&c})
		}
	}
	return n.Input
}
