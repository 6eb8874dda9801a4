package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
)

// wordsIndex is the table of keys that are several words: its entries are the rows, and a slot has a key's first one.
type wordsIndex struct {
	*wordKeys
	hashed []uint64
}

func (x *Index) indexWordKeys(k *wordKeys, nullEqual []bool, cols []arrow.Array, n int) {
	if n > maxRows {
		panic("agg: too many rows for an index")
	}
	t := &wordsIndex{wordKeys: k}
	x.table = t
	t.slots = make([]bytesSlot, slotsFor(n))
	t.data = make([]uint64, n*k.width)
	for to := n; to > 0; to -= indexRows { // backwards, so that a key's first row is in front
		from := max(0, to-indexRows)
		part := slicesOf(cols, from, to)
		t.hashed = HashColumns(part, t.hashed)
		t.store(part, from, n)
		skip := Keyless(part, nullEqual)
		for i := to - from - 1; i >= 0; i-- {
			if skip != nil && skip[i] {
				continue
			}
			if head := t.put(uint32(from+i), t.hashed[i]); head != NoRow {
				x.chain(int32(from+i), head, n)
			}
		}
		for _, a := range part {
			a.Release()
		}
	}
}

// store makes cols the entries from row on, of n.
func (t *wordsIndex) store(cols []arrow.Array, row, n int) {
	for from := 0; from < cols[0].Len(); from += blockRows {
		rows, masks := t.load(cols, from, min(from+blockRows, cols[0].Len()))
		copy(t.data[(row+from)*t.width:], rows)
		if masks != nil {
			if t.nulls == nil {
				t.nulls = make([]uint64, n)
			}
			copy(t.nulls[row+from:], masks)
		}
	}
}

// put makes a row the first of its key. It returns the one that was that, or NoRow.
func (t *wordsIndex) put(row uint32, hash uint64) int32 {
	s := t.slot(t.entry(row), maskOf(t.nulls, int(row)), hash)
	head := int32(s.id) - 1
	*s = bytesSlot{uint32(hash >> 32), row + 1}
	return head
}

func (t *wordsIndex) find(cols []arrow.Array, n int, into []int32) {
	t.hashed = HashColumns(cols, sized(t.hashed, n))
	var ids [blockRows]uint32
	for from := 0; from < n; from += blockRows {
		to := min(from+blockRows, n)
		rows, masks := t.load(cols, from, to)
		t.candidates(rows, masks, t.hashed[from:to], ids[:to-from])
		for i, id := range ids[:to-from] {
			if id == 0 {
				id = t.slot(rows[i*t.width:(i+1)*t.width], maskOf(masks, i), t.hashed[from+i]).id
			}
			into[from+i] = int32(id) - 1
		}
	}
}
