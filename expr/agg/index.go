package agg

import (
	"bytes"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

// Index finds the rows of a table by their keys, as a hash join does with the rows of its build side. Keys are equal as
// Groups has it, but for NULL, which is no key unless it is said to be one. An Index is not changed once made.
type Index struct {
	table rowTable
	next  []int32 // by row: the next one of the same key, or NoRow; nil where no key has two rows
	keys  int
}

// NoRow stands where there is no row.
const NoRow = -1

// rowTable is the hash table of an Index, by the shape of its keys.
type rowTable interface {
	find(cols []arrow.Array, n int, into []int32)
	bytes() int64
}

// NewIndex indexes all rows of cols, which are of the types of keys and at least one. A row with a NULL in a key for
// which nullEqual does not say that NULL equals NULL has no key: nothing finds it. nullEqual nil: of no key.
func NewIndex(keys []types.Type, nullEqual []bool, cols []arrow.Array) *Index {
	x := &Index{keys: len(keys)}
	n := cols[0].Len()
	if len(keys) == 1 && wordsOf(keys[0].Arrow()) == 1 {
		x.indexWords(cols[0], n, nullEqual != nil && nullEqual[0])
	} else if k := newWordKeys(keys, false); k != nil {
		x.indexWordKeys(k, nullEqual, cols, n)
	} else {
		x.indexBytes(keys, nullEqual, cols, n)
	}
	return x
}

// Find gives each of n rows of cols the first row that has its key, or NoRow, in the memory of into if that is enough.
func (x *Index) Find(cols []arrow.Array, n int, into []int32) []int32 {
	into = sized(into, n)
	if len(cols) != x.keys {
		panic("agg: an index was made of other keys")
	}
	x.table.find(cols, n, into)
	return into
}

// Next says for each row which one of the same key comes after it; NoRow: none. It is nil where no key has two rows.
func (x *Index) Next() []int32 { return x.next }

// Bytes is the memory held.
func (x *Index) Bytes() int64 { return x.table.bytes() + int64(cap(x.next))*4 }

// chain puts row in front of head, the first row of its key so far.
func (x *Index) chain(row, head int32, n int) {
	if x.next == nil {
		x.next = make([]int32, n)
		for i := range x.next {
			x.next[i] = NoRow
		}
	}
	x.next[row] = head
}

// bytesIndex is the table of keys that are not one word: a group for each key, and the group's first row.
type bytesIndex struct {
	groups *bytesTable
	first  []int32 // by group; NoRow where its key has a NULL that equals nothing
	hashes []uint64
}

// indexRows is how many rows are made into keys at a time.
const indexRows = 8192

func (x *Index) indexBytes(keys []types.Type, nullEqual []bool, cols []arrow.Array, n int) {
	t := &bytesIndex{groups: newBytesTable(keys)}
	x.table = t
	var ids []uint32
	for to := n; to > 0; to -= indexRows { // backwards, so that a key's first row is in front
		from := max(0, to-indexRows)
		part := slicesOf(cols, from, to)
		t.hashes = HashColumns(part, t.hashes)
		ids = sized(ids, to-from)
		t.groups.ids(part, t.hashes, ids)
		for len(t.first) < t.groups.len() {
			t.first = append(t.first, NoRow)
		}
		skip := Keyless(part, nullEqual)
		for i := to - from - 1; i >= 0; i-- {
			if skip != nil && skip[i] {
				continue
			}
			row, head := int32(from+i), &t.first[ids[i]]
			if *head != NoRow {
				x.chain(row, *head, n)
			}
			*head = row
		}
		for _, a := range part {
			a.Release()
		}
	}
}

func slicesOf(cols []arrow.Array, from, to int) []arrow.Array {
	out := make([]arrow.Array, len(cols))
	for i, a := range cols {
		out[i] = array.NewSlice(a, int64(from), int64(to))
	}
	return out
}

// Keyless tells the rows that have a NULL which equals nothing; nil: there is none. nullEqual is as in NewIndex.
func Keyless(cols []arrow.Array, nullEqual []bool) []bool {
	var skip []bool
	for k, a := range cols {
		valid := validity(a)
		if valid.all() || nullEqual != nil && nullEqual[k] {
			continue
		}
		if skip == nil {
			skip = make([]bool, a.Len())
		}
		for i := range skip {
			if !valid.has(i) {
				skip[i] = true
			}
		}
	}
	return skip
}

func (t *bytesIndex) find(cols []arrow.Array, n int, into []int32) {
	if len(t.first) == 0 {
		noRows(into)
		return
	}
	t.hashes = HashColumns(cols, sized(t.hashes, n))
	t.groups.seek(cols, t.hashes, into)
	first := t.first
	for i, id := range into {
		if id >= 0 {
			into[i] = first[id]
		}
	}
}

func (t *bytesIndex) bytes() int64 { return t.groups.bytes() + int64(cap(t.first))*4 }

func noRows(into []int32) {
	for i := range into {
		into[i] = NoRow
	}
}

// maxRows is the number of rows that an Index can tell apart.
const maxRows = math.MaxInt32 - 1

// Same tells for each row whether a and b, of one type, have equal values, in the memory of into if that is enough. A
// NULL is equal to nothing.
func Same(a, b arrow.Array, into []bool) []bool {
	n := a.Len()
	into = sized(into, n)
	av, bv := validity(a), validity(b)
	var x, y block
	var enc, other []byte
	for from := 0; from < n; from += blockRows {
		to := min(from+blockRows, n)
		part := into[from:to]
		for i := range part {
			part[i] = (av.all() || av.has(from+i)) && (bv.all() || bv.has(from+i))
		}
		for word := range wordsOf(a.DataType()) {
			u, v := loadWords(a, word, from, to, &x), loadWords(b, word, from, to, &y)
			for i := range part {
				part[i] = part[i] && u[i] == v[i]
			}
		}
		if wordsOf(a.DataType()) > 0 {
			continue
		}
		for i := range part {
			if part[i] {
				enc, other = appendValue(enc[:0], a, from+i), appendValue(other[:0], b, from+i)
				part[i] = bytes.Equal(enc, other)
			}
		}
	}
	return into
}
