package exec

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/exec/spill"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
)

// distinctDisk is the rows that a DISTINCT has passed on and those that came later, dealt out by their hash. A part whose
// rows do not fit into memory goes to disk once more.
type distinctDisk struct {
	known, later *spill.Partitions // nil: rows are in memory
	level        int               // how often the rows that are in memory were dealt out
	parts        []distinctPart
	part         distinctPart  // whose known rows are in memory
	reader       *spill.Reader // of what came later; nil: there is no such part
}

type distinctPart struct {
	known, later *spill.File // nil: none
	depth        int
}

func (p *distinctPart) close() error {
	var errs []error
	for _, f := range []*spill.File{p.known, p.later} {
		if f != nil {
			errs = append(errs, f.Close())
		}
	}
	*p = distinctPart{}
	return errors.Join(errs...)
}

// spill writes the rows that it knows to disk and forgets them.
func (d *distinct) spill() error {
	k := &d.disk
	if k.level > spill.MaxDepth {
		return sqlerr.New(sqlerr.OutOfMemory, 0, "a few rows of a DISTINCT do not fit into memory_limit").WithHint("Raise memory_limit.")
	}
	if k.known == nil {
		k.known = spill.NewPartitions(d.tc, d.schema, k.level)
		k.later = spill.NewPartitions(d.tc, d.schema, k.level)
	}
	hashes := d.groups.Hashes()
	var ids []uint32
	for from := 0; from < len(hashes); from += runRows {
		ids = ids[:0]
		for id := from; id < min(from+runRows, len(hashes)); id++ {
			ids = append(ids, uint32(id))
		}
		rec, err := d.rows(ids)
		if err != nil {
			return err
		}
		err = k.known.Write(rec, hashes[from:from+len(ids)])
		rec.Release()
		if err != nil {
			return err
		}
	}
	return d.renew()
}

// renew forgets the rows that it knows, and their memory.
func (d *distinct) renew() error {
	d.groups.Release()
	d.groups = agg.NewGroups(d.keys, d.tc.Mem)
	return d.hold(0, 0)
}

// Resume passes on, when the input has ended, what is new among the rows that came later.
func (d *distinct) Resume(ended bool, out flow.Emitter) (bool, error) {
	k := &d.disk
	if !ended {
		return false, nil
	}
	if k.reader != nil {
		rec, err := k.reader.Next()
		if err != nil {
			return false, err
		}
		if rec != nil {
			defer rec.Release()
			return true, d.take(&flow.Batch{Rec: rec}, out)
		}
		k.reader.Close()
		k.reader = nil
		if err := errors.Join(k.part.close(), d.renew()); err != nil {
			return false, err
		}
	}
	k.deal()
	if len(k.parts) == 0 {
		return false, nil
	}
	k.part = k.parts[len(k.parts)-1]
	k.parts = k.parts[:len(k.parts)-1]
	return true, d.load()
}

// deal makes parts of what was written. Where nothing came later, nothing is new.
func (k *distinctDisk) deal() {
	if k.later == nil {
		return
	}
	for i := range spill.Fan {
		p := distinctPart{known: k.known.Take(i), later: k.later.Take(i), depth: k.level + 1}
		k.parts = append(k.parts, p)
	}
	k.known, k.later = nil, nil
}

// load keeps the known rows of a part and begins to read what came later.
func (d *distinct) load() error {
	k := &d.disk
	k.level = k.part.depth
	if k.part.later == nil {
		return k.part.close()
	}
	if k.part.known != nil {
		err := eachOf(k.part.known, func(rec arrow.RecordBatch) (bool, error) {
			if k.known != nil {
				return true, k.known.Write(rec, d.hash(rec))
			}
			d.find(rec)
			fits, err := d.room()
			if err == nil && !fits {
				err = d.spill()
			}
			return true, err
		})
		if err != nil {
			return err
		}
	}
	var err error
	k.reader, err = k.part.later.Read()
	return err
}

func (k *distinctDisk) close() error {
	if k.reader != nil {
		k.reader.Close()
		k.reader = nil
	}
	errs := []error{k.part.close()}
	for i := range k.parts {
		errs = append(errs, k.parts[i].close())
	}
	k.parts = nil
	for _, p := range []*spill.Partitions{k.known, k.later} {
		if p != nil {
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}
