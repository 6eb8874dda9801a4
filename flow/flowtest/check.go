package flowtest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
	"millrace/types"
)

// Option says more about an operator than its script does.
type Option func(*settings)

type settings struct {
	hash func(port int, rec arrow.RecordBatch) []uint64
	out  *arrow.Schema
	time int // column of the output, or -1
}

// Keyed tells that an operator has its input by key: hash gives one a row, the very hash that the operator files its
// state by. The script then runs in several instances too.
func Keyed(hash func(port int, rec arrow.RecordBatch) []uint64) Option {
	return func(s *settings) { s.hash = hash }
}

// Output gives the schema that every batch must have.
func Output(schema types.Schema) Option { return func(s *settings) { s.out = schema.Arrow() } }

// EventTime names the column of the output that is event time: no row may come out behind a watermark that did.
func EventTime(column int) Option { return func(s *settings) { s.time = column } }

// Check runs a script through an operator, and again in every way that must not make a difference: rows in other
// batches, one at a time, of random sizes, all in one; arrays that are slices of longer ones; ops nil and spelt out;
// closed and opened again from its snapshot before any event; where it is Keyed, also three instances made two, and
// one made three. Each borrowed batch is overwritten after the call, unless it was retained. Emit fails at each call
// in turn. With NULL for every value the output must change, or the script proves nothing. After each run all memory
// is back and nothing of the budget is in use; watermarks do not fall; no row is deleted that was not there.
//
// A script has one event a line, and below it what must come out ("> "); # begins a comment:
//
//	12:00:01 | a | 5             a row; neighbours make a batch. "+ ", "- ", "u- ", "u+ " in front say its op
//	12:00:02 | a | 5 @ 12:00:09  the same with its mark, the watermark of its split before it
//	[1] 12:00:03 | x             a row of port 1
//	watermark 12:00:10           on port 0, or [1] …
//	> 12:00:00 | a | 10          a row that comes out
//	> watermark 12:00:10         the watermark that holds behind the operator, if it grew; checked if any line has one
//	> dropped 1 late             rows dropped for a reason so far
//	flush                        as before an idle input
//	barrier                      Flush and Snapshot
//	recover                      what came since the barrier is lost
//	after 10s                    timers run
//	end                          MaxTime on all ports
//
// Rows come out in the order of the script when its batches are as in the script; else in any order between two
// events that are not rows. How cells are written is told above Rows.
func Check(t *testing.T, spec flow.OperatorSpec, in []types.Schema, script string, options ...Option) {
	t.Helper()
	for _, err := range check(spec, in, script, options...) {
		t.Error(err)
	}
}

// check is Check; it returns what is wrong.
func check(spec flow.OperatorSpec, in []types.Schema, script string, options ...Option) (wrong []error) {
	steps, err := parse(script)
	if err != nil {
		return []error{err}
	}
	c := &checker{spec: spec, in: in, settings: settings{time: -1}}
	for _, o := range options {
		o(&c.settings)
	}
	if d := spec.Describe(); d.Name == "" {
		return []error{errors.New("the spec does not describe itself")}
	}
	if err := c.run(steps, variation{ordered: true}); err != nil {
		return []error{fmt.Errorf("as in the script: %w", err)} // the rest would say the same
	}
	for _, v := range c.variations(steps) {
		if err := c.run(v.steps, v.variation); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", v.name, err))
		}
	}
	wrong = append(wrong, c.failures(steps)...)
	if expectsRows(steps) && c.run(steps, variation{nulls: true}) == nil {
		wrong = append(wrong, errors.New("with NULL for every value the same rows come out: the script proves nothing"))
	}
	return wrong
}

type checker struct {
	spec flow.OperatorSpec
	in   []types.Schema
	settings
}

// variation is one way to run a script.
type variation struct {
	ordered   bool       // rows must come out in the order of the script
	batchRows func() int // rows in the next batch; nil: as the script has them
	sliced    bool       // arrays are parts of longer ones
	spelt     bool       // ops are spelt out where all are inserts
	nulls     bool       // every value is NULL
	reopen    func(event int) bool
	before    int // instances, until it was reopened; 0: one
	after     int
	failAt    int // Emit fails at this call, from 1; 0: never
}

type named struct {
	name  string
	steps []step
	variation
}

const seeds = 4

func (c *checker) variations(steps []step) []named {
	whole := joined(steps)
	single := func() int { return 1 }
	vs := []named{
		{"in batches of one row", whole, variation{batchRows: single}},
		{"in batches as large as can be", whole, variation{}},
		{"with arrays that are slices", steps, variation{sliced: true}},
		{"with ops spelt out", steps, variation{spelt: true}},
		{"opened again before every event", whole, variation{batchRows: single, reopen: func(int) bool { return true }}},
	}
	for seed := range uint64(seeds) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		vs = append(vs, named{fmt.Sprintf("in batches of random sizes, seed %d", seed), whole,
			variation{batchRows: func() int { return 1 + rnd.IntN(5) }, sliced: true}})
	}
	events := 0
	for _, s := range whole {
		events += max(1, len(s.rows))
	}
	for at := range events {
		here := func(event int) bool { return event == at }
		vs = append(vs, named{fmt.Sprintf("opened again before event %d", at), whole, variation{batchRows: single, reopen: here}})
		if c.hash == nil {
			continue
		}
		for _, n := range []struct {
			name          string
			before, after int
		}{{"three instances made two", 3, 2}, {"one instance made three", 1, 3}} {
			v := variation{batchRows: single, reopen: here, before: n.before, after: n.after}
			vs = append(vs, named{fmt.Sprintf("%s before event %d", n.name, at), whole, v})
		}
	}
	return vs
}

// failures lets Emit fail at each call in turn.
func (c *checker) failures(steps []step) (wrong []error) {
	const most = 50
	for at := 1; at <= most; at++ {
		err := c.run(steps, variation{failAt: at})
		if errors.Is(err, errNotReached) {
			break
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("with Emit failing at call %d: %w", at, err))
		}
	}
	return wrong
}

func expectsRows(steps []step) bool {
	return slices.ContainsFunc(steps, func(s step) bool {
		return slices.ContainsFunc(s.want, func(w string) bool { return !strings.HasPrefix(w, "watermark ") })
	})
}
