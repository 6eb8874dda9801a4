package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var pickFunctions = []Function{
	{Name: "any_value", Doc: "A value that is not NULL: the first that comes. NULL where there is none.", Example: "any_value(fruit)", ExampleResult: "pear", Takes: oneAny, resolve: resolvePick("any_value", pickAny)},
	{Name: "first", Doc: "The first row's value, also where that is NULL. Say ORDER BY: without it rows have no order.", Example: "first(fruit ORDER BY price)", ExampleResult: "pear", Ordered: true, Takes: oneAny, resolve: resolvePick("first", pickFirst)},
	{Name: "last", Doc: "The last row's value, also where that is NULL. Say ORDER BY: without it rows have no order.", Example: "last(n ORDER BY price NULLS FIRST)", ExampleResult: "4", Ordered: true, Takes: oneAny, resolve: resolvePick("last", pickLast)},
	{Name: "first_value", Doc: "The same as first.", Example: "first_value(fruit ORDER BY price DESC NULLS LAST)", ExampleResult: "fig", Ordered: true, Takes: oneAny, resolve: resolvePick("first_value", pickFirst)},
	{Name: "last_value", Doc: "The same as last.", Example: "last_value(n ORDER BY n)", ExampleResult: "4", Ordered: true, Takes: oneAny, resolve: resolvePick("last_value", pickLast)},
}

const oneAny = "one argument of any type"

type pickKind uint8

const (
	pickAny pickKind = iota
	pickFirst
	pickLast
)

func resolvePick(name string, kind pickKind) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		t := known(args[0])
		return Call{
			Args: []types.Type{t}, Result: t, State: []types.Type{t, types.Of(types.Int64)},
			New: func(mem memory.Allocator) Accumulator {
				return &pick{mem: mem, name: name, pos: pos, kind: kind, vals: newCells(mem, t)}
			},
		}, true
	}
}

// known is t, or TEXT where it is not known: the type of a literal that nothing else decides.
func known(t types.Type) types.Type {
	if t.Kind == types.Unknown {
		return types.Of(types.Text)
	}
	return t
}

// pick keeps the first or the last value of a group, in the order in which rows and states come. Its state is that
// value, and 1 where there is one (it may be NULL).
type pick struct {
	mem  memory.Allocator
	name string
	pos  sqlerr.Pos
	kind pickKind
	seen []bool
	vals cells
	won  []win
}

func (p *pick) Grow(groups int) {
	p.seen = grown(p.seen, groups)
	p.vals.grow(groups)
}

func (p *pick) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(p.name, p.pos)
	}
	valid := validity(args[0])
	p.take(groups, args[0], func(i int) bool { return p.kind != pickAny || valid.all() || valid.has(i) })
	return nil
}

// take keeps the values of the rows that count.
func (p *pick) take(groups []uint32, vals arrow.Array, counts func(i int) bool) {
	p.won = p.won[:0]
	if p.kind == pickLast {
		for i := len(groups) - 1; i >= 0; i-- { // only the last row of a group is copied
			if counts(i) {
				p.won = append(p.won, win{groups[i], uint32(i)})
			}
		}
		for i := range p.won {
			p.seen[p.won[i].group] = false
		}
	} else {
		for i, g := range groups {
			if !p.seen[g] && counts(i) {
				p.won = append(p.won, win{g, uint32(i)})
			}
		}
	}
	n := 0
	for _, w := range p.won {
		if !p.seen[w.group] {
			p.seen[w.group] = true
			p.won[n] = w
			n++
		}
	}
	p.won = p.won[:n]
	p.vals.put(p.won, vals)
}

func (p *pick) Merge(groups []uint32, state []arrow.Array) error {
	seen := values[int64](state[1])
	p.take(groups, state[0], func(i int) bool { return seen[i] != 0 })
	return nil
}

func (p *pick) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(p.seen))
	return []arrow.Array{p.vals.result(groups), counts(p.mem, groups, func(g uint32) int64 {
		if p.seen[g] {
			return 1
		}
		return 0
	})}, nil
}

func (p *pick) Result(groups []uint32) (arrow.Array, error) {
	return p.vals.result(every(groups, len(p.seen))), nil
}

func (p *pick) Bytes() int64 { return sizeOf(p.seen) + p.vals.bytes() + sizeOf(p.won) }

func (p *pick) Reset() {
	p.seen = p.seen[:0]
	p.vals.reset()
}

func (p *pick) Release() {
	p.seen, p.won = nil, nil
	p.vals.release()
}
