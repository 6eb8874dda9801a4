package exec

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/exec/spill"
	"millrace/sqlerr"
)

// aggregateDisk is the states of groups on disk, dealt out by the hash of their keys, the same group as often as it went
// there. When the input has ended they are put together again, a part at a time; a part that does not fit into memory
// goes to disk once more.
type aggregateDisk struct {
	files *spill.Partitions // that the groups go to
	parts []groupsPart
	level int // how often the groups that are put together now were dealt out
}

type groupsPart struct {
	file  *spill.File
	depth int
}

// spill writes all groups to disk and forgets them.
func (a *aggregate) spill() error {
	if a.disk == nil {
		a.disk = &aggregateDisk{}
	}
	d := a.disk
	if d.level > spill.MaxDepth {
		return sqlerr.New(sqlerr.OutOfMemory, 0, "one group of a GROUP BY does not fit into memory_limit").
			WithHint("Raise memory_limit, or group by more columns.")
	}
	if d.files == nil {
		d.files = spill.NewPartitions(a.tc, a.state, d.level)
	}
	hashes := a.groups.Hashes()
	var ids []uint32
	for from := 0; from < len(hashes); from += runRows {
		ids = ids[:0]
		for id := from; id < min(from+runRows, len(hashes)); id++ {
			ids = append(ids, uint32(id))
		}
		rec, err := a.states(ids)
		if err != nil {
			return err
		}
		err = d.files.Write(rec, hashes[from:from+len(ids)])
		rec.Release()
		if err != nil {
			return err
		}
	}
	return a.renew()
}

// begin is called when the input has ended.
func (d *aggregateDisk) begin(a *aggregate) error {
	if err := a.spill(); err != nil {
		return err
	}
	d.deal()
	return nil
}

// deal makes parts of what was written.
func (d *aggregateDisk) deal() {
	for i := range spill.Fan {
		if f := d.files.Take(i); f != nil {
			d.parts = append(d.parts, groupsPart{f, d.level + 1})
		}
	}
	d.files = nil
}

// step puts the groups of a part together, and reports whether there was one.
func (d *aggregateDisk) step(a *aggregate) (bool, error) {
	if err := a.renew(); err != nil || len(d.parts) == 0 {
		return false, err
	}
	part := d.parts[len(d.parts)-1]
	d.parts = d.parts[:len(d.parts)-1]
	d.level = part.depth
	err := eachOf(part.file, func(rec arrow.RecordBatch) (bool, error) {
		if err := a.put(rec); err != nil {
			return false, err
		}
		fits, err := a.report()
		if err == nil && !fits {
			err = a.spill()
		}
		return true, err
	})
	if err := errors.Join(err, part.file.Close()); err != nil {
		return false, err
	}
	if d.files == nil {
		a.left = a.present()
		return true, nil
	}
	if err := a.spill(); err != nil {
		return false, err
	}
	d.deal()
	return true, nil
}

func (d *aggregateDisk) close() error {
	if d == nil {
		return nil
	}
	var errs []error
	for _, p := range d.parts {
		errs = append(errs, p.file.Close())
	}
	d.parts = nil
	if d.files != nil {
		errs = append(errs, d.files.Close())
	}
	return errors.Join(errs...)
}
