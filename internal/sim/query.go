package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"millrace/catalog"
	"millrace/exec"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sinks"
	"millrace/sources"
	"millrace/types"
	"millrace/window"

	"time"
)

// query is what a history asks of its logs: count(*), sum(v) and max(v) of the events whose key is not skipped, by
// window and keys.
type query struct {
	window window.Assigner
	delay  flow.Time
	idle   time.Duration // watermark.idle_timeout; 0: no split is ever idle
	keys   []int         // columns of eventSchema
	spread bool          // the rows are exchanged before they are aggregated, so that their marks cross an edge
	union  bool          // a second sink takes the same of two logs together
	aggs   []agg.Bound
}

// skippedKey is the key that the filter leaves out.
const skippedKey = 3

// drawQuery draws a query whose numbers are small, so that rows fall on edges often.
func drawQuery(rng *rand.Rand) (*query, error) {
	q := &query{spread: rng.IntN(3) == 0, union: rng.IntN(3) == 0}
	slide := flow.Time(1 + rng.IntN(12))
	switch times := flow.Time(2 + rng.IntN(3)); rng.IntN(4) {
	case 0:
		size := slide*(times-1) + flow.Time(rng.IntN(int(slide)))
		q.window = window.Assigner{Kind: window.Hop, Size: max(size, slide), Slide: slide}
	case 1:
		q.window = window.Assigner{Kind: window.Cumulate, Size: slide * times, Slide: slide}
	default:
		q.window = window.Assigner{Kind: window.Tumble, Size: slide, Slide: slide}
	}
	q.window.Offset = flow.Time(rng.IntN(3))
	if err := q.window.Validate(); err != nil { // a hop that cuts time too finely
		q.window = window.Assigner{Kind: window.Tumble, Size: slide, Slide: slide}
	}
	q.delay = []flow.Time{0, 1, 5, 20, slide}[rng.IntN(5)]
	q.keys = [][]int{{1}, {2}, {2, 1}}[rng.IntN(3)]
	for _, call := range []struct {
		name string
		args []int
	}{{"count", nil}, {"sum", []int{3}}, {"max", []int{3}}} {
		var ts []types.Type
		for _, a := range call.args {
			ts = append(ts, eventSchema[a].Type)
		}
		c, err := agg.Resolve(call.name, ts, false, 0)
		if err != nil {
			return nil, err
		}
		q.aggs = append(q.aggs, agg.Bound{Call: c, Args: call.args, Filter: -1})
	}
	return q, nil
}

// partialSchema and resultSchema are what the two halves of the aggregate give.
func (q *query) partialSchema() types.Schema {
	s := types.Schema{{Name: "slice_start", Type: types.Of(types.Timestamp)}}
	for _, k := range q.keys {
		s = append(s, eventSchema[k])
	}
	for i, a := range q.aggs {
		for j, t := range a.State {
			s = append(s, types.Column{Name: fmt.Sprintf("s%d_%d", i, j), Type: t})
		}
	}
	return append(s, types.Column{Name: "rows", Type: types.Of(types.Int64)})
}

func (q *query) resultSchema() types.Schema {
	var s types.Schema
	for _, name := range []string{"window_start", "window_end", "window_time"} {
		s = append(s, types.Column{Name: name, Type: types.Of(types.Timestamp)})
	}
	for _, k := range q.keys {
		s = append(s, eventSchema[k])
	}
	for _, a := range q.aggs {
		s = append(s, types.Column{Name: a.Name, Type: a.Result})
	}
	return s
}

// parallelism is how many instances the parts of a plan have. It is drawn anew whenever a job is started.
type parallelism struct{ scan, spread, final, sink int }

func drawParallelism(rng *rand.Rand) parallelism {
	return parallelism{1 + rng.IntN(maxScans), 1 + rng.IntN(3), 1 + rng.IntN(4), 1 + rng.IntN(3)}
}

// maxScans is the most instances that a scan has.
const maxScans = 3

// plan is the physical plan: one root, or two.
func (q *query) plan(p parallelism) ([]*flow.Node, error) {
	out, err := q.branch("out", "topic", q.scan("a", p.scan), p)
	if err != nil || !q.union {
		return []*flow.Node{out}, err
	}
	both := &flow.Node{ID: "union", Spec: exec.Union{Inputs: 2}, Schema: eventSchema.Arrow(), Parallelism: p.scan}
	for _, name := range []string{"b", "c"} {
		both.Inputs = append(both.Inputs, flow.Edge{From: q.scan(name, p.scan)})
	}
	upsert, err := q.branch("upsert", "table", both, p)
	return []*flow.Node{out, upsert}, err
}

func (q *query) scan(name string, n int) *flow.Node {
	t := &catalog.Table{Name: catalog.Name{Table: name}, Options: map[string]catalog.Option{"connector": {Value: "log"}, "on_error": {Value: "skip"}}}
	s := &sources.Scan{Table: t, Out: eventSchema, Event: &sources.EventTime{Column: 0, Delay: time.Duration(q.delay) * time.Microsecond, IdleTimeout: q.idle}}
	for i, c := range eventSchema {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
		s.Columns = append(s.Columns, i)
	}
	return &flow.Node{ID: "scan " + name, Spec: s, Schema: eventSchema.Arrow(), Parallelism: n}
}

// branch is everything between a node that gives events and a sink.
func (q *query) branch(name, connector string, from *flow.Node, p parallelism) (*flow.Node, error) {
	step := func(id string, spec flow.Spec, s types.Schema, n int, in flow.Edge) flow.Edge {
		return flow.Edge{From: &flow.Node{ID: name + " " + id, Spec: spec, Inputs: []flow.Edge{in}, Schema: s.Arrow(), Parallelism: n}}
	}
	where, err := expr.NewCall("<>", []expr.Expr{
		expr.NewColumn(1, "key", eventSchema[1].Type, 0), expr.NewLiteral(int64(skippedKey), eventSchema[1].Type, 0),
	}, 0)
	if err != nil {
		return nil, err
	}
	at, n := flow.Edge{From: from}, from.Parallelism
	if q.spread {
		at.Exchange, n = flow.Exchange{Mode: flow.Hash, Keys: []int{3}}, p.spread
	}
	at = step("filter", exec.Filter{Where: where}, eventSchema, n, at)
	mid, out := q.partialSchema(), q.resultSchema()
	at = step("partial", window.Partial{Window: q.window, Time: 0, Keys: q.keys, Aggs: q.aggs, In: eventSchema, Out: mid}, mid, n, at)
	at.Exchange = flow.Exchange{Mode: flow.Hash}
	for i := range q.keys {
		at.Keys = append(at.Keys, 1+i)
	}
	at = step("final", window.Final{Window: q.window, NumKeys: len(q.keys), Aggs: q.aggs, In: mid, Out: out}, out, p.final, at)
	n = p.sink
	switch {
	case n == 1:
		at.Mode = flow.Gather
	case n != p.final:
		at.Exchange = flow.Exchange{Mode: flow.Hash, Keys: []int{0}}
	}
	columns := make([]int, len(out))
	for i := range columns {
		columns[i] = i
	}
	target := &catalog.Table{Name: catalog.Name{Table: name}, Options: map[string]catalog.Option{"connector": {Value: connector}}}
	return step("write", &sinks.Write{Table: target, Columns: columns, In: out, Mode: "append"}, out, n, at).From, nil
}

// answer is what a query gives of logs.
type answer struct {
	rows   map[string]string // by window and keys
	counts map[string]int64  // of events in each
	late   int64             // events that are in no window that was still open
	noTime int64
	broken int64
	passed int64 // events that have a time and pass the filter
}

// expected is the answer by definition: an event counts in each of its windows that its split's watermark, before the
// event, has not closed.
func (q *query) expected(logs ...*log) *answer {
	type group struct {
		n, sum, top int64
		any         bool
	}
	a := &answer{rows: map[string]string{}, counts: map[string]int64{}}
	groups := map[string]*group{}
	for _, l := range logs {
		for _, p := range l.parts {
			mark := flow.MinTime
			for _, e := range p.events[:p.shown] {
				switch {
				case e.broken:
					a.broken++
					continue
				case e.noTime:
					if e.key != skippedKey {
						a.noTime++
					}
					continue
				}
				before := mark
				mark = max(mark, e.at-q.delay)
				if e.key == skippedKey {
					continue
				}
				a.passed++
				counted := false
				for _, w := range windowsOf(q.window, e.at) {
					if w.End <= before {
						continue
					}
					counted = true
					key := q.keyOf(w, e)
					g := groups[key]
					if g == nil {
						g = &group{}
						groups[key] = g
					}
					g.n++
					if !e.noV {
						if !g.any || e.v > g.top {
							g.top = e.v
						}
						g.sum, g.any = g.sum+e.v, true
					}
				}
				if !counted {
					a.late++
				}
			}
		}
	}
	for key, g := range groups {
		sum, top := "NULL", "NULL"
		if g.any {
			sum, top = fmt.Sprint(g.sum), fmt.Sprint(g.top)
		}
		a.rows[key] = fmt.Sprintf("%s | %d | %s | %s", key, g.n, sum, top)
		a.counts[key] = g.n
	}
	return a
}

// keyColumns is the number of columns in front of the results.
func (q *query) keyColumns() int { return 3 + len(q.keys) }

func (q *query) keyOf(w window.Span, e event) string {
	key := fmt.Sprintf("%s | %s | %s", timeText(w.Start), timeText(w.End), timeText(w.End-1))
	for _, k := range q.keys {
		if k == 1 {
			key += fmt.Sprintf(" | %d", e.key)
		} else {
			key += " | " + e.name
		}
	}
	return key
}

// windowsOf lists the windows that a time is in, the plain way.
func windowsOf(a window.Assigner, t flow.Time) []window.Span {
	var all []window.Span
	first := t - a.Size - a.Slide // no window that begins before has t
	for start := first - mod(first-a.Offset, a.Slide); start <= t; start += a.Slide {
		if a.Kind != window.Cumulate {
			if start+a.Size > t {
				all = append(all, window.Span{Start: start, End: start + a.Size})
			}
			continue
		}
		if mod(start-a.Offset, a.Size) != 0 {
			continue
		}
		for end := start + a.Slide; end <= start+a.Size; end += a.Slide {
			if end > t {
				all = append(all, window.Span{Start: start, End: end})
			}
		}
	}
	return all
}

// mod is the remainder of a division that rounds down.
func mod(a, b flow.Time) flow.Time { return (a%b + b) % b }

// drawEvents draws the events of a split: none before low. Times are drawn to the edges of windows, and to where the
// watermark meets them; with wild, some events are far behind.
func (q *query) drawEvents(rng *rand.Rand, n int, low flow.Time, wild bool) []event {
	var events []event
	high := low
	edge := func(t flow.Time) flow.Time {
		return t - mod(t-q.window.Offset, q.window.Slide) + flow.Time(rng.IntN(3)) - 1
	}
	for range n {
		e := event{key: rng.Int64N(7), v: rng.Int64N(100), noTime: rng.IntN(40) == 0, noV: rng.IntN(10) == 0, broken: rng.IntN(50) == 0}
		e.name = fmt.Sprintf("n%d", rng.IntN(4))
		switch rng.IntN(6) {
		case 0, 1: // ahead
			e.at = high + flow.Time(rng.IntN(5))
		case 2: // far ahead
			e.at = high + flow.Time(rng.IntN(60))
		case 3: // so that the watermark comes to an edge
			e.at = edge(high+flow.Time(rng.IntN(20))-q.delay) + q.delay
		case 4: // on an edge
			e.at = edge(high - flow.Time(rng.Int64N(int64(q.delay)+1)))
		default: // as late as it may be
			e.at = high - q.delay
		}
		if wild && rng.IntN(4) == 0 {
			e.at = high - flow.Time(rng.IntN(80))
		}
		if !wild {
			e.at = max(e.at, high-q.delay)
		}
		e.at = max(e.at, low)
		if !e.noTime && !e.broken {
			high = max(high, e.at)
		}
		events = append(events, e)
	}
	return slices.Clip(events)
}
