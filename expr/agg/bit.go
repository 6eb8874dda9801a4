package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var bitFunctions = []Function{
	{Name: "bit_and", Doc: "The bitwise AND of all values. NULL where there is none.", Example: "bit_and(n)", ExampleResult: "0", Takes: oneInteger, resolve: resolveBit("bit_and", bitAnd)},
	{Name: "bit_or", Doc: "The bitwise OR of all values. NULL where there is none.", Example: "bit_or(n)", ExampleResult: "7", Takes: oneInteger, resolve: resolveBit("bit_or", bitOr)},
	{Name: "bit_xor", Doc: "The bitwise exclusive OR of all values. NULL where there is none.", Example: "bit_xor(n)", ExampleResult: "5", Takes: oneInteger, resolve: resolveBit("bit_xor", bitXor)},
}

const oneInteger = "one integer: SMALLINT, INT or BIGINT"

type bitOp uint8

const (
	bitAnd bitOp = iota
	bitOr
	bitXor
)

func resolveBit(name string, op bitOp) func([]types.Type, sqlerr.Pos) (Call, bool) {
	return func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 || !args[0].Integer() {
			return Call{}, false
		}
		return Call{
			Args: args, Result: args[0], State: args,
			New: func(mem memory.Allocator) Accumulator {
				return &bit{mem: mem, name: name, op: op, pos: pos, typ: args[0]}
			},
		}, true
	}
}

// bit is bit_and, bit_or and bit_xor. Its state is its value, or NULL.
type bit struct {
	mem  memory.Allocator
	name string
	op   bitOp
	pos  sqlerr.Pos
	typ  types.Type
	vals []uint64
	has  []bool
}

func (b *bit) Grow(groups int) {
	have := len(b.vals)
	b.vals, b.has = grown(b.vals, groups), grown(b.has, groups)
	if b.op == bitAnd {
		for i := have; i < len(b.vals); i++ {
			b.vals[i] = ^uint64(0)
		}
	}
}

func (b *bit) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(b.name, b.pos)
	}
	return b.Merge(groups, args)
}

func (b *bit) Merge(groups []uint32, state []arrow.Array) error {
	valid := validity(state[0])
	var scratch block
	for from := 0; from < len(groups); from += blockRows {
		to := min(from+blockRows, len(groups))
		words := loadWords(state[0], 0, from, to, &scratch)
		if valid.all() {
			b.add(groups[from:to], words)
			continue
		}
		for i := range words {
			if valid.has(from + i) {
				b.add(groups[from+i:from+i+1], words[i:i+1])
			}
		}
	}
	return nil
}

func (b *bit) add(groups []uint32, words []uint64) {
	words = words[:len(groups)]
	switch b.op {
	case bitAnd:
		for i, g := range groups {
			b.vals[g] &= words[i]
			b.has[g] = true
		}
	case bitOr:
		for i, g := range groups {
			b.vals[g] |= words[i]
			b.has[g] = true
		}
	case bitXor:
		for i, g := range groups {
			b.vals[g] ^= words[i]
			b.has[g] = true
		}
	}
}

func (b *bit) State(groups []uint32) ([]arrow.Array, error) {
	a, err := b.Result(groups)
	return []arrow.Array{a}, err
}

func (b *bit) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(b.vals))
	out := array.NewBuilder(b.mem, b.typ.Arrow())
	defer out.Release()
	out.Reserve(len(groups))
	for _, g := range groups {
		if b.has[g] {
			appendWord(out, b.vals[g])
		} else {
			out.AppendNull()
		}
	}
	return out.NewArray(), nil
}

func (b *bit) Bytes() int64 { return sizeOf(b.vals) + sizeOf(b.has) }
func (b *bit) Reset()       { b.vals, b.has = b.vals[:0], b.has[:0] }
func (b *bit) Release()     { b.vals, b.has = nil, nil }
