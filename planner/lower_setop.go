package planner

import (
	"millrace/exec"
	"millrace/flow"
	"millrace/planner/logical"
)

// setOp brings equal rows of both sides to one instance.
func (l *lowering) setOp(n *logical.SetOp) (*flow.Node, error) {
	schema := n.Schema()
	parallelism, exchange := l.env.Parallelism, flow.Exchange{Mode: flow.Hash, Keys: keyList(0, len(schema))}
	if len(schema) == 0 || parallelism == 1 {
		parallelism, exchange = 1, flow.Exchange{Mode: flow.Gather}
	}
	var edges []flow.Edge
	for _, side := range n.Inputs() {
		in, err := l.lower(side)
		if err != nil {
			return nil, err
		}
		edge := flow.Edge{From: in, Exchange: exchange}
		if parallelism == 1 && in.Parallelism == 1 {
			edge.Exchange = flow.Exchange{Mode: flow.Direct}
		}
		edges = append(edges, edge)
	}
	return l.node("setop", exec.SetOp{Except: n.Except, All: n.All, In: schema}, schema, parallelism, edges...), nil
}
