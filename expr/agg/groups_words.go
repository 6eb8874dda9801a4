package agg

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// wordsTable is the table of keys that are several words, or have short texts among them.
type wordsTable struct {
	wordKeys
	types []types.Type
	hash  []uint64 // by group
}

// newWordsTable is nil where the keys can't be words. An Interval can't: equal ones may be written differently, and a
// group keeps the first.
func newWordsTable(keys []types.Type) *wordsTable {
	for _, t := range keys {
		if t.Kind == types.Interval {
			return nil
		}
	}
	k := newWordKeys(keys, true)
	if k == nil {
		return nil
	}
	k.slots = make([]bytesSlot, minSlots)
	return &wordsTable{wordKeys: *k, types: keys}
}

func (t *wordsTable) ids(cols []arrow.Array, hashes []uint64, into []uint32) {
	for from := 0; from < len(hashes); from += blockRows {
		to := min(from+blockRows, len(hashes))
		rows, masks := t.load(cols, from, to)
		part := into[from:to]
		t.candidates(rows, masks, hashes[from:to], part)
		for i, id := range part {
			if id != 0 {
				part[i] = id - 1
			} else {
				part[i] = t.lookup(rows[i*t.width:(i+1)*t.width], maskOf(masks, i), hashes[from+i])
			}
		}
	}
}

// lookup finds the group of one row, or makes it.
func (t *wordsTable) lookup(row []uint64, mask, hash uint64) uint32 {
	s := t.slot(row, mask, hash)
	if s.id != 0 {
		return s.id - 1
	}
	id := uint32(len(t.hash))
	*s = bytesSlot{uint32(hash >> 32), id + 1}
	t.hash = append(t.hash, hash)
	t.data = append(t.data, row...)
	if mask != 0 && t.nulls == nil {
		t.nulls = make([]uint64, id, 2*id+1)
	}
	if t.nulls != nil {
		t.nulls = append(t.nulls, mask)
	}
	if 2*len(t.hash) >= len(t.slots) {
		t.grow()
	}
	return id
}

func (t *wordsTable) grow() {
	slots := make([]bytesSlot, 2*len(t.slots))
	for id, at := range t.hash {
		s := bytesSlot{uint32(at >> 32), uint32(id) + 1}
		for slots[at&uint64(len(slots)-1)].id != 0 {
			at++
		}
		slots[at&uint64(len(slots)-1)] = s
	}
	t.slots = slots
}

// widened is a table of the same groups that has room for texts of any length.
func (t *wordsTable) widened(mem memory.Allocator) *bytesTable {
	to := newBytesTable(t.types)
	const most = 8192
	ids := make([]uint32, 0, most)
	for from := 0; from < len(t.hash); from += most {
		ids = ids[:0]
		for id := from; id < min(from+most, len(t.hash)); id++ {
			ids = append(ids, uint32(id))
		}
		cols := t.keys(mem, ids)
		to.ids(cols, t.hash[from:from+len(ids)], ids) // in the order of first appearance, so they stay what they are
		for _, c := range cols {
			c.Release()
		}
	}
	return to
}

func (t *wordsTable) len() int         { return len(t.hash) }
func (t *wordsTable) hashes() []uint64 { return t.hash }

func (t *wordsTable) keys(mem memory.Allocator, ids []uint32) []arrow.Array {
	out := make([]arrow.Array, len(t.parts))
	at := 0
	for c, n := range t.parts {
		b := array.NewBuilder(mem, t.types[c].Arrow())
		b.Reserve(len(ids))
		var enc [16]byte
		for _, id := range ids {
			words := t.entry(id)[at:]
			switch {
			case maskOf(t.nulls, int(id))>>c&1 != 0:
				b.AppendNull()
			case n == 1:
				appendWord(b, words[0])
			case n == 0:
				binary.LittleEndian.PutUint64(enc[:], words[0])
				appendBytes(b, enc[:words[0]>>56])
			default:
				binary.LittleEndian.PutUint64(enc[:], words[0])
				binary.LittleEndian.PutUint64(enc[8:], words[1])
				appendFixed(b, enc[:])
			}
		}
		at += max(n, 1)
		out[c] = b.NewArray()
		b.Release()
	}
	return out
}

func (t *wordsTable) bytes() int64 { return t.wordKeys.bytes() + int64(cap(t.hash))*8 }

func (t *wordsTable) reset() {
	clear(t.slots)
	t.hash, t.data, t.nulls = t.hash[:0], t.data[:0], nil
}
