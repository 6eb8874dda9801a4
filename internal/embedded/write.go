package embedded

import (
	"bytes"
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2"

	"millrace/flow"
	"millrace/sqlerr"
)

// maxWrite bounds what one statement can write: it is held in memory until it is committed.
const maxWrite = 1 << 30

// Write is a statement that changes a table. It has the table for itself until it is committed or rolled back. For one
// goroutine.
type Write struct {
	table   *Table
	base    meta
	number  uint64
	entries []entry
	size    int
	sorted  bool     // the keys of entries come in order, each once, and none is in the table: new row numbers
	removed []bool   // entries that a conflict has taken out
	result  []change // what Check has found, by key
	checked bool
	staged  []byte           // the key of what this commits
	bag     map[string]int64 // of a bag: by row, how often it is to be there more
}

// entry is a row that is written, or a key that is deleted.
type entry struct {
	key []byte
	row []byte // nil: deleted
}

// change is what becomes of a key. Both rows are nil where nothing does.
type change struct{ key, before, row []byte }

// Begin waits for its turn to write.
func (t *Table) Begin(ctx context.Context) (*Write, error) { return t.Gather().Begin(ctx) }

// Gathered is the rows of an INSERT that has not had its turn yet: whoever sends them may take his time and holds up nobody.
type Gathered struct{ write *Write }

// Gather begins with no row.
func (t *Table) Gather() *Gathered {
	return &Gathered{&Write{table: t, sorted: t.key == nil && !t.bag}}
}

// Insert adds rows of the stored columns, behind Begin too.
func (g *Gathered) Insert(cols []arrow.Array, n int) error { return g.write.Insert(cols, n) }

// Begin waits for the turn to write them. It is called once.
func (g *Gathered) Begin(ctx context.Context) (*Write, error) {
	w, t := g.write, g.write.table
	if err := t.lock(ctx); err != nil {
		return nil, err
	}
	w.base = t.now()
	if w.sorted { // the numbers of these rows began with 0
		for _, e := range w.entries {
			at := e.key[len(e.key)-8:]
			binary.BigEndian.PutUint64(at, w.base.number+binary.BigEndian.Uint64(at))
		}
	}
	w.number += w.base.number
	return w, nil
}

// Rollback gives up what Commit has not written. It does nothing behind Commit.
func (w *Write) Rollback() {
	if w.table != nil {
		w.table.unlock()
		w.table = nil
	}
}

func (w *Write) grow(n int) error {
	if w.size += n; w.size > maxWrite {
		return sqlerr.New("54000", 0, "the statement writes more than %d MiB to table %q", maxWrite>>20, w.table.name.String()).
			WithHint("Write in parts: each statement is held in memory until it is committed.")
	}
	return nil
}

// rows encodes rows of the table's stored columns.
func (w *Write) rows(cols []arrow.Array, n int) (*slab, error) {
	t := w.table
	if err := t.layout.checkNotNull(t.name, cols); err != nil {
		return nil, err
	}
	s := t.layout.encode(cols, n)
	return s, w.grow(len(s.data))
}

// keys are those of rows; rows that have none get numbers.
func (w *Write) keys(cols []arrow.Array, n int) *slab {
	t := w.table
	prefix := key('r', t.id)
	if t.key == nil {
		s := &slab{offs: []int{0}}
		for range n {
			s.data = binary.BigEndian.AppendUint64(append(s.data, prefix...), w.number)
			s.offs = append(s.offs, len(s.data))
			w.number++
		}
		return s
	}
	of := make([]arrow.Array, len(t.key))
	for i, k := range t.key {
		of[i] = cols[k]
	}
	if t.view {
		return encodeNullKeys(prefix, of, n)
	}
	return encodeKeys(prefix, of, n)
}

// Insert adds rows of the stored columns.
func (w *Write) Insert(cols []arrow.Array, n int) error {
	rows, err := w.rows(cols, n)
	if err != nil {
		return err
	}
	keys := w.keys(cols, n)
	for i := range n {
		w.entries = append(w.entries, entry{keys.at(i), rows.at(i)})
	}
	return w.grow(len(keys.data))
}

// Update replaces the rows of these keys.
func (w *Write) Update(old arrow.Array, cols []arrow.Array, n int) error {
	rows, err := w.rows(cols, n)
	if err != nil {
		return err
	}
	offs, data := varying(old)
	data = bytes.Clone(data[offs[0]:offs[n]])
	base := offs[0]
	var keys *slab
	if w.table.key != nil {
		keys = w.keys(cols, n)
	}
	w.sorted = false
	for i := range n {
		was := data[offs[i]-base : offs[i+1]-base]
		is := was
		if keys != nil {
			is = keys.at(i)
		}
		w.entries = append(w.entries, entry{key: was}, entry{is, rows.at(i)})
	}
	return w.grow(2 * len(data))
}

// Delete removes the rows of these keys.
func (w *Write) Delete(old arrow.Array, n int) error {
	offs, data := varying(old)
	data = bytes.Clone(data[offs[0]:offs[n]])
	w.sorted = false
	for i := range n {
		w.entries = append(w.entries, entry{key: data[offs[i]-offs[0] : offs[i+1]-offs[0]]})
	}
	return w.grow(len(data))
}

// Upsert applies changes by their primary key: the last one of a key counts. It ends with Overwrite instead of Check.
func (w *Write) Upsert(cols []arrow.Array, ops []flow.Op, n int) error {
	rows, err := w.rows(cols, n)
	if err != nil {
		return err
	}
	if w.table.bag {
		return w.count(rows, func(i int) int64 {
			if ops != nil && (ops[i] == flow.Delete || ops[i] == flow.UpdateBefore) {
				return -1
			}
			return 1
		})
	}
	keys := w.keys(cols, n)
	for i := range n {
		e := entry{keys.at(i), rows.at(i)}
		if ops != nil && (ops[i] == flow.Delete || ops[i] == flow.UpdateBefore) {
			e.row = nil
		}
		w.entries = append(w.entries, e)
	}
	return w.grow(len(keys.data))
}

// OnConflict is what happens to a row whose key is there already.
type OnConflict struct {
	Nothing bool
	// Update gives the row to put in place of each that is there, by the stored columns; keep says which stay as they
	// are. The arrays belong to the caller, and what it returns to Check. Nil: a conflict is an error.
	Update func(there, proposed []arrow.Array, n int) (rows []arrow.Array, keep []bool, err error)
}

// Check finds out what the statement comes to, and fails where a key would be there twice.
func (w *Write) Check(c OnConflict) error {
	w.checked = true
	w.removed = make([]bool, len(w.entries))
	if w.sorted {
		w.result = make([]change, len(w.entries))
		for i, e := range w.entries {
			w.result[i] = change{key: e.key, row: e.row}
		}
		return nil
	}
	order := w.order()
	probe, err := w.probe()
	if err != nil {
		return err
	}
	defer probe.close()
	logged := w.base.logged > 0
	var conflicts []int // of w.entries
	for from := 0; from < len(order); {
		to := from + 1
		k := w.entries[order[from]].key
		for to < len(order) && bytes.Equal(w.entries[order[to]].key, k) {
			to++
		}
		ch, deleted, put := change{key: k}, false, -1
		for _, i := range order[from:to] {
			switch {
			case w.entries[i].row == nil:
				deleted = true
			case put < 0:
				put = i
				ch.row = w.entries[i].row
			case c.Nothing:
				w.removed[i] = true
			case c.Update != nil:
				return sqlerr.New(sqlerr.CardinalityViolation, 0, "ON CONFLICT DO UPDATE command cannot affect row a second time").
					WithHint("Ensure that no rows proposed for insertion within the same command have duplicate constrained values.")
			default:
				return w.duplicate(w.entries[i].row)
			}
		}
		from = to
		if put >= 0 && !deleted || logged {
			if ch.before, err = probe.get(k); err != nil {
				return err
			}
		}
		if deleted && ch.before == nil {
			ch.before = there
		}
		if put >= 0 && !deleted && ch.before != nil {
			switch {
			case c.Nothing:
				w.removed[put] = true
				continue
			case c.Update == nil:
				return w.duplicate(ch.row)
			}
			conflicts = append(conflicts, len(w.result), put)
		}
		w.result = append(w.result, ch)
	}
	return w.resolve(conflicts, c)
}

// there stands for a row that is there and that nobody has read.
var there = []byte{}

// order is the entries by key, those of one key as they came.
func (w *Write) order() []int {
	order := make([]int, len(w.entries))
	inOrder := true
	for i := range order {
		order[i] = i
		inOrder = inOrder && (i == 0 || bytes.Compare(w.entries[i-1].key, w.entries[i].key) <= 0)
	}
	if !inOrder {
		slices.SortFunc(order, func(a, b int) int {
			return cmp.Or(bytes.Compare(w.entries[a].key, w.entries[b].key), cmp.Compare(a, b))
		})
	}
	return order
}

// resolve asks what becomes of rows that are there: pairs of a change and the entry that it comes from.
func (w *Write) resolve(conflicts []int, c OnConflict) error {
	if len(conflicts) == 0 {
		return nil
	}
	l := w.table.layout
	old, proposed := &slab{offs: []int{0}}, &slab{offs: []int{0}}
	n := len(conflicts) / 2
	for i := range n {
		ch := w.result[conflicts[2*i]]
		old.add(ch.before)
		proposed.add(ch.row)
	}
	mem := goMemory
	a, b := l.decodeAll(mem, old), l.decodeAll(mem, proposed)
	defer release(a)
	defer release(b)
	cols, keep, err := c.Update(a, b, n)
	if err != nil {
		return err
	}
	defer release(cols)
	rows, err := w.rows(cols, n)
	if err != nil {
		return err
	}
	for i := range n {
		at, e := conflicts[2*i], conflicts[2*i+1]
		if keep[i] {
			w.result[at] = change{}
			w.removed[e] = true
			continue
		}
		w.result[at].row = rows.at(i)
		w.entries[e].row = rows.at(i)
	}
	return nil
}

func (s *slab) add(v []byte) {
	s.data = append(s.data, v...)
	s.offs = append(s.offs, len(s.data))
}

func (l *layout) decodeAll(mem memory.Allocator, rows *slab) []arrow.Array {
	out := make([]arrow.Array, len(l.cols))
	for c := range out {
		out[c] = l.decode(mem, rows, c)
	}
	return out
}

func release(cols []arrow.Array) {
	for _, c := range cols {
		c.Release()
	}
}

// Overwrite finds out what Upserts come to.
func (w *Write) Overwrite() error {
	w.checked = true
	if w.table.bag {
		return w.overwriteBag()
	}
	if w.sorted {
		return w.Check(OnConflict{})
	}
	order := w.order()
	probe, err := w.probe()
	if err != nil {
		return err
	}
	defer probe.close()
	for i, at := range order {
		e := w.entries[at]
		if i+1 < len(order) && bytes.Equal(w.entries[order[i+1]].key, e.key) {
			continue
		}
		before, err := probe.get(e.key)
		if err != nil {
			return err
		}
		if w.table.view && before != nil && bytes.Equal(before, e.row) {
			continue
		}
		w.result = append(w.result, change{key: e.key, before: before, row: e.row})
	}
	return nil
}

func (w *Write) duplicate(row []byte) error {
	t := w.table
	cols := t.layout.decodeAll(goMemory, &slab{row, []int{0, len(row)}})
	defer release(cols)
	var names, values []string
	for _, k := range t.key {
		names = append(names, t.layout.cols[k].Name)
		values = append(values, valueText(cols[k], 0, t.layout.cols[k].Type))
	}
	return sqlerr.New(sqlerr.UniqueViolation, 0, "duplicate key value violates unique constraint %q", t.keyName).
		About(sqlerr.Object{Schema: t.name.Schema, Table: t.name.Table, Constraint: t.keyName}).
		WithDetail("Key (%s)=(%s) already exists.", strings.Join(names, ", "), strings.Join(values, ", ")).
		WithHint("Write ON CONFLICT (%s) DO NOTHING, or DO UPDATE SET ….", strings.Join(names, ", "))
}

// Written counts the rows that the statement has inserted or updated; behind Check.
func (w *Write) Written() int64 {
	n := int64(0)
	for i, e := range w.entries {
		if e.row != nil && !w.removed[i] {
			n++
		}
	}
	return n
}

// Rows calls fn with the rows that were written, in the order of the statement, by the stored columns; behind Check.
func (w *Write) Rows(fn func(cols []arrow.Array, n int) error) error {
	s := &slab{offs: []int{0}}
	flush := func() error {
		cols := w.table.layout.decodeAll(goMemory, s)
		defer release(cols)
		n := len(s.offs) - 1
		s = &slab{offs: []int{0}}
		return fn(cols, n)
	}
	for i, e := range w.entries {
		if e.row == nil || w.removed[i] {
			continue
		}
		s.add(e.row)
		if len(s.offs) > flow.BatchRows || len(s.data) > scanBytes {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	if len(s.offs) > 1 {
		return flush()
	}
	return nil
}

// Commit writes what Check or Overwrite has found. It is on disk when it returns.
func (w *Write) Commit() error {
	if !w.checked {
		panic("embedded: Commit without Check")
	}
	defer w.Rollback()
	t := w.table
	next := w.base
	next.commits++
	next.number = w.number
	b := t.store.db.NewBatchWithSize(min(w.size+w.size/8+1024, 64<<20))
	defer b.Close()
	var err error
	touched := false
	for _, c := range w.result {
		switch {
		case c.row != nil:
			err = b.Set(c.key, c.row, nil)
			if c.before == nil {
				next.rows++
			}
			touched = true
		case c.before != nil:
			err = b.Delete(c.key, nil)
			next.rows--
			touched = true
		}
		if err != nil {
			return ioError(err)
		}
	}
	if w.staged != nil {
		if err := b.Delete(w.staged, nil); err != nil {
			return ioError(err)
		}
		touched = true
	}
	if !touched {
		return nil
	}
	if next.logged > 0 {
		if err := t.log(b, &next, w.result); err != nil {
			return err
		}
	}
	if err := b.Set(key('m', t.id), next.bytes(), nil); err != nil {
		return ioError(err)
	}
	if err := b.Commit(pebble.Sync); err != nil {
		return ioError(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meta = next
	t.tell()
	return nil
}

// probe looks keys up in their order.
type probe struct {
	it    *pebble.Iterator
	empty bool
}

func (w *Write) probe() (*probe, error) {
	prefix := key('r', w.table.id)
	it, err := w.table.store.db.NewIter(&pebble.IterOptions{LowerBound: prefix, UpperBound: After(prefix)})
	if err != nil {
		return nil, ioError(err)
	}
	p := &probe{it: it, empty: !it.First()}
	return p, ioError(it.Error())
}

// get is a copy of the row of a key; nil: there is none.
func (p *probe) get(k []byte) ([]byte, error) {
	if p.empty {
		return nil, nil
	}
	if p.it.SeekGE(k) && bytes.Equal(p.it.Key(), k) {
		v, err := p.it.ValueAndErr()
		return append(make([]byte, 0, len(v)), v...), ioError(err)
	}
	return nil, ioError(p.it.Error())
}

func (p *probe) close() { _ = p.it.Close() }

// Truncate removes all rows, having counted them.
func (w *Write) Truncate() error {
	t := w.table
	if w.base.logged > 0 { // each row's end is a change
		it, err := t.store.db.NewIter(&pebble.IterOptions{LowerBound: key('r', t.id), UpperBound: After(key('r', t.id))})
		if err != nil {
			return ioError(err)
		}
		w.sorted = false
		for it.First(); it.Valid(); it.Next() {
			w.entries = append(w.entries, entry{key: bytes.Clone(it.Key())})
			if err := w.grow(len(it.Key())); err != nil {
				return errors.Join(err, it.Close())
			}
		}
		if err := errors.Join(it.Error(), it.Close()); err != nil {
			return ioError(err)
		}
		if err := w.Check(OnConflict{}); err != nil {
			return err
		}
		return w.Commit()
	}
	defer w.Rollback()
	next := w.base
	next.commits++
	next.rows = 0
	b := t.store.db.NewBatch()
	defer b.Close()
	prefix := key('r', t.id)
	if err := errors.Join(b.DeleteRange(prefix, After(prefix), nil), b.Set(key('m', t.id), next.bytes(), nil), b.Commit(pebble.Sync)); err != nil {
		return ioError(err)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.meta = next
	t.tell()
	return nil
}
