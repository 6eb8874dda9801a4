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

	touched byte // keeps the loads of touch from being left out
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
			into[i] = t.lookup(data[offs[i]:offs[i+1]], 0, hashes[i])
			continue
		}
		if t.null == 0 {
			t.null = t.add(nil, hashes[i]) + 1
		}
		into[i] = t.null - 1
	}
}

// candidate is the group that a row is probably of, plus one, and where its key is; 0: not known.
type candidate struct {
	start, end uint64
	id         uint32
}

// find gives each row, data[offs[i]:offs[i+1]], its group. Its last tail bytes do not count.
//
// In a table larger than the processor's caches nearly all time goes into waiting for slots, ends and keys. So a block
// of rows is taken through each of the three by a loop of its own, whose loads do not depend on one another and are
// waited for together. What these do not settle is looked up row by row.
func (t *bytesTable) find(offs []int32, data []byte, tail int, hashes []uint64, into []uint32) {
	var cands [blockRows]candidate
	for from := 0; from < len(hashes); from += blockRows {
		to := min(from+blockRows, len(hashes))
		block := cands[:to-from]
		t.probe(hashes[from:to], block)
		t.touch(block)
		for i := range block {
			row, c := data[offs[from+i]:offs[from+i+1]], &block[i]
			if c.id != 0 && sameKey(t.arena[c.start:c.end], row, tail) {
				into[from+i] = c.id - 1
			} else {
				into[from+i] = t.lookup(row, tail, hashes[from+i])
			}
		}
	}
}

// probe looks into the first slot of each hash.
func (t *bytesTable) probe(hashes []uint64, into []candidate) {
	slots := t.slots
	for i, h := range hashes {
		s := slots[h&uint64(len(slots)-1)]
		into[i].id = s.id
		if s.tag != uint32(h>>32) {
			into[i].id = 0
		}
	}
}

// touch finds the keys of the candidates and fetches them.
func (t *bytesTable) touch(cands []candidate) {
	ends, arena := t.ends, t.arena
	for i := range cands {
		c := &cands[i]
		switch c.id {
		case 0:
			continue
		case 1:
			c.start = 0
		default:
			c.start = ends[c.id-2]
		}
		c.end = ends[c.id-1]
	}
	sum := byte(0)
	for i := range cands {
		if c := &cands[i]; c.id != 0 && c.end > c.start {
			sum += arena[c.start]
		}
	}
	t.touched = sum
}

func sameKey(a, b []byte, tail int) bool {
	return len(a) == len(b) && bytes.Equal(a[:len(a)-tail], b[:len(b)-tail])
}

// lookup finds the group of one row, or makes it.
func (t *bytesTable) lookup(row []byte, tail int, hash uint64) uint32 {
	tag := uint32(hash >> 32)
	for at := hash; ; at++ {
		s := &t.slots[at&uint64(len(t.slots)-1)]
		if s.id == 0 {
			id := t.add(row, hash)
			*s = bytesSlot{tag, id + 1}
			if 2*len(t.ends) >= len(t.slots) {
				t.grow()
			}
			return id
		}
		if s.tag == tag && sameKey(t.row(s.id-1), row, tail) {
			return s.id - 1
		}
	}
}

// seek gives each row its group, or -1 where there is none, and makes none.
func (t *bytesTable) seek(cols []arrow.Array, hashes []uint64, into []int32) {
	offs, data, tail := []int32(nil), []byte(nil), 0
	valid := bitmap{}
	if t.codec != nil {
		t.codec.encode(cols, len(hashes))
		offs, data, tail = t.codec.offs, t.codec.data, t.codec.tail
	} else {
		offs, data = varlen(cols[0])
		valid = validity(cols[0])
	}
	var cands [blockRows]candidate
	for from := 0; from < len(hashes); from += blockRows {
		to := min(from+blockRows, len(hashes))
		block := cands[:to-from]
		t.probe(hashes[from:to], block)
		t.touch(block)
		for i := range block {
			row, c := data[offs[from+i]:offs[from+i+1]], &block[i]
			if c.id != 0 && sameKey(t.arena[c.start:c.end], row, tail) {
				into[from+i] = int32(c.id - 1)
			} else {
				into[from+i] = t.peek(row, tail, hashes[from+i])
			}
		}
	}
	if valid.all() {
		return
	}
	for i := range hashes {
		if !valid.has(i) {
			into[i] = int32(t.null) - 1
		}
	}
}

// peek is lookup, but makes no group.
func (t *bytesTable) peek(row []byte, tail int, hash uint64) int32 {
	tag := uint32(hash >> 32)
	for at := hash; ; at++ {
		s := t.slots[at&uint64(len(t.slots)-1)]
		if s.id == 0 {
			return -1
		}
		if s.tag == tag && sameKey(t.row(s.id-1), row, tail) {
			return int32(s.id - 1)
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
