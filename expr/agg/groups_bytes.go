package agg

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// bytesTable is the table of keys that are bytes, one behind the other in one arena: a single Text, JSON or Bytes as it
// is, anything else as keyCodec encodes it. Open addressing with linear probing.
type bytesTable struct {
	dt    arrow.DataType // of the single key; nil: codec is in use
	codec *keyCodec
	slots []bytesSlot // a power of two of them
	hash  []uint64    // by group
	ends  []uint64    // by group: where its key ends in arena; the key before it ends where it begins
	arena []byte
	null  uint32 // the group of a single key's NULL plus one; 0: there is none
}

// bytesSlot has the upper half of a key's hash, which seldom agrees by chance, and its group plus one; 0: the slot is free.
type bytesSlot struct{ tag, id uint32 }

func newBytesTable(keys []types.Type) *bytesTable {
	t := &bytesTable{slots: make([]bytesSlot, minSlots)}
	if k := keys[0].Kind; len(keys) == 1 && (k == types.Text || k == types.JSON || k == types.Bytes) {
		t.dt = keys[0].Arrow()
	} else {
		t.codec = newKeyCodec(keys)
	}
	return t
}

func (t *bytesTable) ids(cols []arrow.Array, hashes []uint64, into []uint32) {
	if t.codec != nil {
		t.codec.encode(cols, len(hashes))
		t.find(t.codec.offs, t.codec.data, t.codec.tail, hashes, into)
		return
	}
	offs, data := varlen(cols[0])
	valid := validity(cols[0])
	if valid.all() {
		t.find(offs, data, 0, hashes, into)
		return
	}
	for i := range hashes {
		if valid.has(i) {
			t.find(offs[i:i+2], data, 0, hashes[i:i+1], into[i:i+1])
			continue
		}
		if t.null == 0 {
			t.null = t.add(nil, hashes[i]) + 1
		}
		into[i] = t.null - 1
	}
}

// find gives each row, data[offs[i]:offs[i+1]], its group. Its last tail bytes do not count.
func (t *bytesTable) find(offs []int32, data []byte, tail int, hashes []uint64, into []uint32) {
	slots, ends, arena := t.slots, t.ends, t.arena
	for i, h := range hashes {
		row := data[offs[i]:offs[i+1]]
		tag := uint32(h >> 32)
		for at := h; ; at++ {
			s := &slots[at&uint64(len(slots)-1)]
			if s.id == 0 {
				id := t.add(row, h)
				*s = bytesSlot{tag, id + 1}
				if 2*len(t.ends) >= len(t.slots) {
					t.grow()
				}
				slots, ends, arena = t.slots, t.ends, t.arena
				into[i] = id
				break
			}
			if s.tag != tag {
				continue
			}
			id := s.id - 1
			start := uint64(0)
			if id > 0 {
				start = ends[id-1]
			}
			if have := arena[start:ends[id]]; len(have) == len(row) && bytes.Equal(have[:len(have)-tail], row[:len(row)-tail]) {
				into[i] = id
				break
			}
		}
	}
}

// add makes a new group.
func (t *bytesTable) add(row []byte, hash uint64) uint32 {
	t.arena = append(t.arena, row...)
	t.ends = append(t.ends, uint64(len(t.arena)))
	t.hash = append(t.hash, hash)
	return uint32(len(t.ends)) - 1
}

func (t *bytesTable) grow() {
	slots := make([]bytesSlot, 2*len(t.slots))
	for id, at := range t.hash {
		if t.null == uint32(id)+1 {
			continue
		}
		s := bytesSlot{uint32(at >> 32), uint32(id) + 1}
		for slots[at&uint64(len(slots)-1)].id != 0 {
			at++
		}
		slots[at&uint64(len(slots)-1)] = s
	}
	t.slots = slots
}

func (t *bytesTable) row(id uint32) []byte {
	if id == 0 {
		return t.arena[:t.ends[0]]
	}
	return t.arena[t.ends[id-1]:t.ends[id]]
}

func (t *bytesTable) len() int         { return len(t.ends) }
func (t *bytesTable) hashes() []uint64 { return t.hash }

func (t *bytesTable) keys(mem memory.Allocator, ids []uint32) []arrow.Array {
	if t.codec != nil {
		return t.codec.decode(mem, len(ids), func(i int) []byte { return t.row(ids[i]) })
	}
	b := array.NewBuilder(mem, t.dt)
	defer b.Release()
	b.Reserve(len(ids))
	for _, id := range ids {
		if t.null == id+1 {
			b.AppendNull()
		} else {
			appendBytes(b, t.row(id))
		}
	}
	return []arrow.Array{b.NewArray()}
}

func (t *bytesTable) bytes() int64 {
	n := int64(cap(t.slots))*8 + int64(cap(t.hash))*8 + int64(cap(t.ends))*8 + int64(cap(t.arena))
	if t.codec != nil {
		n += int64(cap(t.codec.data)) + int64(cap(t.codec.offs))*4 + int64(cap(t.codec.fill))*4
	}
	return n
}

func (t *bytesTable) reset() {
	clear(t.slots)
	t.hash, t.ends, t.arena, t.null = t.hash[:0], t.ends[:0], t.arena[:0], 0
}
