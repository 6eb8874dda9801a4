package embedded

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2"

	"millrace/flow"
	"millrace/sqlerr"
)

// A table that somebody reads as a stream keeps its changes, from the first such reader on: commit n's are in pieces
// under l n m, each a list of
//
//	1 byte: +I, -U, +U or -D; -U and +U of a row stand side by side
//	its key and its row, each with its length in front as a varint
//
// A table that is APPEND ONLY keeps none: the numbers of its rows are the order in which they came.

// pieceRows is the most changes of one piece.
const pieceRows = 4096

// keepChanges is how many bytes of changes a table keeps; past it the oldest half goes.
const keepChanges = 1 << 30

func changeKey(id uint32, commit uint64, piece uint32) []byte {
	k := binary.BigEndian.AppendUint64(key('l', id), commit)
	return binary.BigEndian.AppendUint32(k, piece)
}

// log writes the changes of a commit.
func (t *Table) log(b *pebble.Batch, m *meta, changes []change) error {
	var buf []byte
	n, piece := 0, uint32(0)
	flush := func() error {
		if n == 0 {
			return nil
		}
		err := b.Set(changeKey(t.id, m.commits, piece), buf, nil)
		m.kept += uint64(len(buf))
		buf, n = nil, 0
		piece++
		return ioError(err)
	}
	put := func(op flow.Op, k, row []byte) {
		k = k[5:]
		buf = append(binary.AppendUvarint(append(buf, byte(op)), uint64(len(k))), k...)
		buf = append(binary.AppendUvarint(buf, uint64(len(row))), row...)
		n++
	}
	for _, c := range changes {
		switch {
		case c.before != nil && c.row != nil:
			put(flow.UpdateBefore, c.key, c.before)
			put(flow.UpdateAfter, c.key, c.row)
		case c.before != nil:
			put(flow.Delete, c.key, c.before)
		case c.row != nil:
			put(flow.Insert, c.key, c.row)
		}
		if n >= pieceRows || len(buf) > scanBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if err := flush(); err != nil {
		return err
	}
	if m.kept > keepChanges {
		return t.forgetOldest(b, m)
	}
	return nil
}

// forgetOldest drops the older half of the changes.
func (t *Table) forgetOldest(b *pebble.Batch, m *meta) error {
	from := key('l', t.id)
	it, err := t.store.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: After(from)})
	if err != nil {
		return ioError(err)
	}
	for it.First(); it.Valid() && m.kept > keepChanges/2; it.Next() {
		m.kept -= min(m.kept, uint64(len(it.Value())))
		m.logged = binary.BigEndian.Uint64(it.Key()[5:]) + 1
	}
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return ioError(err)
	}
	// whole commits: what is left of the last one goes too
	return ioError(b.DeleteRange(from, changeKey(t.id, m.logged, 0), nil))
}

// startLog has changes kept from now on.
func (t *Table) startLog() error {
	t.turn <- struct{}{}
	defer t.unlock()
	m := t.now()
	if m.logged > 0 {
		return nil
	}
	m.logged = m.commits + 1
	if err := t.store.db.Set(key('m', t.id), m.bytes(), pebble.Sync); err != nil {
		return ioError(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meta = m
	return nil
}

// Place is where a reader of changes stands. The rows whose keys are up to Upto are as of piece Piece of commit
// Commit, that piece not yet applied; of those behind it nothing was read.
type Place struct {
	Commit uint64
	Piece  uint32
	Upto   []byte // nil and not All: no key
	All    bool
}

// String is a place in text.
func (p Place) String() string {
	s := fmt.Sprintf("%d.%d", p.Commit, p.Piece)
	if p.All {
		return s
	}
	return s + "/" + hex.EncodeToString(p.Upto)
}

// ParsePlace reads what String has written.
func ParsePlace(s string) (Place, error) {
	var p Place
	nums, upto, some := strings.Cut(s, "/")
	p.All = !some
	_, err := fmt.Sscanf(nums, "%d.%d", &p.Commit, &p.Piece)
	if err == nil {
		p.Upto, err = hex.DecodeString(upto)
	}
	if err != nil {
		return p, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is no place in a table's changes", s)
	}
	return p, nil
}

// End is the number that the place of a reader has who has read all that there is: Place.Commit, with Place.All.
func (t *Table) End() uint64 {
	m := t.now()
	if t.appendOnly {
		return m.number
	}
	return m.commits + 1
}

// Latest is the place behind all that there is now.
func (t *Table) Latest() (Place, error) {
	if !t.appendOnly {
		if err := t.startLog(); err != nil {
			return Place{}, err
		}
	}
	return Place{Commit: t.End(), All: true}, nil
}

// Changes reads a table as a stream: what is there, then each change. For one goroutine.
//
// It goes on behind a restart although the snapshot that it was reading is gone: the rows that it had read are brought
// up to a new snapshot by the changes since, those of other rows left out, and then the rest is read from that.
type Changes struct {
	table  *Table
	cols   *Columns
	within Range
	at     Place
	snap   *Snapshot // nil: all of the rows are read
	scan   *Scan     // nil: the rows that were read are not yet as of snap
	listen *listener
}

// Changes begins to read the rows whose keys are in a range, from a place or, where it is nil, with all that there is.
// wake is called when there may be more.
func (t *Table) Changes(c *Columns, within Range, from *Place, wake func()) (*Changes, error) {
	if !t.appendOnly {
		if err := t.startLog(); err != nil {
			return nil, err
		}
	}
	r := &Changes{table: t, cols: c, within: within}
	if from != nil {
		r.at = *from
	}
	if t.appendOnly { // Commit is the number of the next row
		r.at.All = true
	} else if !r.at.All {
		snap, err := t.Snapshot()
		if err != nil {
			return nil, err
		}
		r.snap = snap
		if from == nil {
			r.at.Commit = snap.meta.commits + 1
		}
	}
	r.listen = t.listen(wake)
	return r, nil
}

// Place is that of the first row that Next has not given.
func (r *Changes) Place() Place {
	p := r.at
	p.Upto = bytes.Clone(p.Upto)
	return p
}

// Lag is how many commits, or rows of a table that is APPEND ONLY, are there and not read.
func (r *Changes) Lag() int64 {
	m := r.table.now()
	switch {
	case r.table.appendOnly:
		return int64(m.number - r.at.Commit)
	case r.snap != nil:
		return -1
	}
	return int64(m.commits + 1 - r.at.Commit)
}

// Close ends it.
func (r *Changes) Close() error {
	r.table.forget(r.listen)
	return r.closeSnapshot()
}

func (r *Changes) closeSnapshot() error {
	var errs []error
	if r.scan != nil {
		errs = append(errs, r.scan.Close())
	}
	if r.snap != nil {
		errs = append(errs, r.snap.Close())
	}
	r.scan, r.snap = nil, nil
	return errors.Join(errs...)
}

// Next gives the next changes; nil, nil: there is nothing yet.
func (r *Changes) Next(mem memory.Allocator) (*flow.Batch, error) {
	for {
		switch {
		case r.table.appendOnly:
			return r.appended(mem)
		case r.snap == nil:
			return r.changed(mem, r.table.now().commits)
		case r.scan == nil && len(r.at.Upto) > 0: // bring up to the snapshot what was read
			if b, err := r.changed(mem, r.snap.meta.commits); b != nil || err != nil {
				return b, err
			}
		}
		if r.scan == nil {
			r.at.Commit, r.at.Piece = r.snap.meta.commits+1, 0
			from := r.within
			if len(r.at.Upto) > 0 {
				from.Low = append(bytes.Clone(r.at.Upto), 0) // the first key behind it
			}
			scan, err := r.snap.Scan(r.cols, from)
			if err != nil {
				return nil, err
			}
			r.scan = scan
		}
		rec, err := r.scan.Next(mem)
		if err == nil {
			r.at.Upto = append(r.at.Upto[:0], r.scan.last...)
			return &flow.Batch{Rec: rec}, nil
		}
		if !errors.Is(err, io.EOF) {
			return nil, err
		}
		r.at.All, r.at.Upto = true, nil
		if err := r.closeSnapshot(); err != nil {
			return nil, err
		}
	}
}

// appended gives the rows that came behind the place.
func (r *Changes) appended(mem memory.Allocator) (*flow.Batch, error) {
	if err := r.table.gone(); err != nil {
		return nil, err
	}
	if r.at.Commit >= r.table.now().number {
		return nil, nil
	}
	snap, err := r.table.Snapshot()
	if err != nil {
		return nil, err
	}
	defer snap.Close()
	scan, err := snap.Scan(r.cols, Range{Low: numberKey(r.at.Commit)})
	if err != nil {
		return nil, err
	}
	defer scan.Close()
	rec, err := scan.Next(mem)
	if errors.Is(err, io.EOF) { // truncated since
		r.at.Commit = snap.meta.number
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	r.at.Commit = binary.BigEndian.Uint64(scan.last) + 1
	return &flow.Batch{Rec: rec}, nil
}

// changed gives changes up to a commit, of the rows that were read.
func (r *Changes) changed(mem memory.Allocator, upto uint64) (*flow.Batch, error) {
	if err := r.table.gone(); err != nil {
		return nil, err
	}
	if r.at.Commit > upto {
		return nil, nil
	}
	m := r.table.now()
	if r.at.Commit < m.logged {
		return nil, sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "the changes of table %q from commit %d on are no longer kept; the oldest is %d", r.table.name.String(), r.at.Commit, m.logged).
			WithHint("Begin anew, with another --state-dir.")
	}
	from := changeKey(r.table.id, r.at.Commit, r.at.Piece)
	it, err := r.table.store.db.NewIter(&pebble.IterOptions{LowerBound: from, UpperBound: changeKey(r.table.id, upto+1, 0)})
	if err != nil {
		return nil, ioError(err)
	}
	rows, keys := &slab{offs: []int{0}}, &slab{offs: []int{0}}
	var ops []flow.Op
	plain := true
	for it.First(); it.Valid() && len(ops) < flow.BatchRows && len(rows.data) < scanBytes; it.Next() {
		v, err := it.ValueAndErr()
		if err != nil {
			return nil, ioError(errors.Join(err, it.Close()))
		}
		for len(v) > 0 {
			op := flow.Op(v[0])
			k, rest := cutBytes(v[1:])
			row, rest := cutBytes(rest)
			v = rest
			if !r.at.All && bytes.Compare(k, r.at.Upto) > 0 || !r.within.has(k) {
				continue
			}
			ops = append(ops, op)
			plain = plain && op == flow.Insert
			keys.add(k)
			rows.add(row)
		}
		r.at.Commit = binary.BigEndian.Uint64(it.Key()[5:])
		r.at.Piece = binary.BigEndian.Uint32(it.Key()[13:]) + 1
	}
	ended := !it.Valid()
	if err := errors.Join(it.Error(), it.Close()); err != nil {
		return nil, ioError(err)
	}
	if ended {
		r.at.Commit, r.at.Piece = upto+1, 0
	}
	if len(ops) == 0 {
		if ended {
			return nil, nil
		}
		return r.changed(mem, upto)
	}
	b := &flow.Batch{Rec: r.cols.record(mem, keys, rows, len(ops)), Ops: ops}
	if plain {
		b.Ops = nil
	}
	return b, nil
}

// cutBytes takes a byte string with its length in front off b.
func cutBytes(b []byte) (v, rest []byte) {
	n, used := binary.Uvarint(b)
	end := used + int(n)
	return b[used:end], b[end:]
}
