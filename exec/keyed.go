package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// putByKeyGroup writes a row for each key as a record for each key group. hashes are those of the keys, and write gives
// the rows of keys, by their ids, in that order.
func putByKeyGroup(w flow.StateWriter, table string, hashes []uint64, write func(ids []uint32) (arrow.RecordBatch, error)) error {
	if len(hashes) == 0 {
		return nil
	}
	var ends [flow.KeyGroups]int // where each key group's ids end: a counting sort
	for _, h := range hashes {
		ends[flow.KeyGroup(h)]++
	}
	var next [flow.KeyGroups]int
	sum := 0
	for g, n := range ends {
		next[g] = sum
		sum += n
		ends[g] = sum
	}
	ids := make([]uint32, len(hashes))
	for id, h := range hashes {
		g := flow.KeyGroup(h)
		ids[next[g]] = uint32(id)
		next[g]++
	}
	rec, err := write(ids)
	if err != nil {
		return err
	}
	defer rec.Release()
	from := 0
	for g, to := range ends {
		if to == from {
			continue
		}
		part := rec.NewSlice(int64(from), int64(to))
		err := w.Put(table, g, part)
		part.Release()
		if err != nil {
			return err
		}
		from = to
	}
	return nil
}
