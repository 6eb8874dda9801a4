package flowtest

import (
	"bytes"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"millrace/flow"
)

// State is a snapshot in memory. It is a flow.StateWriter, for one instance or for several; Reader gives it back to
// instances of any number. Like the real one it encodes each record as an Arrow IPC stream, and it holds on to the
// record as well, as a writer in the background would, so that Release can tell whether the operator changed it.
type State struct {
	parts []part
}

type part struct {
	table   string
	group   int
	rec     arrow.RecordBatch
	encoded []byte
}

// Put adds a record of a key group.
func (s *State) Put(table string, group int, rec arrow.RecordBatch) error {
	if group < 0 || group >= flow.KeyGroups {
		return fmt.Errorf("flowtest: key group %d of table %q is not one of %d", group, table, flow.KeyGroups)
	}
	encoded, err := encode(rec)
	if err != nil {
		return err
	}
	rec.Retain()
	s.parts = append(s.parts, part{table, group, rec, encoded})
	return nil
}

// Release lets go of the records. It fails where one is no longer what was Put.
func (s *State) Release() error {
	var first error
	for i, p := range s.parts {
		if p.rec == nil {
			continue
		}
		now, err := encode(p.rec)
		if err == nil && !bytes.Equal(now, p.encoded) {
			err = fmt.Errorf("flowtest: a record of table %q was changed after Put", p.table)
		}
		if first == nil {
			first = err
		}
		p.rec.Release()
		s.parts[i].rec = nil
	}
	return first
}

// Rows is the number of rows put into a table.
func (s *State) Rows(table string) int64 {
	var n int64
	for _, p := range s.parts {
		if p.table == table {
			n += p.rec.NumRows()
		}
	}
	return n
}

// Reader is what instance index of parallelism has of the snapshot. It works after Release too.
func (s *State) Reader(index, parallelism int) flow.StateReader {
	return reader{s, index, parallelism}
}

type reader struct {
	state              *State
	index, parallelism int
}

func (r reader) Scan(table string, fn func(arrow.RecordBatch) error) error {
	for _, p := range r.state.parts {
		if p.table != table || flow.Owner(p.group, r.parallelism) != r.index {
			continue
		}
		if err := decode(p.encoded, fn); err != nil {
			return err
		}
	}
	return nil
}

func encode(rec arrow.RecordBatch) ([]byte, error) {
	var buf bytes.Buffer
	w := ipc.NewWriter(&buf, ipc.WithSchema(rec.Schema()))
	if err := w.Write(rec); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// decode lends out copies, in memory that is overwritten after the call.
func decode(encoded []byte, fn func(arrow.RecordBatch) error) error {
	rd, err := ipc.NewReader(bytes.NewReader(encoded), ipc.WithAllocator(Poison{}))
	if err != nil {
		return err
	}
	defer rd.Release()
	for rd.Next() {
		if err := fn(rd.RecordBatch()); err != nil {
			return err
		}
	}
	return rd.Err()
}
