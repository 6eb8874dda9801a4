package over

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/expr"
	"millrace/expr/agg"
)

// fanout is how many rows, or nodes, a node of a tree stands for.
const fanout = 16

// tree holds the states of an aggregate over runs of rows: node k of level 0 over rows 16 k to 16 k + 15, node k of the
// level above over the nodes 16 k to 16 k + 15 of level 0, and so on, of complete nodes only. Any span of rows is then
// a few rows and nodes, in their order, so that aggregates for which order counts can be put together as well.
type tree struct {
	a      *aggregation
	levels []int32       // where the nodes of each level start in states
	states []arrow.Array // of all nodes
	err    error
}

// tree makes the tree when it is first asked for, and keeps it while the aggregation lasts.
func (a *aggregation) tree() *tree {
	if a.states == nil {
		a.states = &tree{a: a}
		a.states.err = a.states.build()
	}
	return a.states
}

func (t *tree) build() error {
	acc := t.a.call.New(t.a.mem)
	defer acc.Release()
	var levels [][]arrow.Array
	defer func() {
		for _, l := range levels {
			release(l)
		}
	}()
	total := int32(0)
	nodes := t.a.rows / fanout
	for nodes > 0 {
		acc.Reset()
		acc.Grow(nodes)
		groups := make([]uint32, nodes*fanout)
		for i := range groups {
			groups[i] = uint32(i / fanout)
		}
		var err error
		if len(levels) == 0 {
			err = feedSlices(t.a.args, len(groups), func(args []arrow.Array) error { return acc.Update(groups, args, nil) })
		} else {
			below := levels[len(levels)-1]
			err = feedSlices(below, len(groups), func(states []arrow.Array) error { return acc.Merge(groups, states) })
		}
		if err != nil {
			return err
		}
		states, err := acc.State(numbers(nodes))
		if err != nil {
			return err
		}
		levels = append(levels, states)
		t.levels = append(t.levels, total)
		total += int32(nodes)
		nodes /= fanout
	}
	for c := range t.a.call.State {
		pieces := make([]arrow.Array, len(levels))
		for i, l := range levels {
			pieces[i] = l[c]
		}
		col, err := concat(t.a.mem, t.a.call.State[c], pieces)
		if err != nil {
			return err
		}
		t.states = append(t.states, col)
	}
	return nil
}

// feedSlices calls f with the first n values of each array.
func feedSlices(arrays []arrow.Array, n int, f func([]arrow.Array) error) error {
	part := make([]arrow.Array, len(arrays))
	for i, a := range arrays {
		part[i] = array.NewSlice(a, 0, int64(n))
	}
	defer release(part)
	return f(part)
}

func (t *tree) release() {
	if t != nil {
		release(t.states)
	}
}

// fill puts spans of rows into groups of acc: the rows before the first node, the nodes, the rows behind the last.
func (t *tree) fill(acc agg.Accumulator, spans []placed) error {
	if t.err != nil {
		return t.err
	}
	var left, nodes, right feed
	for _, p := range spans {
		l, r := (p.span.from+fanout-1)/fanout, p.span.to/fanout
		if l >= r {
			left.add(p.group, p.span, 0)
			continue
		}
		left.add(p.group, span{p.span.from, l * fanout}, 0)
		t.nodes(&nodes, p.group, 0, l, r)
		right.add(p.group, span{r * fanout, p.span.to}, 0)
	}
	if err := t.a.update(acc, left.groups, left.rows, nil); err != nil {
		return err
	}
	if len(nodes.groups) > 0 {
		states := make([]arrow.Array, len(t.states))
		for i, s := range t.states {
			states[i] = expr.Take(t.a.mem, s, nodes.rows)
		}
		err := acc.Merge(nodes.groups, states)
		release(states)
		if err != nil {
			return err
		}
	}
	return t.a.update(acc, right.groups, right.rows, nil)
}

// nodes adds nodes l..r-1 of a level, or those above that stand for them.
func (t *tree) nodes(f *feed, group uint32, level int, l, r int32) {
	at := t.levels[level]
	up, upEnd := (l+fanout-1)/fanout, r/fanout
	if up >= upEnd {
		f.add(group, span{at + l, at + r}, 0)
		return
	}
	f.add(group, span{at + l, at + up*fanout}, 0)
	t.nodes(f, group, level+1, up, upEnd)
	f.add(group, span{at + upEnd*fanout, at + r}, 0)
}
