package exec

import (
	"strconv"

	"millrace/flow"
	"millrace/sqlerr"
)

// NoLimit is a Limit.N that keeps all rows behind the Offset.
const NoLimit = int64(-1)

// Limit passes on N rows behind the first Offset ones, in the order in which they come. It has one instance.
type Limit struct{ N, Offset int64 }

// Describe is the step in words.
func (s Limit) Describe() flow.Description {
	return flow.Description{Name: "Limit", Attrs: limits(s.N, s.Offset)}
}

func limits(n, offset int64) []flow.Attr {
	var attrs []flow.Attr
	if n != NoLimit {
		attrs = append(attrs, flow.Attr{Key: "rows", Value: strconv.FormatInt(n, 10)})
	}
	if offset > 0 {
		attrs = append(attrs, flow.Attr{Key: "offset", Value: strconv.FormatInt(offset, 10)})
	}
	return attrs
}

// seenTable is the table of a snapshot that the number of rows seen is in.
const seenTable = "seen"

// Open makes the instance, which has seen as many rows as a snapshot says.
func (s Limit) Open(tc *flow.TaskContext) (flow.Operator, error) {
	if err := alone("Limit", tc); err != nil {
		return nil, err
	}
	if s.N < NoLimit || s.Offset < 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "LIMIT %d OFFSET %d must not be negative", s.N, s.Offset)
	}
	seen, err := getNumber(tc, seenTable)
	return &limit{Limit: s, tc: tc, seen: seen}, err
}

type limit struct {
	Limit
	tc   *flow.TaskContext
	seen int64
}

func (l *limit) Process(_ int, b *flow.Batch, out flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("LIMIT")
	}
	n := int64(b.Len())
	from, to := min(max(l.Offset-l.seen, 0), n), n
	if passed := max(l.seen-l.Offset, 0); l.N != NoLimit {
		to = from + min(max(l.N-passed, 0), n-from)
	}
	l.seen += n
	switch {
	case from >= to:
		return nil
	case from == 0 && to == n:
		return flow.Forward(out, b)
	}
	part := &flow.Batch{Rec: b.Rec.NewSlice(from, to)}
	if b.Marks != nil {
		part.Marks = b.Marks[from:to]
	}
	return out.Emit(part)
}

func (l *limit) Watermark(_ int, t flow.Time, _ flow.Emitter) (flow.Time, error) { return t, nil }

func (l *limit) Snapshot(w flow.StateWriter) error {
	return putNumber(w, l.tc.Mem, seenTable, l.seen)
}

func (l *limit) Close() error { return nil }
