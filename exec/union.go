package exec

import (
	"slices"
	"strconv"

	"millrace/flow"
	"millrace/sqlerr"
)

// Union passes on the rows of all its inputs, which have the same types.
type Union struct{ Inputs int }

// Describe is the step in words.
func (s Union) Describe() flow.Description {
	return flow.Description{Name: "Union", Attrs: []flow.Attr{{Key: "inputs", Value: strconv.Itoa(s.Inputs)}}}
}

// Open makes an instance. Its watermarks are given back to it after a restart: it has no state.
func (s Union) Open(*flow.TaskContext) (flow.Operator, error) {
	if s.Inputs < 1 {
		return nil, sqlerr.New(sqlerr.Internal, 0, "Union has %d inputs", s.Inputs)
	}
	return &union{marks: slices.Repeat([]flow.Time{flow.MinTime}, s.Inputs)}, nil
}

type union struct{ marks []flow.Time } // the watermark of each port

func (u *union) Process(_ int, b *flow.Batch, out flow.Emitter) error { return flow.Forward(out, b) }

// Watermark returns the least of those of all ports.
func (u *union) Watermark(port int, t flow.Time, _ flow.Emitter) (flow.Time, error) {
	u.marks[port] = t
	return slices.Min(u.marks), nil
}

func (u *union) Snapshot(flow.StateWriter) error { return nil }
func (u *union) Close() error                    { return nil }
