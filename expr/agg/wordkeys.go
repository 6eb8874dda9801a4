package agg

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/types"
)

// wordKeys is a hash table of keys that are the same number of words each, side by side: several columns, or one of two
// words. Open addressing with linear probing.
type wordKeys struct {
	parts []int // by column: its words; 0: a text of shortText bytes at most, as one word
	width int   // of all columns
	slots []bytesSlot
	data  []uint64 // width words an entry
	nulls []uint64 // by entry: a bit for each column that is NULL; nil: there is none

	rows  []uint64 // of the block that was loaded last,
	masks []uint64 // and its NULLs
}

// shortText is how many bytes of text fit into a word beside their number.
const shortText = 7

// mostColumns is how many columns have a bit in a mask.
const mostColumns = 64

// newWordKeys is nil where the keys are no words. Whether texts are taken for words the caller decides: long ones can't.
func newWordKeys(keys []types.Type, texts bool) *wordKeys {
	if len(keys) > mostColumns {
		return nil
	}
	k := &wordKeys{}
	for _, t := range keys {
		n := wordsOf(t.Arrow())
		if n == 0 && !(texts && isText(t)) {
			return nil
		}
		k.parts = append(k.parts, n)
		k.width += max(n, 1)
	}
	return k
}

// isText reports whether values are bytes as they are.
func isText(t types.Type) bool {
	return t.Kind == types.Text || t.Kind == types.JSON || t.Kind == types.Bytes
}

// fit reports whether all texts are short.
func (k *wordKeys) fit(cols []arrow.Array) bool {
	for c, n := range k.parts {
		if n > 0 {
			continue
		}
		offs, _ := varlen(cols[c])
		long := uint32(0)
		for i := 1; i < len(offs); i++ {
			long |= uint32(offs[i]-offs[i-1]) &^ shortText
		}
		if long != 0 {
			return false
		}
	}
	return true
}

// load makes words of a block of rows. A NULL is 0 with a bit in masks; masks is nil where cols have no NULL.
func (k *wordKeys) load(cols []arrow.Array, from, to int) (rows, masks []uint64) {
	n := to - from
	k.rows = sized(k.rows, n*k.width)
	var scratch block
	at := 0
	for c, a := range cols {
		valid := validity(a)
		for part := range max(k.parts[c], 1) {
			var words []uint64
			if k.parts[c] > 0 {
				words = loadWords(a, part, from, to, &scratch)
			} else {
				words = shortWords(a, from, to, &scratch)
			}
			out := k.rows[at:]
			for i, w := range words {
				out[i*k.width] = w
			}
			if !valid.all() {
				for i := range n {
					if !valid.has(from + i) {
						out[i*k.width] = 0
					}
				}
			}
			at++
		}
		if valid.all() {
			continue
		}
		if masks == nil {
			k.masks = sized(k.masks, n)
			masks = k.masks
			clear(masks)
		}
		for i := range masks {
			if !valid.has(from + i) {
				masks[i] |= 1 << c
			}
		}
	}
	return k.rows, masks
}

// shortWords makes a word of each text: its bytes from the lowest on, and their number in the highest.
func shortWords(a arrow.Array, from, to int, scratch *block) []uint64 {
	offs, data := varlen(a)
	offs = offs[from : to+1]
	out := scratch[:to-from]
	for i := range out {
		begin, n := int(offs[i]), uint(offs[i+1]-offs[i])
		if begin+8 <= len(data) {
			out[i] = binary.LittleEndian.Uint64(data[begin:])&(1<<(8*n)-1) | uint64(n)<<56
			continue
		}
		w := uint64(n) << 56
		for j, b := range data[begin:offs[i+1]] {
			w |= uint64(b) << (8 * j)
		}
		out[i] = w
	}
	return out
}

// candidates gives each row of a block the entry that has its key, plus one, if it is where it is looked for first; 0
// says nothing. All slots are read before the first entry, so that what the processor waits for, it waits for together.
func (k *wordKeys) candidates(rows, masks, hashes []uint64, into []uint32) {
	slots := k.slots
	into = into[:len(hashes)]
	for i, h := range hashes {
		s := slots[h&uint64(len(slots)-1)]
		id := s.id
		if s.tag != uint32(h>>32) {
			id = 0
		}
		into[i] = id
	}
	switch {
	case masks != nil || k.nulls != nil:
		for i, id := range into {
			if id != 0 && !k.same(id-1, rows[i*k.width:(i+1)*k.width], maskOf(masks, i)) {
				into[i] = 0
			}
		}
	case k.width == 2:
		data := k.data
		for i, id := range into {
			if id == 0 {
				continue
			}
			entry, row := data[2*int(id)-2:][:2], rows[2*i:][:2]
			if entry[0]^row[0]|entry[1]^row[1] != 0 {
				into[i] = 0
			}
		}
	default:
		for i, id := range into {
			if id != 0 && !sameWords(k.entry(id-1), rows[i*k.width:(i+1)*k.width]) {
				into[i] = 0
			}
		}
	}
}

func maskOf(masks []uint64, i int) uint64 {
	if masks == nil {
		return 0
	}
	return masks[i]
}

func sameWords(a, b []uint64) bool {
	b = b[:len(a)]
	for i, w := range a {
		if w != b[i] {
			return false
		}
	}
	return true
}

func (k *wordKeys) entry(id uint32) []uint64 { return k.data[int(id)*k.width:][:k.width] }

// same reports whether an entry has this key.
func (k *wordKeys) same(id uint32, row []uint64, mask uint64) bool {
	return sameWords(k.entry(id), row) && maskOf(k.nulls, int(id)) == mask
}

// slot is where a key stands, or the free slot where it would.
func (k *wordKeys) slot(row []uint64, mask, hash uint64) *bytesSlot {
	tag := uint32(hash >> 32)
	for at := hash; ; at++ {
		s := &k.slots[at&uint64(len(k.slots)-1)]
		if s.id == 0 || s.tag == tag && k.same(s.id-1, row, mask) {
			return s
		}
	}
}

// slotsFor is how many slots so many keys have: two thirds are in use at most.
func slotsFor(keys int) uint64 {
	n := uint64(keys) + uint64(keys)/2
	if n <= minSlots {
		return minSlots
	}
	return 1 << bits.Len64(n-1)
}

func (k *wordKeys) bytes() int64 {
	return int64(cap(k.slots)+cap(k.data)+cap(k.nulls)+cap(k.rows)+cap(k.masks)) * 8
}
