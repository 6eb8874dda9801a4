package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var countFunctions = []Function{countFunction, {
	Name: "count_if", Doc: "The number of rows for which the argument is true.", Example: "count_if(ripe)", ExampleResult: "2", Retracts: true, Takes: oneBool,
	resolve: func(args []types.Type, _ sqlerr.Pos) (Call, bool) {
		if len(args) != 1 || args[0].Kind != types.Bool && args[0].Kind != types.Unknown {
			return Call{}, false
		}
		return Call{
			Args: []types.Type{types.Of(types.Bool)}, Result: types.Of(types.Int64), State: []types.Type{types.Of(types.Int64)},
			New: func(mem memory.Allocator) Accumulator { return &countIf{count{mem: mem}} },
		}, true
	},
}}

var countFunction = Function{
	Name: "count", Doc: "The number of rows; with an argument, of those where it is not NULL.",
	Example: "count(fruit)", ExampleResult: "3", Retracts: true, Takes: "nothing, as count(*), or one argument of any type",
	resolve: func(args []types.Type, _ sqlerr.Pos) (Call, bool) {
		if len(args) > 1 {
			return Call{}, false
		}
		if len(args) == 1 {
			args = []types.Type{known(args[0])}
		}
		return Call{
			Args: args, Result: types.Of(types.Int64), State: []types.Type{types.Of(types.Int64)},
			New: func(mem memory.Allocator) Accumulator { return &count{mem: mem} },
		}, true
	},
}

// countIf is count of what is true.
type countIf struct{ count }

func (c *countIf) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid, vals := validity(args[0]), boolean(args[0])
	for i, g := range groups {
		if !vals.has(i) || !valid.all() && !valid.has(i) {
			continue
		}
		if sign == nil {
			c.n[g]++
		} else {
			c.n[g] += int64(sign[i])
		}
	}
	return nil
}

// count is count(*) and count(x). Its state is the number.
type count struct {
	mem memory.Allocator
	n   []int64
}

func (c *count) Grow(groups int) { c.n = grown(c.n, groups) }

func (c *count) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	valid := bitmap{}
	if len(args) > 0 {
		valid = validity(args[0])
	}
	n := c.n
	switch {
	case valid.all() && sign == nil:
		for _, g := range groups {
			n[g]++
		}
	case sign == nil:
		for i, g := range groups {
			if valid.has(i) {
				n[g]++
			}
		}
	default:
		for i, g := range groups {
			if valid.all() || valid.has(i) {
				n[g] += int64(sign[i])
			}
		}
	}
	return nil
}

func (c *count) Merge(groups []uint32, state []arrow.Array) error {
	n := values[int64](state[0])
	for i, g := range groups {
		c.n[g] += n[i]
	}
	return nil
}

func (c *count) State(groups []uint32) ([]arrow.Array, error) {
	a, err := c.Result(groups)
	return []arrow.Array{a}, err
}

func (c *count) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(c.n))
	return counts(c.mem, groups, func(g uint32) int64 { return c.n[g] }), nil
}

func (c *count) Bytes() int64 { return sizeOf(c.n) }
func (c *count) Reset()       { c.n = c.n[:0] }
func (c *count) Release()     { c.n = nil }
