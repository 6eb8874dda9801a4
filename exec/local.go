package exec

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// Input stands, in a tree that runs inside of an operator, for rows that the operator has.
type Input struct {
	Port int
	Out  types.Schema
}

// Describe is the step in words.
func (s Input) Describe() flow.Description {
	return flow.Description{Name: "Input", Attrs: []flow.Attr{{Key: "port", Value: fmt.Sprint(s.Port)}}}
}

// named is rec with the names of a schema of its types.
func named(schema *arrow.Schema, rec arrow.RecordBatch) arrow.RecordBatch {
	return array.NewRecordBatch(schema, rec.Columns(), rec.NumRows())
}

// local runs trees of steps to their end, one instance each, on the goroutine of the operator that they are inside of.
type local struct {
	tc     *flow.TaskContext
	inputs func(port int) []*flow.Batch // of an Input; borrowed
}

// run gives the rows of a tree to out.
func (l *local) run(n *flow.Node, out flow.Emitter) error {
	if in, ok := n.Spec.(Input); ok {
		schema := in.Out.Arrow()
		for _, b := range l.inputs(in.Port) {
			if err := out.Emit(&flow.Batch{Rec: named(schema, b.Rec)}); err != nil {
				return err
			}
		}
		return nil
	}
	spec, ok := n.Spec.(flow.OperatorSpec)
	if !ok {
		return sqlerr.New(sqlerr.Internal, 0, "%s cannot run inside of another step", n.Spec.Describe().Name)
	}
	own := *l.tc
	own.State, own.Index, own.Parallelism = nil, 0, 1
	own.Metrics = quiet{l.tc.Metrics}
	op, err := spec.Open(&own)
	if err != nil {
		return err
	}
	err = l.feed(n, op, out)
	if closeErr := op.Close(); err == nil {
		err = closeErr
	}
	return err
}

// feed runs the inputs of an operator into it, in the order in which it wants them.
func (l *local) feed(n *flow.Node, op flow.Operator, out flow.Emitter) error {
	gate, _ := op.(flow.Gated)
	if len(n.Inputs) == 0 { // a source of constants
		_, err := op.Watermark(0, flow.MaxTime, out)
		return err
	}
	ended := make([]bool, len(n.Inputs))
	for range n.Inputs {
		port := -1
		for p := range ended {
			if !ended[p] && (gate == nil || gate.Ready(p)) {
				port = p
				break
			}
		}
		if port < 0 {
			return sqlerr.New(sqlerr.Internal, 0, "%s wants none of its inputs", n.Spec.Describe().Name)
		}
		if err := l.run(n.Inputs[port].From, into{op, port, out}); err != nil {
			return err
		}
		ended[port] = true
		if _, err := op.Watermark(port, flow.MaxTime, out); err != nil {
			return err
		}
	}
	return nil
}

// into gives what is emitted to an operator.
type into struct {
	op   flow.Operator
	port int
	out  flow.Emitter
}

func (i into) Emit(b *flow.Batch) error {
	defer b.Release()
	if err := i.op.Process(i.port, b, i.out); err != nil {
		return err
	}
	r, ok := i.op.(flow.Resumer)
	for more := ok; more; {
		var err error
		if more, err = r.Resume(false, i.out); err != nil {
			return err
		}
	}
	return nil
}

// quiet keeps what inner steps hold apart from what their operator says of itself.
type quiet struct{ flow.Metrics }

func (quiet) State(int64, int64) {}
