package engine

import (
	"context"
	"encoding/binary"
	"math"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/checkpoint"
	"millrace/flow"
	"millrace/internal/embedded"
	"millrace/planner"
	"millrace/sinks"
	"millrace/sources"
)

// viewMarks is the checkpoint store of a view's run. It notes where the tables were read to at each barrier, so that the
// view can say what it has when the sink has shown it. Only a view over what millrace does not keep has a store behind.
type viewMarks struct {
	view  *view
	plan  *planner.MaterializedView
	inner checkpoint.Store // nil: none

	mu     sync.Mutex
	places map[uint64]map[catalog.Name]uint64 // by epoch
	again  func()                             // asks for another barrier; nil: the run has just begun
}

func (m *viewMarks) Load() (*checkpoint.Checkpoint, []string, error) {
	if m.inner == nil {
		return nil, nil, nil
	}
	return m.inner.Load()
}

func (m *viewMarks) Save(man *checkpoint.Manifest, state []checkpoint.Record) error {
	if m.inner != nil {
		if err := m.inner.Save(man, state); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.places[man.Epoch] = placesOf(m.plan.Root, man)
	return nil
}

func (m *viewMarks) Close() error {
	if m.inner == nil {
		return nil
	}
	return m.inner.Close()
}

// shown tells the view that what it had at a barrier can be seen.
func (m *viewMarks) shown(epoch uint64) {
	m.mu.Lock()
	places := m.places[epoch]
	for e := range m.places {
		if e <= epoch {
			delete(m.places, e)
		}
	}
	again := m.again
	m.mu.Unlock()
	if places == nil {
		return
	}
	m.view.show(places)
	// A barrier has a bounded number of batches in front of it. Where that was not all, nobody else may ask for the next:
	// the commit that is behind has asked for this one.
	if again != nil && m.behind(places) {
		again()
	}
}

// behind reports whether a table has more than what is at these places.
func (m *viewMarks) behind(places map[catalog.Name]uint64) bool {
	store, err := m.view.engine.tables()
	if err != nil {
		return false
	}
	for _, t := range m.plan.Reads {
		if !t.Embedded() {
			continue
		}
		if table, err := store.Table(t); err == nil && table.End() > places[t.Name] {
			return true
		}
	}
	return false
}

// placesOf is where each table was read to that millrace keeps; where a plan reads it twice, the lower place.
func placesOf(n *flow.Node, man *checkpoint.Manifest) map[catalog.Name]uint64 {
	out := map[catalog.Name]uint64{}
	var walk func(*flow.Node)
	walk = func(n *flow.Node) {
		for _, in := range n.Inputs {
			walk(in.From)
		}
		s, ok := n.Spec.(*sources.Scan)
		if !ok || !s.Table.Embedded() {
			return
		}
		at := uint64(math.MaxUint64)
		if have, ok := out[s.Table.Name]; ok {
			at = have
		}
		for _, split := range man.Splits[n.ID] {
			p, err := embedded.ParsePlace(split.Position)
			if err != nil || !p.All {
				at = 0
				continue
			}
			at = min(at, p.Commit)
		}
		out[s.Table.Name] = at
	}
	walk(n)
	return out
}

// viewConnector opens the sink of a view instead of one that anybody may write to.
type viewConnector struct {
	sinks.Connector
	table    *embedded.Table
	marks    *viewMarks
	external bool
}

func (c viewConnector) Open(_ context.Context, w *sinks.Write, mem memory.Allocator) (sinks.Sink, error) {
	layout, err := sinks.NewLayout(w)
	if err != nil {
		return nil, err
	}
	return &viewSink{viewConnector: c, stage: c.table.Stage(), layout: layout, mem: mem, held: map[uint64][]byte{}}, nil
}

// viewSink shows what the view's query gives, a barrier at a time. A token is the barrier's epoch and, where the rows must
// outlive the process, that of the stage.
type viewSink struct {
	viewConnector
	stage  *embedded.Stage
	layout *sinks.Layout
	mem    memory.Allocator
	held   map[uint64][]byte // by epoch, rows that are on no disk
	shows  bool              // something was shown: what comes is on top of it
}

func (s *viewSink) Write(_ context.Context, b *flow.Batch) error {
	rec, err := s.layout.Record(b.Rec, s.mem)
	if err != nil {
		return err
	}
	defer rec.Release()
	return s.stage.Add(rec.Columns(), b.Ops, b.Len())
}

func (s *viewSink) Prepare(_ context.Context, epoch uint64) ([]byte, error) {
	token := binary.BigEndian.AppendUint64(nil, epoch)
	if !s.external {
		s.held[epoch] = s.stage.Take()
		return token, nil
	}
	staged, err := s.stage.Prepare()
	return append(token, staged...), err
}

func (s *viewSink) Commit(ctx context.Context, token []byte) error {
	epoch, staged := binary.BigEndian.Uint64(token), token[8:]
	var err error
	switch {
	case !s.external:
		rows, ok := s.held[epoch]
		if !ok {
			return nil
		}
		if len(rows) > 0 || !s.shows {
			err = s.table.ApplyRows(ctx, rows, !s.shows)
		}
		delete(s.held, epoch)
		s.shows = true
	case len(staged) > 0:
		err = s.table.Apply(ctx, staged)
	}
	if err != nil {
		return err
	}
	s.marks.shown(epoch)
	return nil
}

func (s *viewSink) Abort(_ context.Context, token []byte) error {
	if staged := token[8:]; len(staged) > 0 {
		return s.table.Discard(staged)
	}
	return nil
}

func (s *viewSink) Close() error { return nil }
