package agg

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// newCells makes the store for values of a type.
func newCells(mem memory.Allocator, t types.Type) cells {
	dt := t.Arrow()
	switch dt.ID() {
	case arrow.INT16:
		return &fixedCells[int16]{mem: mem, dt: dt}
	case arrow.INT32, arrow.DATE32, arrow.FLOAT32:
		return &fixedCells[int32]{mem: mem, dt: dt}
	case arrow.INT64, arrow.TIME64, arrow.TIMESTAMP, arrow.FLOAT64:
		return &fixedCells[int64]{mem: mem, dt: dt}
	case arrow.DECIMAL128, arrow.INTERVAL_MONTH_DAY_NANO, arrow.FIXED_SIZE_BINARY:
		return &fixedCells[word2]{mem: mem, dt: dt}
	case arrow.STRING, arrow.BINARY:
		return &varCells{mem: mem, dt: dt}
	}
	return &varCells{mem: mem, dt: dt, encoded: true}
}

// fixedCells keeps values of one width as Arrow has them, whatever they mean.
type fixedCells[T fixed] struct {
	mem  memory.Allocator
	dt   arrow.DataType
	vals []T
	has  []bool // false: NULL
}

func (c *fixedCells[T]) grow(groups int) { c.vals, c.has = grown(c.vals, groups), grown(c.has, groups) }

func (c *fixedCells[T]) put(won []win, a arrow.Array) {
	src, valid := values[T](a), validity(a)
	vals, has := c.vals, c.has
	if valid.all() {
		for _, w := range won {
			vals[w.group], has[w.group] = src[w.row], true
		}
		return
	}
	for _, w := range won {
		vals[w.group], has[w.group] = src[w.row], valid.has(int(w.row))
	}
}

func (c *fixedCells[T]) result(groups []uint32) arrow.Array {
	groups = every(groups, len(c.vals))
	return mustFixed(c.mem, c.dt, len(groups), func(out []T, nulls *nullMask) {
		for i, g := range groups {
			out[i] = c.vals[g]
			if !c.has[g] {
				nulls.set(i)
			}
		}
	})
}

func (c *fixedCells[T]) bytes() int64 { return sizeOf(c.vals) + sizeOf(c.has) }
func (c *fixedCells[T]) reset()       { c.vals, c.has = c.vals[:0], c.has[:0] }
func (c *fixedCells[T]) release()     { c.vals, c.has = nil, nil }

// varCells keeps Text, JSON and Bytes, and what has no other place: Booleans and nested values, as appendValue encodes
// them. That makes a -0 within a nested value the 0 that it equals, and a NaN the usual one.
type varCells struct {
	mem     memory.Allocator
	dt      arrow.DataType
	encoded bool
	bytesCells
	enc []byte
}

func (c *varCells) put(won []win, a arrow.Array) {
	defer c.tidy()
	valid := validity(a)
	if c.encoded {
		for _, w := range won {
			if !valid.all() && !valid.has(int(w.row)) {
				c.unset(w.group)
				continue
			}
			c.enc = appendValue(c.enc[:0], a, int(w.row))
			c.set(w.group, c.enc)
		}
		return
	}
	offs, data := varlen(a)
	for _, w := range won {
		if !valid.all() && !valid.has(int(w.row)) {
			c.unset(w.group)
			continue
		}
		c.set(w.group, data[offs[w.row]:offs[w.row+1]])
	}
}

func (c *varCells) result(groups []uint32) arrow.Array {
	return c.build(c.mem, c.dt, groups)
}

// bytesCells keeps bytes, or nothing, for each group. They stand in one arena; what is replaced by something longer
// leaves a gap, and when gaps are more than half of the arena it is written anew.
type bytesCells struct {
	cells []bytesCell
	arena []byte
	gaps  int64 // bytes of arena that no cell has
}

// bytesCell is where a value stands, and how much room is there for another.
type bytesCell struct {
	at        uint64
	size, cap uint32
	has       bool
}

const minGaps = 4096 // fewer bytes of gaps are not worth the copy

func (b *bytesCells) grow(groups int) { b.cells = grown(b.cells, groups) }

// value is what g has; its memory is the cells' until the next call of set or tidy.
func (b *bytesCells) value(g uint32) []byte {
	c := b.cells[g]
	return b.arena[c.at : c.at+uint64(c.size)]
}

func (b *bytesCells) set(g uint32, v []byte) {
	c := &b.cells[g]
	if len(v) > int(c.cap) {
		b.gaps += int64(c.cap)
		c.at, c.cap = uint64(len(b.arena)), uint32(len(v))
		b.arena = append(b.arena, v...)
	} else {
		copy(b.arena[c.at:], v)
	}
	c.size, c.has = uint32(len(v)), true
}

// unset makes g have nothing. Its room stays, for the next one.
func (b *bytesCells) unset(g uint32) { b.cells[g].size, b.cells[g].has = 0, false }

// tidy writes the arena anew where that is worth it.
func (b *bytesCells) tidy() {
	if b.gaps <= minGaps || b.gaps <= int64(len(b.arena))/2 {
		return
	}
	size := int64(len(b.arena)) - b.gaps
	arena := make([]byte, 0, size+size/4)
	for g := range b.cells {
		v := b.value(uint32(g))
		c := &b.cells[g]
		c.at, c.cap = uint64(len(arena)), c.size
		arena = append(arena, v...)
	}
	b.arena, b.gaps = slices.Clip(arena), 0
}

// build makes an array of what groups have, NULL where that is nothing. nil: all of them.
func (b *bytesCells) build(mem memory.Allocator, dt arrow.DataType, groups []uint32) arrow.Array {
	groups = every(groups, len(b.cells))
	to := array.NewBuilder(mem, dt)
	defer to.Release()
	to.Reserve(len(groups))
	for _, g := range groups {
		if b.cells[g].has {
			appendBytes(to, b.value(g))
		} else {
			to.AppendNull()
		}
	}
	return to.NewArray()
}

func (b *bytesCells) bytes() int64 { return sizeOf(b.cells) + sizeOf(b.arena) }
func (b *bytesCells) reset()       { b.cells, b.arena, b.gaps = b.cells[:0], b.arena[:0], 0 }
func (b *bytesCells) release()     { b.cells, b.arena = nil, nil }
