package embedded

import (
	"context"
	"crypto/rand"
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cockroachdb/pebble/v2"

	"millrace/flow"
)

// Stage collects what a job writes between two checkpoints. Prepare makes it safe, under a token, and Apply shows it:
// once or many times is the same, since what was staged goes with the commit that shows it.
//
// Staged changes are a byte, 0 for a row that is deleted, and the row with its length in front as a varint.
type Stage struct {
	table *Table
	buf   []byte
	rows  int
}

// Stage makes an empty one.
func (t *Table) Stage() *Stage { return &Stage{table: t} }

// Add takes rows of the stored columns.
func (s *Stage) Add(cols []arrow.Array, ops []flow.Op, n int) error {
	t := s.table
	if err := t.layout.checkNotNull(t.name, cols); err != nil {
		return err
	}
	rows := t.layout.encode(cols, n)
	for i := range n {
		kept := byte(1)
		if ops != nil && (ops[i] == flow.Delete || ops[i] == flow.UpdateBefore) {
			kept = 0
		}
		row := rows.at(i)
		s.buf = append(binary.AppendUvarint(append(s.buf, kept), uint64(len(row))), row...)
	}
	s.rows += n
	return nil
}

// Prepare has what was added on disk when it returns; nil: nothing was.
func (s *Stage) Prepare() ([]byte, error) {
	if s.rows == 0 {
		return nil, nil
	}
	if err := s.table.gone(); err != nil {
		return nil, err
	}
	token := make([]byte, 16)
	_, _ = rand.Read(token) // it does not fail
	if err := s.table.store.db.Set(key('s', s.table.id, token...), s.buf, pebble.Sync); err != nil {
		return nil, ioError(err)
	}
	s.buf, s.rows = nil, 0
	return token, nil
}

// Take gives what was added, for ApplyRows: it is on no disk.
func (s *Stage) Take() []byte {
	buf := s.buf
	s.buf, s.rows = nil, 0
	return buf
}

// Apply shows what was prepared.
func (t *Table) Apply(ctx context.Context, token []byte) error {
	w, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	defer w.Rollback()
	w.staged = key('s', t.id, token...)
	buf, err := get(t.store.db, w.staged)
	if buf == nil || err != nil {
		return err
	}
	if err := w.upsertStaged(buf); err != nil {
		return err
	}
	if err := w.Overwrite(); err != nil {
		return err
	}
	return w.Commit()
}

// ApplyRows shows what Take has given: on top of the rows that there are, or in their place.
func (t *Table) ApplyRows(ctx context.Context, buf []byte, instead bool) error {
	w, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	defer w.Rollback()
	if err := w.upsertStaged(buf); err != nil {
		return err
	}
	if instead {
		err = w.Replace()
	} else {
		err = w.Overwrite()
	}
	if err != nil {
		return err
	}
	return w.Commit()
}

// upsertStaged puts in what a stage holds.
func (w *Write) upsertStaged(buf []byte) error {
	t := w.table
	rows := &slab{offs: []int{0}}
	var ops []flow.Op
	flush := func() error {
		cols := t.layout.decodeAll(goMemory, rows)
		defer release(cols)
		n := len(ops)
		err := w.Upsert(cols, ops, n)
		rows, ops = &slab{offs: []int{0}}, nil
		return err
	}
	for len(buf) > 0 {
		op := flow.Insert
		if buf[0] == 0 {
			op = flow.Delete
		}
		var row []byte
		row, buf = cutBytes(buf[1:])
		ops = append(ops, op)
		rows.add(row)
		if len(ops) == flow.BatchRows {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// Discard gives up what was prepared.
func (t *Table) Discard(token []byte) error {
	return ioError(t.store.db.Delete(key('s', t.id, token...), pebble.Sync))
}

// Upsert applies changes as one commit of their own.
func (t *Table) Upsert(ctx context.Context, cols []arrow.Array, ops []flow.Op, n int) error {
	w, err := t.Begin(ctx)
	if err != nil {
		return err
	}
	defer w.Rollback()
	if err := w.Upsert(cols, ops, n); err != nil {
		return err
	}
	if err := w.Overwrite(); err != nil {
		return err
	}
	return w.Commit()
}
