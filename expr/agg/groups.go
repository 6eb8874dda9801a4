package agg

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// Groups numbers the different rows of its key columns 0, 1, 2, … in the order in which they first come. NULL is a key
// like any other, -0 is 0, NaN is NaN, and intervals of one length are one. It is for one goroutine.
type Groups struct {
	keys  []types.Type
	mem   memory.Allocator
	table keyTable
}

// keyTable is the hash table of a Groups, by the shape of its keys.
type keyTable interface {
	ids(cols []arrow.Array, hashes []uint64, into []uint32)
	len() int
	hashes() []uint64
	keys(mem memory.Allocator, ids []uint32) []arrow.Array
	bytes() int64
	reset()
}

// NewGroups makes an empty set for keys of these types. Without keys there is one group from the beginning. mem is for
// what Keys gives; the table itself is in Go's memory, without pointers, and Bytes says how large it is.
func NewGroups(keys []types.Type, mem memory.Allocator) *Groups {
	g := &Groups{keys: keys, mem: mem}
	switch {
	case len(keys) == 0:
		g.table = &oneGroup{hash: []uint64{mix(hashSeed)}}
	case len(keys) == 1 && wordsOf(keys[0].Arrow()) == 1:
		g.table = newWordTable(keys[0])
	default:
		if t := newWordsTable(keys); t != nil {
			g.table = t
		} else {
			g.table = newBytesTable(keys)
		}
	}
	return g
}

// IDs gives each row its group, in the memory of into if that is enough. cols are of the types of the keys and hashes
// is what HashColumns says of them; without keys hashes only tells how many rows there are.
func (g *Groups) IDs(cols []arrow.Array, hashes []uint64, into []uint32) []uint32 {
	if len(cols) != len(g.keys) || len(cols) > 0 && cols[0].Len() != len(hashes) {
		panic(fmt.Sprintf("agg: %d columns and %d hashes for keys %v", len(cols), len(hashes), g.keys))
	}
	into = sized(into, len(hashes))
	if t, ok := g.table.(*wordsTable); ok && !t.fit(cols) {
		g.table = t.widened(g.mem)
	}
	g.table.ids(cols, hashes, into)
	return into
}

// Len is the number of groups.
func (g *Groups) Len() int { return g.table.len() }

// Keys gives the keys of groups, a column each; the caller releases them. nil: of all groups.
func (g *Groups) Keys(ids []uint32) []arrow.Array {
	if ids == nil {
		ids = make([]uint32, g.Len())
		for i := range ids {
			ids[i] = uint32(i)
		}
	}
	return g.table.keys(g.mem, ids)
}

// Hashes is the hash of each group. It is borrowed, until the next call.
func (g *Groups) Hashes() []uint64 { return g.table.hashes() }

// Bytes is the memory held.
func (g *Groups) Bytes() int64 { return g.table.bytes() }

// Reset forgets the groups and keeps the memory.
func (g *Groups) Reset() { g.table.reset() }

// Release gives the memory back. Groups may not be used afterwards.
func (g *Groups) Release() { g.table = nil }

// oneGroup is the table of no keys.
type oneGroup struct{ hash []uint64 }

func (o *oneGroup) ids(_ []arrow.Array, _ []uint64, into []uint32) { clear(into) }
func (o *oneGroup) len() int                                       { return 1 }
func (o *oneGroup) hashes() []uint64                               { return o.hash }
func (o *oneGroup) keys(memory.Allocator, []uint32) []arrow.Array  { return nil }
func (o *oneGroup) bytes() int64                                   { return 0 }
func (o *oneGroup) reset()                                         {}

// minSlots is what a table starts with. Half of the slots at most are in use.
const minSlots = 64
