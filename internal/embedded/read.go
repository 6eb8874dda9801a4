package embedded

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cockroachdb/pebble/v2"

	"millrace/flow"
	"millrace/types"
)

// scanBytes bounds the rows of a batch where they are long.
const scanBytes = 16 << 20

// KeyColumn is the name of the METADATA that is a row's key, for statements that change rows.
const KeyColumn = "embedded.key"

// Snapshot is a table as it is at one moment.
type Snapshot struct {
	table *Table
	db    *pebble.Snapshot
	meta  meta
}

// Snapshot takes one; it must be closed.
func (t *Table) Snapshot() (*Snapshot, error) {
	s := &Snapshot{table: t, db: t.store.db.NewSnapshot()}
	if err := t.gone(); err != nil {
		return nil, closed(s, err)
	}
	if err := s.meta.load(s.db, t.id); err != nil {
		return nil, closed(s, err)
	}
	return s, nil
}

func closed(c io.Closer, err error) error { _ = c.Close(); return err }

// Close frees it.
func (s *Snapshot) Close() error { return ioError(s.db.Close()) }

// Columns is what a scan gives of each row.
type Columns struct {
	layout *layout
	at     []int // of the layout's columns; -1: the key
	schema *arrow.Schema
	values bool // something beside the keys is wanted
}

// Want are the columns of a scan: positions in the catalog's table, and of those that are a row's key -1.
func (t *Table) Want(table []int, schema types.Schema) *Columns {
	c := &Columns{layout: t.layout, schema: schema.Arrow()}
	for _, i := range table {
		at := -1
		if i >= 0 {
			if at = t.layout.position(i); at < 0 {
				panic(fmt.Sprintf("embedded: column %d of %s is not stored", i, t.name))
			}
			c.values = true
		}
		c.at = append(c.at, at)
	}
	return c
}

// record makes a batch's record of rows and, where they are wanted, their keys.
func (c *Columns) record(mem memory.Allocator, keys, rows *slab, n int) arrow.RecordBatch {
	cols := make([]arrow.Array, len(c.at))
	defer release(cols)
	for i, at := range c.at {
		if at >= 0 {
			cols[i] = c.layout.decode(mem, rows, at)
			continue
		}
		b := array.NewBinaryBuilder(mem, arrow.BinaryTypes.Binary)
		b.Reserve(n)
		for k := range n {
			b.Append(keys.at(k))
		}
		cols[i] = b.NewArray()
		b.Release()
	}
	return array.NewRecordBatch(c.schema, cols, int64(n))
}

// Range is a range of keys, those of rows alone: from Low on and in front of High, which are nil where it has no end.
type Range struct{ Low, High []byte }

func (r Range) has(k []byte) bool {
	return bytes.Compare(k, r.Low) >= 0 && (r.High == nil || bytes.Compare(k, r.High) < 0)
}

// Scan reads rows by their keys.
type Scan struct {
	cols *Columns
	it   *pebble.Iterator
	read bool
	keys bool
	last []byte // the key of the row that was read last
	bufs *scanBuffers
}

// scanBuffers are what the rows of a batch are gathered in. They go from batch to batch and from scan to scan.
type scanBuffers struct{ rows, keys slab }

var scanPool = sync.Pool{New: func() any { return &scanBuffers{} }}

// scanKeep bounds the buffers that go to the next scan: one of long rows must not hold memory behind its end.
const scanKeep = 4 << 20

// Scan reads a range of the table; it must be closed before the snapshot.
func (s *Snapshot) Scan(c *Columns, r Range) (*Scan, error) {
	prefix := key('r', s.table.id)
	opts := &pebble.IterOptions{LowerBound: append(bytes.Clone(prefix), r.Low...), UpperBound: After(prefix)}
	if r.High != nil {
		opts.UpperBound = append(bytes.Clone(prefix), r.High...)
	}
	if bytes.Compare(opts.LowerBound, opts.UpperBound) > 0 {
		opts.LowerBound = opts.UpperBound // nothing
	}
	it, err := s.db.NewIter(opts)
	if err != nil {
		return nil, ioError(err)
	}
	sc := &Scan{cols: c, it: it, bufs: scanPool.Get().(*scanBuffers)}
	for _, at := range c.at {
		sc.keys = sc.keys || at < 0
	}
	return sc, nil
}

// Next gives the next rows; io.EOF behind the last.
func (s *Scan) Next(mem memory.Allocator) (arrow.RecordBatch, error) {
	rows, keys := &s.bufs.rows, &s.bufs.keys
	rows.reset()
	keys.reset()
	n := 0
	ok := false
	if s.read {
		ok = s.it.Next()
	} else {
		ok = s.it.First()
	}
	s.read = true
	for ; ok; ok = s.it.Next() {
		s.last = append(s.last[:0], s.it.Key()[5:]...)
		if s.keys {
			keys.add(s.it.Key())
		}
		if s.cols.values {
			v, err := s.it.ValueAndErr()
			if err != nil {
				return nil, ioError(err)
			}
			rows.add(v)
		}
		if n++; n == flow.BatchRows || len(rows.data) > scanBytes {
			break
		}
	}
	if err := s.it.Error(); err != nil {
		return nil, ioError(err)
	}
	if n == 0 {
		return nil, io.EOF
	}
	return s.cols.record(mem, keys, rows, n), nil
}

// Close ends the scan.
func (s *Scan) Close() error {
	if cap(s.bufs.rows.data)+cap(s.bufs.keys.data) <= scanKeep {
		scanPool.Put(s.bufs)
	}
	s.bufs = nil
	return ioError(s.it.Close())
}

// numberKey is the key of a row that has a number, without its prefix.
func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// blockRows is how many row numbers a block has.
const blockRows = 1 << 16

// Numbered reports whether rows have numbers and no keys.
func (s *Snapshot) Numbered() bool { return s.table.key == nil && !s.table.bag }

// Blocks is how many blocks a table has whose rows have numbers.
func (s *Snapshot) Blocks() int {
	return int((s.meta.number + blockRows - 1) / blockRows)
}

// Block is the range of a block.
func Block(i int) Range {
	return Range{numberKey(uint64(i) * blockRows), numberKey(uint64(i+1) * blockRows)}
}

// BlockOf is the block of a row by its key.
func BlockOf(k []byte) int { return int(binary.BigEndian.Uint64(k) / blockRows) }

// Last is the key of the row that was read last; nil: none was.
func (s *Scan) Last() []byte { return s.last }

// Behind is the keys of r that come behind k.
func (r Range) Behind(k []byte) Range {
	r.Low = append(bytes.Clone(k), 0)
	return r
}
