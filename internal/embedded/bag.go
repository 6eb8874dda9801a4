package embedded

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

	"github.com/cockroachdb/pebble/v2"

	"millrace/sqlerr"
)

// A bag is the rows of a materialized view that has no key: equal rows are there as often as the query gives them. The key
// of a row is a hash of what it is written as and, behind it, its number among those that are equal. A row is added behind
// the last of its equals, and it is the last of them that is taken away.

// bagHash is the bytes of the hash.
const bagHash = 16

func bagKey(table []byte, row []byte) []byte {
	sum := sha256.Sum256(row)
	return append(bytes.Clone(table), sum[:bagHash]...)
}

func numbered(equals []byte, number uint32) []byte {
	return binary.BigEndian.AppendUint32(bytes.Clone(equals), number)
}

// count notes how often rows are to be there more, or less.
func (w *Write) count(rows *slab, sign func(i int) int64) error {
	if w.bag == nil {
		w.bag = map[string]int64{}
	}
	for i := range len(rows.offs) - 1 {
		row := rows.at(i)
		if n := w.bag[string(row)] + sign(i); n == 0 {
			delete(w.bag, string(row))
		} else {
			w.bag[string(row)] = n
		}
	}
	return nil
}

// hashed is a row of a bag with the key of its equals.
type hashed struct {
	equals []byte
	row    string
}

// sortedBag lists the rows that w.bag names, in the order of their keys.
func (w *Write) sortedBag() []hashed {
	table := key('r', w.table.id)
	out := make([]hashed, 0, len(w.bag))
	for row := range maps.Keys(w.bag) {
		out = append(out, hashed{bagKey(table, []byte(row)), row})
	}
	slices.SortFunc(out, func(a, b hashed) int { return bytes.Compare(a.equals, b.equals) })
	return out
}

// overwriteBag finds out what w.bag comes to.
func (w *Write) overwriteBag() error {
	prefix := key('r', w.table.id)
	it, err := w.table.store.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: After(prefix)})
	if err != nil {
		return ioError(err)
	}
	for _, h := range w.sortedBag() {
		next := uint32(0) // the number behind the last of its equals
		if it.SeekLT(After(h.equals)) && bytes.HasPrefix(it.Key(), h.equals) {
			next = binary.BigEndian.Uint32(it.Key()[len(h.equals):]) + 1
		}
		n := w.bag[h.row]
		if int64(next)+n < 0 {
			return errors.Join(sqlerr.New(sqlerr.DataCorrupted, 0, "view %q is to lose a row that it does not have", w.table.name.String()).
				WithHint("Drop the view and create it again."), it.Close())
		}
		for ; n > 0; n-- {
			w.result = append(w.result, change{key: numbered(h.equals, next), row: []byte(h.row)})
			next++
		}
		for ; n < 0; n++ {
			next--
			w.result = append(w.result, change{key: numbered(h.equals, next), before: []byte(h.row)})
		}
	}
	return ioError(errors.Join(it.Error(), it.Close()))
}

// Replace finds out what has to change for the table to have the rows of the Upserts alone.
func (w *Write) Replace() error {
	w.checked = true
	t := w.table
	want := map[string][]byte{} // by key
	if t.bag {
		for _, h := range w.sortedBag() {
			for n := range max(0, w.bag[h.row]) {
				want[string(numbered(h.equals, uint32(n)))] = []byte(h.row)
			}
		}
	} else {
		for _, e := range w.entries {
			if e.row == nil {
				delete(want, string(e.key))
			} else {
				want[string(e.key)] = e.row
			}
		}
	}
	prefix := key('r', t.id)
	it, err := t.store.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: After(prefix)})
	if err != nil {
		return ioError(err)
	}
	for it.First(); it.Valid(); it.Next() {
		before, err := it.ValueAndErr()
		if err != nil {
			return errors.Join(ioError(err), it.Close())
		}
		row, stays := want[string(it.Key())]
		if !stays || !bytes.Equal(row, before) {
			w.result = append(w.result, change{bytes.Clone(it.Key()), bytes.Clone(before), row})
		}
		delete(want, string(it.Key()))
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return ioError(err)
	}
	for k, row := range want {
		w.result = append(w.result, change{key: []byte(k), row: row})
	}
	slices.SortFunc(w.result, func(a, b change) int { return bytes.Compare(a.key, b.key) })
	return nil
}
