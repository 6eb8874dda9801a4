package run

import (
	"fmt"
	"testing"

	"millrace/flow"
)

// What leaves a task of two inputs, for what comes in. An input is told by its number: "0" has port 0 and "1" the same
// or another.
func TestTheWatermarkOfInputsThatMayBeIdle(t *testing.T) {
	mark := func(at flow.Time) flow.Event { return flow.Event{Kind: flow.Watermark, Time: at} }
	idle, barrier, end := flow.Event{Kind: flow.Idle}, flow.Event{Kind: flow.Barrier, Epoch: 7}, flow.Event{Kind: flow.End}
	type step struct {
		input int
		event flow.Event
		want  string // of what leaves
	}
	for _, tc := range []struct {
		name  string
		steps []step
	}{
		{"the lower one counts", []step{{0, mark(5), ""}, {1, mark(3), "watermark 3"}, {1, mark(9), "watermark 5"}}},
		{"an idle one does not hold the other back", []step{{0, mark(5), ""}, {1, idle, "watermark 5"}, {0, mark(8), "watermark 8"}}},
		{"where both are idle the further one counts, and the task is idle", []step{{0, mark(5), ""}, {1, mark(9), "watermark 5"}, {0, idle, "watermark 9"}, {1, idle, "idle"}}},
		{"active again: those behind wait again", []step{{0, mark(5), ""}, {1, idle, "watermark 5"}, {0, idle, "idle"}, {1, mark(2), "watermark 5"}, {1, mark(7), "watermark 7"}}},
		{"a watermark never falls", []step{{0, mark(5), ""}, {1, mark(4), "watermark 4"}, {1, mark(1), ""}}},
		{"one that has ended does not hold the other back", []step{{0, mark(5), ""}, {1, end, "watermark 5"}, {0, end, "watermark end, end"}}},
		{"a barrier waits for the other, or for its end", []step{{0, barrier, ""}, {1, barrier, "barrier 7"}, {1, barrier, ""}, {0, end, "barrier 7"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out := newEdge(newWaker(), newWaker(), 0)
			task := &task{waker: newWaker(), ports: []flow.Time{flow.MinTime}, sent: flow.MinTime, out: &output{edges: []*edge{out}}, ack: func(ack) {}}
			for range 2 {
				task.in = append(task.in, newEdge(newWaker(), newWaker(), 0))
			}
			for i, s := range tc.steps {
				if err := task.handle(task.in[s.input], s.event); err != nil {
					t.Fatal(err)
				}
				if got := left(out); got != s.want {
					t.Errorf("step %d: %q leaves, want %q", i, got, s.want)
				}
			}
		})
	}
}

// left is what is on an edge, as text.
func left(e *edge) string {
	text := ""
	for {
		ev, ok := e.take()
		if !ok {
			return text
		}
		if text != "" {
			text += ", "
		}
		text += ev.Kind.String()
		switch {
		case ev.Kind == flow.Watermark && ev.Time == flow.MaxTime:
			text += " end"
		case ev.Kind == flow.Watermark:
			text += fmt.Sprint(" ", int64(ev.Time))
		case ev.Kind == flow.Barrier:
			text += fmt.Sprint(" ", ev.Epoch)
		}
	}
}
