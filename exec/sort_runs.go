package exec

import (
	"bytes"
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/exec/spill"
	"millrace/flow"
)

// sortedRuns is rows on disk: each file is in order, and what came earlier is in an earlier file. Behind the columns of
// the rows stands their sort key, which is not computed again: it may be random().
type sortedRuns struct {
	tc     *flow.TaskContext
	schema *arrow.Schema // of the rows
	files  []*spill.File
	merge  *merger // nil: not begun
}

const (
	// runRows is the number of rows in a batch of a run: merging keeps a batch or two of each run in memory.
	runRows = 1024
	// mergeRuns is how many runs are merged at a time; where there are more, some are made one first.
	mergeRuns = 16
)

// add writes kept rows, those of refs, which are in order, as a run.
func (s *sortedRuns) add(tc *flow.TaskContext, rows *keptRows, refs []ref) error {
	if s.schema == nil {
		s.tc, s.schema = tc, rows.segs[0].rec.Schema()
	}
	f, err := spill.Create(tc, s.withKey())
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	for len(refs) > 0 {
		n := min(runRows, len(refs))
		rec, err := rows.gather(refs[:n])
		if err != nil {
			return err
		}
		keys := array.NewBinaryBuilder(tc.Mem, arrow.BinaryTypes.Binary)
		for _, r := range refs[:n] {
			keys.Append(rows.key(r))
		}
		key := keys.NewArray()
		keys.Release()
		full := array.NewRecordBatch(s.withKey(), append(rec.Columns()[:rec.NumCols():rec.NumCols()], key), int64(n))
		key.Release()
		rec.Release()
		err = f.Write(full)
		full.Release()
		if err != nil {
			return err
		}
		refs = refs[n:]
	}
	return nil
}

// withKey is the schema of a run.
func (s *sortedRuns) withKey() *arrow.Schema {
	fields := s.schema.Fields()
	return arrow.NewSchema(append(fields[:len(fields):len(fields)], arrow.Field{Name: "sort key", Type: arrow.BinaryTypes.Binary}), nil)
}

// begin makes the runs few enough and gets ready to merge them. What comes out has the columns of schema: those of the
// rows, or those of the runs.
func (s *sortedRuns) begin(schema *arrow.Schema) error {
	for len(s.files) > mergeRuns {
		if err := s.shorten(); err != nil {
			return err
		}
	}
	var err error
	s.merge, err = newMerger(s.tc, s.files, schema)
	return err
}

// shorten makes one run of each mergeRuns that follow one another.
func (s *sortedRuns) shorten() (err error) {
	var fewer []*spill.File
	for err == nil && len(s.files) > 0 {
		group := s.files[:min(mergeRuns, len(s.files))]
		if len(group) == 1 {
			fewer, s.files = append(fewer, group[0]), nil
			break
		}
		var f *spill.File
		if f, err = spill.Create(s.tc, s.withKey()); err != nil {
			break
		}
		fewer = append(fewer, f)
		err = s.mergeInto(f, group)
		for _, old := range group {
			err = errors.Join(err, old.Close())
		}
		s.files = s.files[len(group):]
	}
	s.files = append(fewer, s.files...)
	return err
}

func (s *sortedRuns) mergeInto(f *spill.File, group []*spill.File) error {
	m, err := newMerger(s.tc, group, s.withKey())
	if err != nil {
		return err
	}
	defer m.close()
	for {
		rec, err := m.next(runRows)
		if err != nil || rec == nil {
			return err
		}
		err = f.Write(rec)
		rec.Release()
		if err != nil {
			return err
		}
	}
}

// emit gives some rows, and reports whether there were any.
func (s *sortedRuns) emit(out flow.Emitter) (bool, error) {
	for range chunks {
		rec, err := s.merge.next(flow.BatchRows)
		if err != nil || rec == nil {
			return false, err
		}
		if err := out.Emit(&flow.Batch{Rec: rec}); err != nil {
			return false, err
		}
	}
	return true, nil
}

func (s *sortedRuns) close() error {
	if s.merge != nil {
		s.merge.close()
		s.merge = nil
	}
	var errs []error
	for _, f := range s.files {
		errs = append(errs, f.Close())
	}
	s.files = nil
	return errors.Join(errs...)
}

// merger gives the rows of several runs in order, equal ones from the earlier run first.
type merger struct {
	schema *arrow.Schema // of what comes out: the first columns of the runs
	runs   []*cursor     // those that have rows left: a heap by their next row
	rows   keptRows      // the batches that rows are taken of: those of the cursors, and those that are used up
}

// cursor is a place in a run.
type cursor struct {
	order  int // of the run among the others
	reader *spill.Reader
	keys   *array.Binary // of the batch
	rec    arrow.RecordBatch
	row    int
	seg    int32 // where the batch is in the merger's rows
}

func newMerger(tc *flow.TaskContext, files []*spill.File, schema *arrow.Schema) (*merger, error) {
	m := &merger{schema: schema, rows: keptRows{mem: tc.Mem}}
	for i, f := range files {
		r, err := f.Read()
		if err != nil {
			m.close()
			return nil, err
		}
		c := &cursor{order: i, reader: r}
		more, err := m.load(c)
		if err != nil {
			r.Close()
			m.close()
			return nil, err
		}
		if !more {
			r.Close()
			continue
		}
		m.runs = append(m.runs, c)
	}
	for i := len(m.runs)/2 - 1; i >= 0; i-- {
		m.sink(i)
	}
	return m, nil
}

// load takes the next batch of a run; false: there is none.
func (m *merger) load(c *cursor) (bool, error) {
	if c.rec != nil {
		c.rec.Release()
		c.rec = nil
	}
	rec, err := c.reader.Next()
	if err != nil || rec == nil {
		return false, err
	}
	c.rec, c.row = rec, 0
	c.keys = rec.Column(int(rec.NumCols()) - 1).(*array.Binary)
	m.take(c)
	return true, nil
}

// take puts the cursor's batch to those that rows are taken of.
func (m *merger) take(c *cursor) {
	c.seg = int32(len(m.rows.segs))
	part := array.NewRecordBatch(m.schema, c.rec.Columns()[:m.schema.NumFields()], c.rec.NumRows())
	m.rows.segs = append(m.rows.segs, segment{rec: part})
}

// less tells which of two runs has the next row.
func (m *merger) less(a, b *cursor) bool {
	if c := bytes.Compare(a.keys.Value(a.row), b.keys.Value(b.row)); c != 0 {
		return c < 0
	}
	return a.order < b.order
}

// sink moves run i down to its place in the heap.
func (m *merger) sink(i int) {
	for {
		least := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(m.runs) && m.less(m.runs[child], m.runs[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		m.runs[i], m.runs[least] = m.runs[least], m.runs[i]
		i = least
	}
}

// next is the next rows, most of them at most; nil behind the last. The caller releases it.
func (m *merger) next(most int) (arrow.RecordBatch, error) {
	var refs []ref
	for len(refs) < most && len(m.runs) > 0 {
		c := m.runs[0]
		refs = append(refs, ref{seg: c.seg, row: int32(c.row)})
		if c.row++; c.row == int(c.rec.NumRows()) {
			more, err := m.load(c)
			if err != nil {
				return nil, err
			}
			if !more {
				c.reader.Close()
				last := len(m.runs) - 1
				m.runs[0] = m.runs[last]
				m.runs = m.runs[:last]
			}
		}
		m.sink(0)
	}
	if len(refs) == 0 {
		return nil, nil
	}
	rec, err := m.rows.gather(refs)
	m.rows.clear()
	for _, c := range m.runs {
		m.take(c)
	}
	return rec, err
}

func (m *merger) close() {
	for _, c := range m.runs {
		if c.rec != nil {
			c.rec.Release()
		}
		c.reader.Close()
	}
	m.runs = nil
	m.rows.clear()
}
