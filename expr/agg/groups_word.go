package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/types"
)

// wordTable is the table of one key that is a word. Open addressing with linear probing; a key's hash is a bijection of
// it, so hashes are not stored.
type wordTable struct {
	dt    arrow.DataType
	slots []wordSlot // a power of two of them
	words []uint64   // by group
	null  uint32     // the group of NULL plus one; 0: there is none
	hash  []uint64   // of the first groups, as far as it was asked for
}

// wordSlot is a key and its group plus one; 0: the slot is free.
type wordSlot struct {
	word uint64
	id   uint32
}

func newWordTable(key types.Type) *wordTable {
	return &wordTable{dt: key.Arrow(), slots: make([]wordSlot, minSlots)}
}

func (t *wordTable) ids(cols []arrow.Array, hashes []uint64, into []uint32) {
	a, n := cols[0], len(hashes)
	valid := validity(a)
	var scratch block
	for from := 0; from < n; from += blockRows {
		to := min(from+blockRows, n)
		words := loadWords(a, 0, from, to, &scratch)
		if valid.all() {
			t.find(words, hashes[from:to], into[from:to])
		} else {
			t.findNullable(words, hashes[from:to], into[from:to], valid.from(from))
		}
	}
}

func (t *wordTable) find(words, hashes []uint64, into []uint32) {
	hashes, into = hashes[:len(words)], into[:len(words)]
	slots := t.slots
	for i, w := range words {
		for at := hashes[i]; ; at++ {
			s := &slots[at&uint64(len(slots)-1)]
			if s.word == w && s.id != 0 {
				into[i] = s.id - 1
				break
			}
			if s.id == 0 {
				into[i] = t.insert(s, w)
				slots = t.slots
				break
			}
		}
	}
}

func (t *wordTable) findNullable(words, hashes []uint64, into []uint32, valid bitmap) {
	for i := range words {
		if valid.has(i) {
			t.find(words[i:i+1], hashes[i:i+1], into[i:i+1])
			continue
		}
		if t.null == 0 {
			t.words = append(t.words, 0)
			t.null = uint32(len(t.words))
		}
		into[i] = t.null - 1
	}
}

// insert puts a new key into the free slot s, and into a larger table where this one would be half full.
func (t *wordTable) insert(s *wordSlot, w uint64) uint32 {
	t.words = append(t.words, w)
	*s = wordSlot{w, uint32(len(t.words))}
	if 2*len(t.words) >= len(t.slots) {
		t.grow()
	}
	return uint32(len(t.words)) - 1
}

func (t *wordTable) grow() {
	slots := make([]wordSlot, 2*len(t.slots))
	for _, s := range t.slots {
		if s.id == 0 {
			continue
		}
		at := mix(hashSeed + s.word)
		for slots[at&uint64(len(slots)-1)].id != 0 {
			at++
		}
		slots[at&uint64(len(slots)-1)] = s
	}
	t.slots = slots
}

func (t *wordTable) len() int { return len(t.words) }

func (t *wordTable) hashes() []uint64 {
	for id := len(t.hash); id < len(t.words); id++ {
		w := t.words[id]
		if t.null == uint32(id)+1 {
			w = nullWord
		}
		t.hash = append(t.hash, mix(hashSeed+w))
	}
	return t.hash
}

func (t *wordTable) keys(mem memory.Allocator, ids []uint32) []arrow.Array {
	b := array.NewBuilder(mem, t.dt)
	defer b.Release()
	b.Reserve(len(ids))
	for _, id := range ids {
		if t.null == id+1 {
			b.AppendNull()
		} else {
			appendWord(b, t.words[id])
		}
	}
	return []arrow.Array{b.NewArray()}
}

func (t *wordTable) bytes() int64 {
	return int64(cap(t.slots))*16 + int64(cap(t.words))*8 + int64(cap(t.hash))*8
}

func (t *wordTable) reset() {
	clear(t.slots)
	t.words, t.hash, t.null = t.words[:0], t.hash[:0], 0
}
