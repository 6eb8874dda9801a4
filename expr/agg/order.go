package agg

import (
	"cmp"
	"encoding/binary"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/types"
)

// Order is one key of what a call's rows are put in order by.
type Order struct {
	Arg        int // position in Call.Args
	Desc       bool
	NullsFirst bool
}

// sortRuns puts the rows of each run in order and gives the position of each row that is to stand there: run i is the
// rows from ends[i-1] to ends[i] of cols. Rows that are equal stay as they are.
func sortRuns(by []Order, ts []types.Type, cols []arrow.Array, ends []int32) []int32 {
	n := 0
	if len(ends) > 0 {
		n = int(ends[len(ends)-1])
	}
	keys := make([]sortKey, n)
	for i := range keys {
		keys[i].row = int32(i)
	}
	exact := fillPrefixes(keys, cols[by[0].Arg], by[0])
	rest := by
	if exact {
		rest = by[1:]
	}
	compare := make([]func(i, j int) int, len(rest))
	for k, o := range rest {
		compare[k] = comparison(o, ts[o.Arg], cols[o.Arg])
	}
	from := int32(0)
	for _, end := range ends {
		slices.SortFunc(keys[from:end], func(x, y sortKey) int {
			if x.prefix != y.prefix {
				if x.prefix < y.prefix {
					return -1
				}
				return 1
			}
			for _, c := range compare {
				if r := c(int(x.row), int(y.row)); r != 0 {
					return r
				}
			}
			return cmp.Compare(x.row, y.row)
		})
		from = end
	}
	out := make([]int32, n)
	for i, k := range keys {
		out[i] = k.row
	}
	return out
}

// sortKey is a row and the beginning of what it is ordered by.
type sortKey struct {
	prefix uint64
	row    int32
}

// fillPrefixes makes the prefixes from the first key: they are in its order where they differ. It reports whether rows
// with equal prefixes are equal in it.
func fillPrefixes(keys []sortKey, a arrow.Array, o Order) (exact bool) {
	if !validity(a).all() {
		return false
	}
	flip := uint64(0)
	if o.Desc {
		flip = ^uint64(0)
	}
	switch dt := a.DataType(); {
	case wordsOf(dt) == 1:
		var scratch block
		for from := 0; from < len(keys); from += blockRows {
			to := min(from+blockRows, len(keys))
			for i, w := range orderedWords(a, from, to, &scratch) {
				keys[from+i].prefix = w ^ 1<<63 ^ flip
			}
		}
		return true
	case dt.ID() == arrow.STRING || dt.ID() == arrow.BINARY:
		offs, data := varlen(a)
		for i := range keys {
			var first [8]byte // what a shorter value lacks is 0: it may be equal to a longer one's, never above it
			copy(first[:], data[offs[i]:offs[i+1]])
			keys[i].prefix = binary.BigEndian.Uint64(first[:]) ^ flip
		}
	}
	return false
}

// comparison orders two rows by one key.
func comparison(o Order, t types.Type, a arrow.Array) func(i, j int) int {
	compare := expr.Comparator(t, a)
	if o.Desc {
		up := compare
		compare = func(i, j int) int { return up(j, i) }
	}
	valid := validity(a)
	if valid.all() {
		return compare
	}
	null := 1
	if o.NullsFirst {
		null = -1
	}
	return func(i, j int) int {
		switch x, y := valid.has(i), valid.has(j); {
		case x && y:
			return compare(i, j)
		case x:
			return -null
		case y:
			return null
		}
		return 0
	}
}
