package planner

import (
	"fmt"
	"strings"

	"millrace/flow"
)

// Explain prints a physical plan as a tree, the last step first. figures, where it is not nil, says what a step did when
// the plan was run.
func Explain(p *Plan, figures func(*flow.Node) string) string {
	var b strings.Builder
	mode := "bounded: it ends by itself"
	if p.Unbounded {
		mode = "continuous"
	}
	var walk func(n *flow.Node, e *flow.Edge, first, rest string)
	walk = func(n *flow.Node, e *flow.Edge, first, rest string) {
		d := n.Spec.Describe()
		b.WriteString(first + d.Name)
		if e != nil && e.Mode != flow.Direct {
			// shown at the producer: how its rows leave
			fmt.Fprintf(&b, " → %s", e.Mode)
			if e.Mode == flow.Hash {
				names := make([]string, len(e.Keys))
				for i, k := range e.Keys {
					names[i] = n.Schema.Field(k).Name
				}
				fmt.Fprintf(&b, " by (%s)", strings.Join(names, ", "))
			}
		}
		if n.Parallelism > 1 {
			fmt.Fprintf(&b, "  ×%d", n.Parallelism)
		}
		if figures != nil {
			b.WriteString("  (" + figures(n) + ")")
		}
		b.WriteByte('\n')
		under := rest
		if len(n.Inputs) > 0 {
			under += "│ "
		} else {
			under += "  "
		}
		for _, a := range d.Attrs {
			fmt.Fprintf(&b, "%s    %s: %s\n", under, a.Key, a.Value)
		}
		for i := range n.Inputs {
			if i == len(n.Inputs)-1 {
				walk(n.Inputs[i].From, &n.Inputs[i], rest+"└─ ", rest+"   ")
			} else {
				walk(n.Inputs[i].From, &n.Inputs[i], rest+"├─ ", rest+"│  ")
			}
		}
	}
	walk(p.Root, nil, "", "")
	fmt.Fprintf(&b, "(%s)\n", mode)
	return b.String()
}
