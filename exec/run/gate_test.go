package run

import (
	"fmt"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
)

// secondFirst takes its second input before the first, and gives a batch of the first twice: the copy when it is resumed.
type secondFirst struct {
	flow.Stateless
	log     []string
	ended   bool // the second input has
	pending *flow.Batch
	last    bool // given
}

func (s *secondFirst) Ready(port int) bool { return s.pending == nil && (port == 1 || s.ended) }

func (s *secondFirst) Process(port int, b *flow.Batch, out flow.Emitter) error {
	s.log = append(s.log, fmt.Sprint("rows of ", port))
	if port == 1 {
		return nil
	}
	b.Retain()
	s.pending = b
	return flow.Forward(out, b)
}

func (s *secondFirst) Resume(ended bool, out flow.Emitter) (bool, error) {
	if b := s.pending; b != nil {
		s.log, s.pending = append(s.log, "resumed"), nil
		return true, out.Emit(b)
	}
	if ended && !s.last {
		s.log, s.last = append(s.log, "the rest"), true
		return true, nil
	}
	return false, nil
}

func (s *secondFirst) Watermark(port int, t flow.Time, _ flow.Emitter) (flow.Time, error) {
	s.log = append(s.log, fmt.Sprint("end of ", port))
	if port == 1 {
		s.ended = true
		return flow.MinTime, nil
	}
	return t, nil
}

func TestATaskReadsAnInputWhenItsStepIsReadyAndResumesBeforeItReadsOn(t *testing.T) {
	op := &secondFirst{}
	out := newEdge(newWaker(), newWaker(), 0)
	ta := &task{
		ctx: t.Context(), waker: newWaker(), ports: []flow.Time{flow.MinTime, flow.MinTime}, sent: flow.MinTime, ops: []flow.Operator{op},
		nodes: []*flow.Node{{}}, counters: []*counters{{}}, gate: op, resumer: op,
		out: &output{edges: []*edge{out}}, ack: func(ack) {},
	}
	ta.links = []link{{t: ta}, {t: ta, i: 1}}
	rec := array.NewRecordBatch(arrow.NewSchema(nil, nil), nil, 3)
	for port := range 2 {
		e := newEdge(newWaker(), ta.waker, port)
		for range 2 - port {
			e.put(flow.Event{Kind: flow.Data, Batch: &flow.Batch{Rec: rec}})
		}
		ta.in = append(ta.in, e)
	}
	ta.in[0].put(flow.Event{Kind: flow.End})
	drain := func() {
		for did := true; did; {
			var err error
			if did, err = ta.Step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	drain()
	if want := []string{"rows of 1"}; !slices.Equal(op.log, want) {
		t.Errorf("before the end of the second input: %q, want %q", op.log, want)
	}
	ta.in[1].put(flow.Event{Kind: flow.End})
	drain()
	want := []string{"rows of 1", "end of 1", "rows of 0", "resumed", "rows of 0", "resumed", "the rest", "end of 0"}
	if !slices.Equal(op.log, want) {
		t.Errorf("the step saw %q, want %q", op.log, want)
	}
	if got, want := left(out), "data, data, data, data, watermark end, end"; got != want {
		t.Errorf("%q left, want %q", got, want)
	}
	if !ta.ended.Load() {
		t.Error("the task has not ended")
	}
}
