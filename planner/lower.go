package planner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"millrace/exec"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/planner/logical"
	"millrace/sinks"
	"millrace/sources"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
	"millrace/window"
)

// defaultIdleTimeout is how long a split may have nothing before it stops holding back the watermark.
const defaultIdleTimeout = 10 * time.Second

// lowering makes flow nodes of a logical tree. A node's ID is its statement, its kind and how many of that kind came
// before it, so that equal plans have equal IDs.
type lowering struct {
	env    *Env
	prefix int
	event  bool // the plan waits for watermarks
	count  map[string]int
	types  map[*flow.Node]types.Schema
}

func (l *lowering) node(kind string, spec flow.Spec, schema types.Schema, parallelism int, inputs ...flow.Edge) *flow.Node {
	if l.count == nil {
		l.count, l.types = map[string]int{}, map[*flow.Node]types.Schema{}
	}
	l.count[kind]++
	n := &flow.Node{
		ID: fmt.Sprintf("%d.%s.%d", l.prefix, kind, l.count[kind]), Spec: spec, Inputs: inputs,
		Schema: schema.Arrow(), Parallelism: parallelism,
	}
	l.types[n] = schema
	return n
}

// then puts a step behind in, in the same tasks.
func (l *lowering) then(kind string, spec flow.Spec, schema types.Schema, in *flow.Node) *flow.Node {
	return l.node(kind, spec, schema, in.Parallelism, flow.Edge{From: in})
}

// gathered puts a step behind in that sees all of its rows.
func (l *lowering) gathered(kind string, spec flow.Spec, schema types.Schema, in *flow.Node) *flow.Node {
	if in.Parallelism == 1 {
		return l.then(kind, spec, schema, in)
	}
	return l.node(kind, spec, schema, 1, flow.Edge{From: in, Exchange: flow.Exchange{Mode: flow.Gather}})
}

// hashed puts a step behind in whose instances each see all rows of their keys.
func (l *lowering) hashed(kind string, spec flow.Spec, schema types.Schema, in *flow.Node, keys []int) *flow.Node {
	if len(keys) == 0 {
		return l.gathered(kind, spec, schema, in)
	}
	if in.Parallelism == 1 && l.env.Parallelism == 1 {
		return l.then(kind, spec, schema, in)
	}
	return l.node(kind, spec, schema, l.env.Parallelism, flow.Edge{From: in, Exchange: flow.Exchange{Mode: flow.Hash, Keys: keys}})
}

func (l *lowering) lower(n logical.Node) (*flow.Node, error) {
	switch n := n.(type) {
	case *logical.Scan:
		return l.scan(n)
	case *logical.Values:
		return l.node("values", exec.Values{Rows: n.Rows, Out: n.Out}, n.Out, 1), nil
	case *logical.Union:
		var edges []flow.Edge
		mode := flow.Direct
		for _, side := range n.All {
			in, err := l.lower(side)
			if err != nil {
				return nil, err
			}
			edges = append(edges, flow.Edge{From: in})
			if in.Parallelism != edges[0].From.Parallelism {
				mode = flow.Gather
			}
		}
		parallelism := edges[0].From.Parallelism
		if mode == flow.Gather {
			parallelism = 1
		}
		for i := range edges {
			edges[i].Mode = mode
		}
		return l.node("union", exec.Union{Inputs: len(n.All)}, n.Schema(), parallelism, edges...), nil
	case *logical.Join:
		in, _, err := l.join(n, slices.Repeat([]bool{true}, len(n.Schema())))
		return in, err
	case *logical.Project:
		return l.projectOver(n)
	case *logical.Aggregate:
		return l.aggregateOver(n)
	}
	switch n := n.(type) {
	case *logical.SetOp:
		return l.setOp(n)
	case *logical.Recursive:
		return l.recursive(n, n.MaxRows)
	case *logical.WorkTable:
		return l.node("input", exec.Input{Port: n.Port, Out: n.Out}, n.Out, 1), nil
	}
	if limit, ok := n.(*logical.Limit); ok {
		n = limit.WithInputs([]logical.Node{l.limited(limit)})
	}
	in, err := l.lower(n.Inputs()[0])
	if err != nil {
		return nil, err
	}
	schema := n.Schema()
	switch n := n.(type) {
	case *logical.Filter:
		return l.then("filter", exec.Filter{Where: n.Where}, schema, in), nil
	case *logical.Expand:
		return l.then("expand", exec.Expand{Keys: n.Keys, Sets: n.Sets, Out: schema}, schema, in), nil
	case *logical.EmptyGroups:
		var none inputs
		return l.gathered("groups", exec.EmptyGroups{Keys: n.Keys, Aggs: none.bound(n.Calls), Sets: n.Sets, Out: schema}, schema, in), nil
	case *logical.Unnest:
		return l.then("unnest", exec.Unnest{Keep: n.Keep, Calls: n.Calls, Outer: n.Outer, Ordinality: n.Ordinality != "", Out: schema}, schema, in), nil
	case *logical.Window:
		return l.then("window", window.Assign{Window: n.Window, Time: n.Time, Out: schema}, schema, in), nil
	case *logical.WindowAggregate:
		return l.windowAggregate(n, in), nil
	case *logical.Over:
		return l.over(n, in), nil
	case *logical.Distinct:
		keys := make([]int, len(schema))
		for i := range keys {
			keys[i] = i
		}
		if l.env.Changes && l.env.takesBack(n.Input) && len(keys) > 0 {
			return l.hashed("changes", exec.Changes{Keys: keys, In: schema, Out: schema, Changing: true}, schema, in, keys), nil
		}
		return l.hashed("distinct", exec.Distinct{In: schema}, schema, in, keys), nil
	case *logical.Sort:
		return l.gathered("sort", exec.Sort{By: orders(n.By)}, schema, in), nil
	case *logical.Limit:
		if s, ok := n.Input.(*logical.Sort); ok && n.N != logical.NoLimit {
			return l.topN(n, s)
		}
		return l.gathered("limit", exec.Limit{N: n.N, Offset: n.Offset}, schema, in), nil
	}
	return nil, sqlerr.New(sqlerr.Internal, n.Pos(), "cannot run a %T", n)
}

func orders(by []logical.Order) []exec.Order {
	out := make([]exec.Order, len(by))
	for i, o := range by {
		out[i] = exec.Order{Expr: o.Expr, Desc: o.Desc, NullsFirst: o.NullsFirst}
	}
	return out
}

func (l *lowering) topN(n *logical.Limit, s *logical.Sort) (*flow.Node, error) {
	in, err := l.lower(s.Input)
	if err != nil {
		return nil, err
	}
	return l.gathered("topn", exec.TopN{By: orders(s.By), N: n.N, Offset: n.Offset}, n.Schema(), in), nil
}

// project is left out where it would change nothing but names.
func (l *lowering) project(exprs []expr.Expr, out types.Schema, in *flow.Node) *flow.Node {
	same := len(exprs) == in.Schema.NumFields()
	for i, e := range exprs {
		c, ok := e.(*expr.Column)
		same = same && ok && c.Index == i && in.Schema.Field(i).Name == out[i].Name
	}
	if same {
		return in
	}
	if first, then := shareParts(exprs, l.types[in]); first != nil {
		in = l.then("project", *first, first.Out, in)
		exprs = then
	}
	return l.then("project", exec.Project{Exprs: exprs, Out: out}, out, in)
}

// scan reads the columns of the table that are wanted and computes the others from them.
func (l *lowering) scan(n *logical.Scan) (*flow.Node, error) {
	conn, err := l.env.Sources(n.Table.Connector())
	if err != nil {
		return nil, at(err, n.At)
	}
	out := n.Schema()
	s := &sources.Scan{Table: n.Table, Out: out, Bounded: l.env.bounded(n)}
	read := func(table int) int { // position in s.Columns
		if i := slices.Index(s.Columns, table); i >= 0 {
			return i
		}
		s.Columns = append(s.Columns, table)
		return len(s.Columns) - 1
	}
	computed := false
	for _, c := range n.Columns {
		col := n.Table.Columns[c]
		if col.Computed == "" {
			s.Compute = append(s.Compute, expr.NewColumn(read(c), col.Name, col.Type, n.At))
			continue
		}
		computed = true
		e, err := l.env.computedExpr(n, c)
		if err != nil {
			return nil, err
		}
		s.Compute = append(s.Compute, expr.Remap(e, read))
	}
	if !computed {
		s.Compute = nil
	}
	for _, f := range n.Filter {
		s.Filter = append(s.Filter, expr.Remap(f, func(i int) int { return read(n.Columns[i]) }))
	}
	if got := conn.Push(n.Table, s.Pushdown); !slices.Equal(got.Columns, s.Columns) || len(got.Filter) != len(s.Filter) {
		return nil, sqlerr.New(sqlerr.Internal, n.At, "connector %q does not read the columns %v of %q", conn.Name(), s.Columns, n.Table.Name.String())
	}
	if w := n.Table.Watermark; w != nil && l.event && !l.env.Batch {
		if i := slices.Index(n.Columns, w.Column); i >= 0 {
			s.Event = &sources.EventTime{Column: i, Delay: w.Delay,
				IdleTimeout: n.Table.DurationOption("watermark.idle_timeout", defaultIdleTimeout)}
		}
	}
	return l.node("scan."+n.Table.Name.String(), s, out, l.env.Parallelism), nil
}

// computedExpr binds a computed column over the positions of the table's columns.
func (e *Env) computedExpr(n *logical.Scan, c int) (expr.Expr, error) {
	ast, err := sql.ParseExpr(n.Table.Columns[c].Computed)
	if err != nil {
		return nil, err
	}
	x, err := (&binder{env: e}).expr(ast, physical(n.Table))
	if err != nil {
		return nil, err
	}
	if x, err = expr.Fold(x, e.exprCtx()); err != nil {
		return nil, err
	}
	out, ok := expr.Coerce(x, n.Table.Columns[c].Type)
	if !ok {
		return nil, sqlerr.New(sqlerr.Internal, n.At, "computed column %q is %s, not %s", n.Table.Columns[c].Name, x.Type(), n.Table.Columns[c].Type)
	}
	return out, nil
}

// inputs lays out what an aggregate reads: its keys, then each call's arguments and filter, each column once.
type inputs struct {
	exprs  []expr.Expr
	schema types.Schema
}

func (in *inputs) add(e expr.Expr) int {
	if i := slices.IndexFunc(in.exprs, func(x expr.Expr) bool { return expr.Equal(x, e) }); i >= 0 {
		return i
	}
	in.exprs = append(in.exprs, e)
	in.schema = append(in.schema, types.Column{Name: e.String(), Type: e.Type()})
	return len(in.exprs) - 1
}

func (in *inputs) bound(calls []logical.AggCall) []agg.Bound {
	out := make([]agg.Bound, len(calls))
	for i, c := range calls {
		out[i] = agg.Bound{Call: c.Call, Filter: -1}
		for _, a := range c.Args {
			out[i].Args = append(out[i].Args, in.add(a))
		}
		if c.Filter != nil {
			out[i].Filter = in.add(c.Filter)
		}
	}
	return out
}

// partialSchema is the columns of a partial aggregate: the keys and the state of each call.
func partialSchema(keys types.Schema, calls []logical.AggCall) types.Schema {
	out := slices.Clone(keys)
	for _, c := range calls {
		for i, s := range c.State {
			out = append(out, types.Column{Name: fmt.Sprintf("%s.%d", c.String(), i), Type: s})
		}
	}
	return out
}

func keyList(from, n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = from + i
	}
	return out
}

// aggregate aggregates in two phases: in the task of its input, and by key behind an exchange. So it does at
// parallelism 1 too: a checkpoint can then be restored at any other.
func (l *lowering) aggregate(n *logical.Aggregate, schema types.Schema, in *flow.Node) *flow.Node {
	var cols inputs
	keys := make([]int, len(n.Keys))
	for i, k := range n.Keys {
		keys[i] = cols.add(k)
	}
	bound := cols.bound(n.Calls)
	pre := l.project(cols.exprs, cols.schema, in)
	if l.env.Changes {
		spec := exec.Changes{Keys: keys, Aggs: bound, In: cols.schema, Out: schema, Changing: l.env.takesBack(n.Input)}
		return l.hashed("changes", spec, schema, pre, keys)
	}
	mid := partialSchema(schema[:len(keys)], n.Calls)
	partial := l.then("aggregate.partial", exec.Aggregate{Keys: keys, Aggs: bound, In: cols.schema, Out: mid, Phase: exec.Partial}, mid, pre)
	by := keyList(0, len(keys))
	return l.hashed("aggregate", exec.Aggregate{Keys: by, Aggs: bound, In: mid, Out: schema, Phase: exec.Final}, schema, partial, by)
}

// windowAggregate aggregates slices in the task of its input, where late rows are known, and windows by key behind an
// exchange.
func (l *lowering) windowAggregate(n *logical.WindowAggregate, in *flow.Node) *flow.Node {
	var cols inputs
	src := n.Input.Schema()[n.Time]
	time := cols.add(expr.NewColumn(n.Time, src.Name, src.Type, n.At))
	keys := make([]int, len(n.Keys))
	for i, k := range n.Keys {
		keys[i] = cols.add(k)
	}
	bound := cols.bound(n.Calls)
	pre := l.project(cols.exprs, cols.schema, in)
	schema := n.Schema()
	mid := types.Schema{{Name: "slice_start", Type: src.Type}}
	mid = append(mid, schema[logical.WindowColumns:logical.WindowColumns+len(keys)]...)
	mid = append(partialSchema(mid, n.Calls), types.Column{Name: "rows", Type: types.Of(types.Int64)})
	partial := l.then("window.partial", window.Partial{Window: n.Window, Time: time, Keys: keys, Aggs: bound, In: cols.schema, Out: mid}, mid, pre)
	return l.hashed("window.aggregate", window.Final{Window: n.Window, NumKeys: len(keys), Aggs: bound, In: mid, Out: schema}, schema, partial, keyList(1, len(keys)))
}

// sink ends the plan.
func (l *lowering) sink(n logical.Node, w *sinks.Write) (*flow.Node, error) {
	in, err := l.lower(n)
	if err != nil {
		return nil, err
	}
	if w.Table == nil {
		return l.gathered("return", w, w.In, in), nil
	}
	kind := "write." + w.Table.Name.String()
	conn, err := l.env.Sinks(w.Table.Connector())
	if err != nil {
		return nil, err
	}
	if s, ok := conn.(sinks.Single); ok && s.Single() || ordered(n) || w.Table.Materialized() {
		return l.gathered(kind, w, w.In, in), nil
	}
	if strings.HasPrefix(w.Mode, "upsert") { // the rows of a key must keep their order
		var keys []int
		for _, k := range w.Table.PrimaryKey {
			keys = append(keys, slices.Index(w.Columns, k))
		}
		return l.hashed(kind, w, w.In, in, keys), nil
	}
	return l.then(kind, w, w.In, in), nil
}
