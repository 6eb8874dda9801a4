package planner

import (
	"math/bits"
	"slices"

	"millrace/exec"
	"millrace/expr"
	"millrace/planner/logical"
)

// maxOrdered is the number of tables for which every order of their joins is looked at; with more, the next one is
// always the one that keeps the result smallest.
const maxOrdered = 10

// orderJoins puts inner joins into the order in which the least rows come out of them, as far as sizes are known or
// guessed: by dynamic programming over sets of tables (Selinger et al., SIGMOD 1979), with bushy trees and without pairs
// that nothing connects, unless there is no other way.
func (e *Env) orderJoins(n logical.Node) logical.Node {
	j, ok := n.(*logical.Join)
	if !ok || j.Kind != exec.InnerJoin {
		in := n.Inputs()
		next := make([]logical.Node, len(in))
		changed := false
		for i, c := range in {
			next[i] = e.orderJoins(c)
			changed = changed || next[i] != c
		}
		if changed {
			n = n.WithInputs(next)
		}
		return n
	}
	g := &joinGraph{env: e}
	g.add(j, 0)
	for i := range g.tables {
		g.tables[i].node = e.orderJoins(g.tables[i].node)
		g.tables[i].rows = e.rows(g.tables[i].node)
	}
	g.countValues()
	if len(g.tables) < 3 || len(g.tables) > 60 {
		return g.rebuild(j)
	}
	best := g.best()
	return best.inOrder(j)
}

// joinGraph is a tree of inner joins taken apart. Columns are counted through all tables, in the order of the query.
type joinGraph struct {
	env    *Env
	tables []joinTable
	conds  []joinCond
}

type joinTable struct {
	node      logical.Node
	at, width int // its columns
	rows      float64
}

type joinCond struct {
	e    expr.Expr
	sets uint64 // the tables that it reads
	equi bool   // an equality of two of them
	// values is how many different ones the two sides of an equality have, about.
	values float64
}

// add takes n apart, whose first column is at.
func (g *joinGraph) add(n logical.Node, at int) {
	j, ok := n.(*logical.Join)
	if !ok || j.Kind != exec.InnerJoin {
		g.tables = append(g.tables, joinTable{node: n, at: at, width: len(n.Schema())})
		return
	}
	first := len(g.tables)
	g.add(j.Left, at)
	g.add(j.Right, at+len(j.Left.Schema()))
	if j.On == nil {
		return
	}
	for _, c := range expr.Split(j.On) {
		c = shift(c, at)
		cond := joinCond{e: c}
		for _, col := range expr.Columns(c) {
			cond.sets |= 1 << g.tableOf(col)
		}
		if cond.sets == 0 { // a constant: anywhere in this join
			cond.sets = 1<<first | 1<<(len(g.tables)-1)
		}
		if bits.OnesCount64(cond.sets) == 2 {
			call, ok := c.(*expr.Call)
			cond.equi = ok && call.Name() == "=" && len(expr.Columns(call.Inputs()[0])) > 0 && len(expr.Columns(call.Inputs()[1])) > 0
		}
		g.conds = append(g.conds, cond)
	}
}

func (g *joinGraph) tableOf(col int) int {
	return slices.IndexFunc(g.tables, func(t joinTable) bool { return col >= t.at && col < t.at+t.width })
}

// countValues guesses how many values each equality compares: as many as the smallest of the tables has rows whose
// columns are equal to each other by one condition or several. It is a key there as likely as not.
func (g *joinGraph) countValues() {
	class := map[int]int{} // column → another of its class, up to one that stands for the class
	var find func(int) int
	find = func(col int) int {
		if to, ok := class[col]; ok && to != col {
			return find(to)
		}
		return col
	}
	least := map[int]float64{}
	sides := func(c joinCond) (l, r int) {
		in := c.e.Inputs()
		return find(expr.Columns(in[0])[0]), find(expr.Columns(in[1])[0])
	}
	for _, c := range g.conds {
		if l, r := 0, 0; c.equi {
			l, r = sides(c)
			class[l] = r
		}
	}
	for _, c := range g.conds {
		if !c.equi {
			continue
		}
		for _, in := range c.e.Inputs() {
			col := expr.Columns(in)[0]
			t := g.tables[g.tableOf(col)]
			n := g.env.columnValues(t.node, col-t.at)
			if have, ok := least[find(col)]; !ok || n < have {
				least[find(col)] = n
			}
		}
	}
	for i, c := range g.conds {
		if c.equi {
			l, _ := sides(c)
			g.conds[i].values = max(1, least[l])
		}
	}
}

// rebuild is the tree as it was, over its tables as they are now.
func (g *joinGraph) rebuild(n logical.Node) logical.Node {
	j, ok := n.(*logical.Join)
	if !ok || j.Kind != exec.InnerJoin {
		t := g.tables[0]
		g.tables = g.tables[1:]
		return t.node
	}
	c := *j
	c.Left = g.rebuild(j.Left)
	c.Right = g.rebuild(j.Right)
	return &c
}

// joinPlan is one way to join a set of tables.
type joinPlan struct {
	graph       *joinGraph
	set         uint64
	table       int // of a single one
	left, right *joinPlan
	rows        float64
	cost        float64 // rows that all its joins give
}

func (g *joinGraph) best() *joinPlan {
	plans := make([]*joinPlan, len(g.tables))
	for i, t := range g.tables {
		plans[i] = &joinPlan{graph: g, set: 1 << i, table: i, rows: t.rows}
	}
	if len(plans) <= maxOrdered {
		return g.exhaustive(plans)
	}
	return g.greedy(plans)
}

func (g *joinGraph) exhaustive(single []*joinPlan) *joinPlan {
	all := uint64(1)<<len(single) - 1
	best := make([]*joinPlan, all+1)
	for _, p := range single {
		best[p.set] = p
	}
	for set := uint64(1); set <= all; set++ {
		if best[set] != nil {
			continue
		}
		for _, connected := range []bool{true, false} {
			for left := (set - 1) & set; left > 0; left = (left - 1) & set {
				l, r := best[left], best[set&^left]
				if left < set&^left || l == nil || r == nil || connected != g.connected(left, set&^left) {
					continue
				}
				if p := g.join(l, r); best[set] == nil || p.cost < best[set].cost {
					best[set] = p
				}
			}
			if best[set] != nil {
				break
			}
		}
	}
	return best[all]
}

func (g *joinGraph) greedy(plans []*joinPlan) *joinPlan {
	for len(plans) > 1 {
		var best *joinPlan
		var bi, bj int
		bestConnected := false
		for i := range plans {
			for j := i + 1; j < len(plans); j++ {
				connected := g.connected(plans[i].set, plans[j].set)
				if bestConnected && !connected {
					continue
				}
				p := g.join(plans[i], plans[j])
				if best == nil || connected && !bestConnected || p.rows < best.rows {
					best, bi, bj, bestConnected = p, i, j, connected
				}
			}
		}
		plans[bi] = best
		plans = slices.Delete(plans, bj, bj+1)
	}
	return plans[0]
}

func (g *joinGraph) connected(a, b uint64) bool {
	return slices.ContainsFunc(g.conds, func(c joinCond) bool { return c.equi && c.sets&a != 0 && c.sets&b != 0 && c.sets&^(a|b) == 0 })
}

// join is the larger of two on the left, where a join streams, and the smaller on the right, which it keeps.
func (g *joinGraph) join(a, b *joinPlan) *joinPlan {
	if a.rows < b.rows {
		a, b = b, a
	}
	p := &joinPlan{graph: g, set: a.set | b.set, left: a, right: b, rows: a.rows * b.rows}
	joined := map[uint64]float64{} // the values of the best equality of each two tables
	for _, c := range g.conds {
		switch best := joined[c.sets]; {
		case c.sets&^p.set != 0 || c.sets&^a.set == 0 || c.sets&^b.set == 0:
		case !c.equi:
			p.rows *= passOther
		case best == 0:
			joined[c.sets] = c.values
		default: // a further one says less: the two tables belong together already
			p.rows *= passOther
			joined[c.sets] = max(best, c.values)
		}
	}
	for _, values := range joined {
		p.rows /= values
	}
	p.rows = max(1, p.rows)
	p.cost = a.cost + b.cost + p.rows + b.rows // what is kept costs more than what streams by
	return p
}

// inOrder is the plan as a tree with the columns of j in their order.
func (p *joinPlan) inOrder(j *logical.Join) logical.Node {
	node, at := p.tree(j)
	cols := make([]int, len(at))
	for i := range cols {
		cols[i] = at[i]
	}
	if slices.IsSorted(cols) {
		return node
	}
	return reorder(node, cols)
}

// tree builds the plan; at is where each column of the whole query stands in it (-1: not in it).
func (p *joinPlan) tree(j *logical.Join) (logical.Node, []int) {
	g := p.graph
	if p.left == nil {
		t := g.tables[p.table]
		at := gone(len(j.Schema()))
		for i := range t.width {
			at[t.at+i] = i
		}
		var own []expr.Expr // what could not be pushed down: it is volatile
		for _, c := range g.conds {
			if c.sets == p.set {
				own = append(own, remap(c.e, at))
			}
		}
		return filter(t.node, own), at
	}
	left, at := p.left.tree(j)
	right, rightAt := p.right.tree(j)
	width := len(left.Schema())
	for c, i := range rightAt {
		if i >= 0 {
			at[c] = width + i
		}
	}
	var on []expr.Expr
	for _, c := range g.conds {
		if c.sets&^p.set == 0 && c.sets&^p.left.set != 0 && c.sets&^p.right.set != 0 {
			on = append(on, remap(c.e, at))
		}
	}
	return &logical.Join{Kind: exec.InnerJoin, Left: left, Right: right, On: expr.And(on), At: j.At}, at
}
