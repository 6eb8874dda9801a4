package exec

import (
	"bytes"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// sortedRows is rows in order; row i and the one before it are equal in the first same[i] keys that they are sorted by.
type sortedRows struct {
	refs []ref
	same []int32
}

// sortedBytes is what sorting takes a row.
const sortedBytes = refBytes + 4

func (s sortedRows) slice(from, to int) sortedRows {
	return sortedRows{s.refs[from:to], s.same[from:to]}
}

// chunkRows is how many rows are computed at a time, or a partition where that is more.
const chunkRows = 16 * flow.BatchRows

// chunk is the end of the partitions from row from on that make a chunk.
func (s sortedRows) chunk(from, partition int) int {
	to := min(from+chunkRows, len(s.refs))
	for to < len(s.refs) && int(s.same[to]) >= partition {
		to++
	}
	return to
}

// starts lists the rows that are not equal to the one before them in the first keys, and the number of rows.
func (s sortedRows) starts(keys int) []int32 {
	var out []int32
	for i, n := range s.same {
		if i == 0 || int(n) < keys {
			out = append(out, int32(i))
		}
	}
	return append(out, int32(len(s.same)))
}

// sorted puts the rows in order, those that are not wanted left out.
func (o *overRows) sorted() sortedRows {
	s := sortedRows{refs: o.rows.sorted()}
	s.same = make([]int32, len(s.refs))
	for i := 1; i < len(s.refs); i++ {
		if a, b := s.refs[i-1], s.refs[i]; !o.keys.firstDiffers(a.prefix, b.prefix) {
			s.same[i] = int32(o.keys.shared(o.rows.key(a), o.rows.key(b)))
		}
	}
	if o.Top.Function != "" {
		s = s.top(o.Top, len(o.Partition))
	}
	return s
}

// top leaves the rows of each partition that a ranking function gives a small enough number.
func (s sortedRows) top(t OverTop, partition int) sortedRows {
	kept := 0
	var row, rank, dense int64 // of row i
	for i, same := range s.same {
		switch {
		case i == 0 || int(same) < partition:
			row, rank, dense = 1, 1, 1
		default:
			row++
			if int(same) < partition+t.Peers {
				rank = row
				dense++
			}
		}
		n := row
		switch t.Function {
		case "rank":
			n = rank
		case "dense_rank":
			n = dense
		}
		if n <= t.N { // what is left out is at the end of its partition: same holds for those behind it
			s.refs[kept], s.same[kept] = s.refs[i], same
			kept++
		}
	}
	return s.slice(0, kept)
}

// prune drops the rows that are not wanted.
func (o *overRows) prune() error {
	s := o.sorted()
	var keys sortKeys
	for _, r := range s.refs {
		keys.data = append(keys.data, o.rows.key(r)...)
		keys.ends = append(keys.ends, len(keys.data))
	}
	o.kept = int64(len(s.refs))
	if o.kept == 0 {
		o.rows.clear()
		return nil
	}
	rec, err := o.rows.gather(s.refs)
	if err != nil {
		return err
	}
	defer rec.Release()
	o.rows.clear()
	return o.rows.add(rec, keys)
}

// firstDiffers reports, of two prefixes (see ref), whether they show the first key to differ. Where it is false it may
// differ all the same.
func (k *orderKeys) firstDiffers(a, b uint64) bool {
	if a == b || len(k.by) == 0 {
		return false
	}
	differ := bits.LeadingZeros64(a^b) / 8
	if differ == 0 || orderWidth(k.by[0].Expr.Type().Arrow()) > 0 { // that takes 9 bytes at least
		return true
	}
	if a>>56 != 1 { // NULL takes one byte
		return false
	}
	end := uint64(0)
	if k.by[0].Desc {
		end = 0xff
	}
	for i := 1; i < differ; i++ {
		if a>>(56-8*i)&0xff == end {
			return false
		}
	}
	return true
}

// shared is how many of the keys that a and b begin with are equal.
func (k *orderKeys) shared(a, b []byte) int {
	differ := 0
	for n := min(len(a), len(b)); differ < n; {
		if n-differ >= 8 && bytes.Equal(a[differ:differ+8], b[differ:differ+8]) {
			differ += 8
			continue
		}
		if a[differ] != b[differ] {
			break
		}
		differ++
	}
	at := 0
	for i, o := range k.by {
		if at = keyEnd(o, a, at); at > differ {
			return i
		}
	}
	return len(k.by)
}

// keyEnd is where the part of key that begins at at ends, which is written for o.
func keyEnd(o Order, key []byte, at int) int {
	first := key[at]
	at++
	dt := o.Expr.Type().Arrow()
	if width := orderWidth(dt); width > 0 {
		return at + 8*width
	}
	if first != 1 || dt.ID() == arrow.NULL {
		return at
	}
	zero := byte(0)
	if o.Desc {
		zero = 0xff
	}
	for ; ; at++ { // the end is 0 0; a 0 of the text is followed by 255
		if key[at] == zero {
			if key[at+1] == zero {
				return at + 2
			}
			at++
		}
	}
}
