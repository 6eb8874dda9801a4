package flowtest

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// Chain is operators of one input each, one behind the other, as a task runs them. It shows what a pair such as a
// partial and a final aggregate does together.
type Chain []flow.OperatorSpec

// Describe joins the names.
func (c Chain) Describe() flow.Description {
	names := make([]string, len(c))
	for i, s := range c {
		names[i] = s.Describe().Name
	}
	return flow.Description{Name: strings.Join(names, " → ")}
}

// Open opens all of them; each has its own tables in the snapshot.
func (c Chain) Open(tc *flow.TaskContext) (flow.Operator, error) {
	var ops chain
	for i, s := range c {
		own := *tc
		if tc.State != nil {
			own.State = scoped{reader: tc.State, link: i}
		}
		op, err := s.Open(&own)
		if err != nil {
			_ = ops.Close() // the error of Open says more
			return nil, err
		}
		ops = append(ops, op)
	}
	return ops, nil
}

type chain []flow.Operator

// link is the Emitter between operator i-1 and the rest, which begins at i.
type link struct {
	rest chain
	out  flow.Emitter
}

func (l link) Emit(b *flow.Batch) error {
	defer b.Release()
	return l.rest.Process(0, b, l.out)
}

func (c chain) behind(out flow.Emitter) flow.Emitter {
	if len(c) == 1 {
		return out
	}
	return link{c[1:], out}
}

func (c chain) Process(port int, b *flow.Batch, out flow.Emitter) error {
	return c[0].Process(port, b, c.behind(out))
}

func (c chain) Watermark(port int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	for i, op := range c {
		var err error
		if t, err = op.Watermark(port, t, c[i:].behind(out)); err != nil {
			return t, err
		}
	}
	return t, nil
}

func (c chain) Flush(out flow.Emitter) error {
	for i, op := range c {
		if f, ok := op.(flow.Flusher); ok {
			if err := f.Flush(c[i:].behind(out)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c chain) Snapshot(w flow.StateWriter) error {
	for i, op := range c {
		if err := op.Snapshot(scoped{writer: w, link: i}); err != nil {
			return err
		}
	}
	return nil
}

func (c chain) Close() error {
	var first error
	for _, op := range c {
		if err := op.Close(); first == nil {
			first = err
		}
	}
	return first
}

// scoped is the part of a snapshot that belongs to one link of a chain.
type scoped struct {
	writer flow.StateWriter
	reader flow.StateReader
	link   int
}

func (s scoped) name(table string) string { return fmt.Sprintf("%d/%s", s.link, table) }

func (s scoped) Put(table string, group int, rec arrow.RecordBatch) error {
	return s.writer.Put(s.name(table), group, rec)
}

func (s scoped) Scan(table string, fn func(arrow.RecordBatch) error) error {
	return s.reader.Scan(s.name(table), fn)
}
