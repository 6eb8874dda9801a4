package agg

import (
	"bytes"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// extremeBytes keeps the smallest or the largest of Text or Bytes values, in the order of their bytes (PostgreSQL's "C"
// collation). The values stand in one arena; one that is replaced leaves a gap, and when gaps are more than half of the
// arena it is written anew.
type extremeBytes struct {
	extreme
	largest bool
	cells   []bytesCell
	arena   []byte
	gaps    int64 // bytes of arena that no cell has
}

// bytesCell is where a value stands, and how much room is there for another.
type bytesCell struct {
	at        uint64
	size, cap uint32
	has       bool
}

const minGaps = 4096 // fewer bytes of gaps are not worth the copy

func (e *extremeBytes) Grow(groups int) { e.cells = grown(e.cells, groups) }

func (e *extremeBytes) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract(e.name, e.pos)
	}
	return e.Merge(groups, args)
}

func (e *extremeBytes) Merge(groups []uint32, state []arrow.Array) error {
	a := state[0]
	valid := validity(a)
	offs, data := varlen(a)
	for i, g := range groups {
		if !valid.all() && !valid.has(i) {
			continue
		}
		v, c := data[offs[i]:offs[i+1]], &e.cells[g]
		if c.has {
			if d := bytes.Compare(v, e.value(c)); d == 0 || d > 0 != e.largest {
				continue
			}
		}
		e.put(c, v)
	}
	if e.gaps > minGaps && e.gaps > int64(len(e.arena))/2 {
		e.compact()
	}
	return nil
}

func (e *extremeBytes) value(c *bytesCell) []byte { return e.arena[c.at : c.at+uint64(c.size)] }

func (e *extremeBytes) put(c *bytesCell, v []byte) {
	if len(v) > int(c.cap) || !c.has {
		e.gaps += int64(c.cap)
		c.at, c.cap = uint64(len(e.arena)), uint32(len(v))
		e.arena = append(e.arena, v...)
	} else {
		copy(e.arena[c.at:], v)
	}
	c.size, c.has = uint32(len(v)), true
}

func (e *extremeBytes) compact() {
	size := int64(len(e.arena)) - e.gaps
	arena := make([]byte, 0, size+size/4)
	for i := range e.cells {
		c := &e.cells[i]
		v := e.value(c)
		c.at, c.cap = uint64(len(arena)), c.size
		arena = append(arena, v...)
	}
	e.arena, e.gaps = slices.Clip(arena), 0
}

func (e *extremeBytes) State(groups []uint32) ([]arrow.Array, error) {
	a, err := e.Result(groups)
	return []arrow.Array{a}, err
}

func (e *extremeBytes) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(e.cells))
	b := array.NewBuilder(e.mem, e.typ.Arrow())
	defer b.Release()
	b.Reserve(len(groups))
	for _, g := range groups {
		if c := &e.cells[g]; c.has {
			appendBytes(b, e.value(c))
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray(), nil
}

func (e *extremeBytes) Bytes() int64 { return sizeOf(e.cells) + sizeOf(e.arena) }
func (e *extremeBytes) Reset()       { e.cells, e.arena, e.gaps = e.cells[:0], e.arena[:0], 0 }
func (e *extremeBytes) Release()     { e.cells, e.arena = nil, nil }
