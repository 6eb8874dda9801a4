package embedded

import (
	"context"
	"encoding/binary"
	"sync"

	"github.com/cockroachdb/pebble/v2"

	"millrace/catalog"
	"millrace/sqlerr"
)

// Table is one table.
type Table struct {
	store  *Store
	id     uint32
	name   catalog.Name
	schema string
	turn   chan struct{} // is full while a statement writes

	mu        sync.Mutex
	meta      meta
	dropped   bool
	listeners map[*listener]bool

	defined    sync.Once
	layout     *layout
	key        []int // of the layout's columns; nil: rows have numbers
	keyName    string
	appendOnly bool
	view       bool // materialized: key columns may be NULL, and equal rows are no change
	bag        bool // equal rows are told apart by nothing, see bag.go
}

func newTable(s *Store, id uint32, name catalog.Name, schema string) *Table {
	return &Table{store: s, id: id, name: name, schema: schema, turn: make(chan struct{}, 1), listeners: map[*listener]bool{}}
}

// define tells the table its columns: the store does not read them from disk.
func (t *Table) define(c *catalog.Table) {
	t.defined.Do(func() {
		t.layout = newLayout(c)
		for _, k := range c.PrimaryKey {
			t.key = append(t.key, t.layout.position(k))
		}
		t.keyName = c.Name.Table + "_pkey"
		t.appendOnly, t.view, t.bag = c.AppendOnly, c.Materialized(), c.Bag()
	})
}

// meta is what is written with each commit.
type meta struct {
	rows    uint64 // there are now
	commits uint64 // there have been
	number  uint64 // the next row's
	logged  uint64 // changes are kept from the commit behind this one on, plus one; 0: nobody has asked for them
	kept    uint64 // of the changes that are kept
}

func (m *meta) bytes() []byte {
	var b []byte
	for _, v := range []uint64{m.rows, m.commits, m.number, m.logged, m.kept} {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return b
}

func (m *meta) load(r pebble.Reader, id uint32) error {
	v, err := get(r, key('m', id))
	if err != nil {
		return err
	}
	if len(v) != 40 {
		return sqlerr.New(sqlerr.DataCorrupted, 0, "the data folder does not say how many rows table %d has", id)
	}
	for i, into := range []*uint64{&m.rows, &m.commits, &m.number, &m.logged, &m.kept} {
		*into = binary.BigEndian.Uint64(v[8*i:])
	}
	return nil
}

func (t *Table) now() meta {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.meta
}

// Rows is how many rows the table has.
func (t *Table) Rows() int64 { return int64(t.now().rows) }

// lock waits until no statement writes to the table.
func (t *Table) lock(ctx context.Context) error {
	select {
	case t.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if err := t.gone(); err != nil {
		<-t.turn
		return err
	}
	return nil
}

func (t *Table) unlock() { <-t.turn }

func (t *Table) gone() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dropped {
		return sqlerr.New(sqlerr.UndefinedTable, 0, "table %q was dropped", t.name.String())
	}
	return nil
}

func (t *Table) drop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.dropped = true
	t.tell()
}

// listener is told of each commit.
type listener struct{ wake func() }

func (t *Table) listen(wake func()) *listener {
	l := &listener{wake}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.listeners[l] = true
	return l
}

func (t *Table) forget(l *listener) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.listeners, l)
}

// Watch has wake called behind each commit, until the function that it returns is.
func (t *Table) Watch(wake func()) (stop func()) {
	l := t.listen(wake)
	return func() { t.forget(l) }
}

// tell wakes who listens; t.mu is held.
func (t *Table) tell() {
	for l := range t.listeners {
		l.wake()
	}
}
