package run

import (
	"slices"

	"millrace/flow"
	"millrace/sources"
	"millrace/sqlerr"
)

// stage is a chain of nodes that run in the same tasks.
type stage struct {
	nodes    []*flow.Node // in the direction of the data
	to       *stage       // nil: the chain ends in a sink
	exchange flow.Exchange
	port     int // of the stage behind
	tasks    []*task
}

func (s *stage) parallelism() int { return s.nodes[0].Parallelism }

// stagesOf cuts plans into stages: a chain goes on along direct edges between nodes of one input and one parallelism.
func stagesOf(roots []*flow.Node) ([]*stage, error) {
	var all []*stage
	seen := map[*flow.Node]bool{}
	var grow func(n *flow.Node, to *stage, port int, ex flow.Exchange) error
	grow = func(n *flow.Node, to *stage, port int, ex flow.Exchange) error {
		st := &stage{to: to, exchange: ex, port: port}
		for {
			if seen[n] {
				return sqlerr.New(sqlerr.Internal, 0, "the plan reads %s twice", n.ID)
			}
			seen[n] = true
			st.nodes = append(st.nodes, n)
			if len(n.Inputs) != 1 {
				break
			}
			in := n.Inputs[0]
			if in.Mode != flow.Direct || in.From.Parallelism != n.Parallelism {
				break
			}
			n = in.From
		}
		slices.Reverse(st.nodes)
		if len(n.Inputs) == 0 {
			if _, scan := n.Spec.(*sources.Scan); !scan && n.Parallelism != 1 {
				return sqlerr.New(sqlerr.Internal, 0, "constant rows of %s would be given %d times", n.ID, n.Parallelism)
			}
		}
		for i, in := range n.Inputs {
			if in.Mode == flow.Direct && in.From.Parallelism != n.Parallelism {
				return sqlerr.New(sqlerr.Internal, 0, "%s and %s are joined directly but differ in parallelism", in.From.ID, n.ID)
			}
			if err := grow(in.From, st, i, in.Exchange); err != nil {
				return err
			}
		}
		all = append(all, st)
		return nil
	}
	for _, n := range roots {
		if err := grow(n, nil, 0, flow.Exchange{}); err != nil {
			return nil, err
		}
	}
	return all, nil
}
