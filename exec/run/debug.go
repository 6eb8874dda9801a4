package run

import (
	"fmt"

	"millrace/flow"
)

// checked wraps an operator with checks of its promises: the schema of what it emits, and watermarks that never fall.
// What it finds is a mistake of the operator, so it panics and the job stops with the operator's name.
func checked(op flow.Operator, n *flow.Node) flow.Operator {
	return &checker{op: op, node: n, last: flow.MinTime}
}

type checker struct {
	op   flow.Operator
	node *flow.Node
	last flow.Time // the watermark of the output
}

// checkedOut is the emitter that the operator sees.
type checkedOut struct {
	c   *checker
	out flow.Emitter
}

func (o checkedOut) Emit(b *flow.Batch) error {
	if !b.Rec.Schema().Equal(o.c.node.Schema) {
		panic(fmt.Sprintf("%s emits %s, not %s", o.c.node.ID, b.Rec.Schema(), o.c.node.Schema))
	}
	if b.Len() == 0 {
		panic(o.c.node.ID + " emits a batch of no rows")
	}
	if b.Ops != nil && len(b.Ops) != b.Len() || b.Marks != nil && len(b.Marks) != b.Len() {
		panic(fmt.Sprintf("%s emits %d rows with %d ops and %d marks", o.c.node.ID, b.Len(), len(b.Ops), len(b.Marks)))
	}
	return o.out.Emit(b)
}

func (c *checker) Process(port int, b *flow.Batch, out flow.Emitter) error {
	return c.op.Process(port, b, checkedOut{c, out})
}

func (c *checker) Watermark(port int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	w, err := c.op.Watermark(port, t, checkedOut{c, out})
	if err == nil && len(c.node.Inputs) == 1 && w < c.last {
		panic(fmt.Sprintf("%s: its watermark falls from %s to %s", c.node.ID, c.last, w))
	}
	c.last = max(c.last, w)
	return w, err
}

func (c *checker) Snapshot(w flow.StateWriter) error { return c.op.Snapshot(w) }
func (c *checker) Close() error                      { return c.op.Close() }

// Flush, Ready and Resume are those of the operator, where it has them.

func (c *checker) Flush(out flow.Emitter) error {
	if f, ok := c.op.(flow.Flusher); ok {
		return f.Flush(checkedOut{c, out})
	}
	return nil
}

func (c *checker) Ready(port int) bool {
	g, ok := c.op.(flow.Gated)
	return !ok || g.Ready(port)
}

func (c *checker) Resume(ended bool, out flow.Emitter) (bool, error) {
	if r, ok := c.op.(flow.Resumer); ok {
		return r.Resume(ended, checkedOut{c, out})
	}
	return false, nil
}
