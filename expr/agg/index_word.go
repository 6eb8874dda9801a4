package agg

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
)

// indexWords makes the table of one key that is a word: an array with a place for every value between the least and the
// greatest key where that is not much larger than a hash table would be, as with the numbers that tables give their rows.
func (x *Index) indexWords(col arrow.Array, n int, nullEqual bool) {
	if n > maxRows {
		panic("agg: too many rows for an index")
	}
	w := wordIndex{null: NoRow}
	valid := validity(col)
	least, most, keys := wordRange(col, n, valid)
	span := uint64(most) - uint64(least) // right also where the difference passes int64
	if signed(col.DataType()) && keys > 0 && span < directSpan*uint64(keys)+directSlack {
		t := &directIndex{wordIndex: w, least: uint64(least), first: make([]int32, span+1)}
		x.table = t
		x.fillWords(col, n, valid, nullEqual, &t.wordIndex, t.put)
		return
	}
	size := uint64(minSlots)
	if least := uint64(keys) + uint64(keys)/2; least > size {
		size = 1 << bits.Len64(least-1)
	}
	t := &hashIndex{wordIndex: w, slots: make([]rowSlot, size)}
	if signed(col.DataType()) && keys > 0 {
		t.filter = newKeyFilter(uint64(least), span, keys)
	}
	x.table = t
	x.fillWords(col, n, valid, nullEqual, &t.wordIndex, t.put)
}

const (
	// directSpan is how many places of 4 bytes a direct table may have for a key: a hash table has 24 to 48 bytes.
	directSpan  = 8
	directSlack = 4096
)

// signed reports whether the words of a type are integers.
func signed(dt arrow.DataType) bool {
	switch dt.ID() {
	case arrow.INT16, arrow.INT32, arrow.INT64, arrow.DATE32, arrow.TIME64, arrow.TIMESTAMP, arrow.BOOL:
		return true
	}
	return false
}

// wordRange is the least and the greatest word, as integers, and how many there are.
func wordRange(col arrow.Array, n int, valid bitmap) (least, most int64, keys int) {
	var scratch block
	for from := 0; from < n; from += blockRows {
		to := min(from+blockRows, n)
		for i, w := range loadWords(col, 0, from, to, &scratch) {
			if !valid.all() && !valid.has(from+i) {
				continue
			}
			v := int64(w)
			if keys == 0 {
				least, most = v, v
			}
			least, most = min(least, v), max(most, v)
			keys++
		}
	}
	return least, most, keys
}

// fillWords gives put each row with its word, from the last to the first, and chains those of one key. put returns the
// row that stood in its place, or NoRow.
func (x *Index) fillWords(col arrow.Array, n int, valid bitmap, nullEqual bool, w *wordIndex, put func(word uint64, row int32) int32) {
	var scratch block
	for to := n; to > 0; to -= blockRows {
		from := max(0, to-blockRows)
		words := loadWords(col, 0, from, to, &scratch)
		for i := len(words) - 1; i >= 0; i-- {
			row := int32(from + i)
			head := int32(NoRow)
			switch {
			case valid.all() || valid.has(from+i):
				head = put(words[i], row)
			case nullEqual:
				head, w.null = w.null, row
			}
			if head != NoRow {
				x.chain(row, head, n)
			}
		}
	}
}

// wordIndex is what the tables of one word have in common.
type wordIndex struct {
	null int32 // the first row whose key is NULL, where that is a key
}

// find takes the rows through look, a block at a time.
func (t *wordIndex) find(col arrow.Array, n int, into []int32, look func(words []uint64, into []int32)) {
	var scratch block
	valid := validity(col)
	for from := 0; from < n; from += blockRows {
		to := min(from+blockRows, n)
		look(loadWords(col, 0, from, to, &scratch), into[from:to])
	}
	if valid.all() {
		return
	}
	for i := range into {
		if !valid.has(i) {
			into[i] = t.null
		}
	}
}

// directIndex has a place for each value from least on.
type directIndex struct {
	wordIndex
	least uint64
	first []int32 // the row plus one; 0: none
}

func (t *directIndex) put(word uint64, row int32) int32 {
	p := &t.first[word-t.least]
	head := *p - 1
	*p = row + 1
	return head
}

func (t *directIndex) find(cols []arrow.Array, n int, into []int32) {
	t.wordIndex.find(cols[0], n, into, t.look)
}

func (t *directIndex) look(words []uint64, into []int32) {
	first, least := t.first, t.least
	into = into[:len(words)]
	for i, w := range words {
		row := int32(0)
		if at := w - least; at < uint64(len(first)) {
			row = first[at]
		}
		into[i] = row - 1
	}
}

func (t *directIndex) bytes() int64 { return int64(cap(t.first)) * 4 }

// hashIndex is a hash table with linear probing, two thirds full at most.
type hashIndex struct {
	wordIndex
	slots  []rowSlot // a power of two of them
	filter keyFilter
}

// rowSlot is a key and its first row plus one; 0: the slot is free.
type rowSlot struct {
	word uint64
	row  int32
}

func (t *hashIndex) put(word uint64, row int32) int32 {
	if t.filter.bits != nil {
		t.filter.add(word)
	}
	for at := mix(hashSeed + word); ; at++ {
		s := &t.slots[at&uint64(len(t.slots)-1)]
		if s.row == 0 || s.word == word {
			head := s.row - 1
			*s = rowSlot{word, row + 1}
			return head
		}
	}
}

func (t *hashIndex) find(cols []arrow.Array, n int, into []int32) {
	t.wordIndex.find(cols[0], n, into, t.look)
}

func (t *hashIndex) look(words []uint64, into []int32) {
	slots := t.slots
	into = into[:len(words)]
	if t.filter.bits != nil {
		var scratch [blockRows]uint8
		passed := t.filter.rows(words, &scratch)
		noRows(into)
		for _, i := range passed {
			for at := mix(hashSeed + words[i]); ; at++ {
				s := &slots[at&uint64(len(slots)-1)]
				if s.word == words[i] && s.row != 0 {
					into[i] = s.row - 1
					break
				}
			}
		}
		return
	}
	for i, w := range words {
		for at := mix(hashSeed + w); ; at++ {
			s := &slots[at&uint64(len(slots)-1)]
			if s.row == 0 || s.word == w {
				into[i] = s.row - 1
				break
			}
		}
	}
}

func (t *hashIndex) bytes() int64 { return int64(cap(t.slots))*16 + int64(cap(t.filter.bits))*8 }
