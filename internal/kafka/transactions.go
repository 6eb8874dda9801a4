package kafka

import (
	"cmp"
	"slices"
)

// Aborted is a transaction that was aborted: the records of its producer from that offset to its abort marker do not
// count.
type Aborted struct{ ProducerID, FirstOffset int64 }

// Filter tells the batches of one fetch whose records count from those whose do not, in the order of their offsets.
// A broker's own "read committed" only ends a fetch before the first open transaction; what was aborted it sends all
// the same, with a list of it.
type Filter struct {
	pending  []Aborted // by FirstOffset
	aborting map[int64]bool
}

// Start begins with another fetch. aborted is nil where everything is read.
func (f *Filter) Start(aborted []Aborted) {
	slices.SortFunc(aborted, func(a, b Aborted) int { return cmp.Compare(a.FirstOffset, b.FirstOffset) })
	f.pending = aborted
	clear(f.aborting)
}

// Skip reports whether the next batch holds no records that count.
func (f *Filter) Skip(b *Batch) bool {
	for len(f.pending) > 0 && f.pending[0].FirstOffset <= b.Last {
		if f.aborting == nil {
			f.aborting = map[int64]bool{}
		}
		f.aborting[f.pending[0].ProducerID] = true
		f.pending = f.pending[1:]
	}
	if b.Control() {
		if f.aborting[b.ProducerID] && b.Abort() {
			delete(f.aborting, b.ProducerID)
		}
		return true
	}
	return b.Transactional() && f.aborting[b.ProducerID]
}
