// Package logical holds the logical plan: what a query means, before how it runs is decided.
package logical

import (
	"fmt"
	"strings"

	"millrace/catalog"
	"millrace/expr"
	"millrace/expr/agg"
	"millrace/sqlerr"
	"millrace/types"
	"millrace/window"
)

// Node is one step. It is immutable: a rule returns new nodes and shares the rest.
type Node interface {
	Schema() types.Schema
	Inputs() []Node
	WithInputs([]Node) Node
	Pos() sqlerr.Pos
	String() string // one line of a printed plan
}

// Scan reads the columns of a table, by their positions in it.
type Scan struct {
	Table   *catalog.Table
	Columns []int
	Filter  []expr.Expr // conjuncts over Columns that the connector does itself
	At      sqlerr.Pos
}

func (s *Scan) Schema() types.Schema {
	out := make(types.Schema, len(s.Columns))
	for i, c := range s.Columns {
		out[i] = s.Table.Columns[c].Column
	}
	return out
}
func (s *Scan) Inputs() []Node         { return nil }
func (s *Scan) WithInputs([]Node) Node { return s }
func (s *Scan) Pos() sqlerr.Pos        { return s.At }
func (s *Scan) String() string {
	text := fmt.Sprintf("Scan %s [%s]", s.Table.Name, strings.Join(s.Schema().Names(), ", "))
	if len(s.Filter) > 0 {
		text += " where " + expr.And(s.Filter).String()
	}
	return text
}

// Values is constant rows. With no columns it is the one row of a SELECT with no FROM.
type Values struct {
	Rows [][]expr.Expr
	Out  types.Schema
	At   sqlerr.Pos
}

func (v *Values) Schema() types.Schema   { return v.Out }
func (v *Values) Inputs() []Node         { return nil }
func (v *Values) WithInputs([]Node) Node { return v }
func (v *Values) Pos() sqlerr.Pos        { return v.At }
func (v *Values) String() string         { return fmt.Sprintf("Values %d rows", len(v.Rows)) }

// Filter keeps the rows for which Where is true.
type Filter struct {
	Input Node
	Where expr.Expr
}

func (f *Filter) Schema() types.Schema      { return f.Input.Schema() }
func (f *Filter) Inputs() []Node            { return []Node{f.Input} }
func (f *Filter) WithInputs(in []Node) Node { return &Filter{Input: in[0], Where: f.Where} }
func (f *Filter) Pos() sqlerr.Pos           { return f.Where.Pos() }
func (f *Filter) String() string            { return "Filter " + f.Where.String() }

// Project computes a row out of each row.
type Project struct {
	Input Node
	Exprs []expr.Expr
	Names []string
	At    sqlerr.Pos
}

func (p *Project) Schema() types.Schema {
	out := make(types.Schema, len(p.Exprs))
	for i, e := range p.Exprs {
		out[i] = types.Column{Name: p.Names[i], Type: e.Type()}
	}
	return out
}
func (p *Project) Inputs() []Node { return []Node{p.Input} }
func (p *Project) WithInputs(in []Node) Node {
	return &Project{Input: in[0], Exprs: p.Exprs, Names: p.Names, At: p.At}
}
func (p *Project) Pos() sqlerr.Pos { return p.At }
func (p *Project) String() string {
	parts := make([]string, len(p.Exprs))
	for i, e := range p.Exprs {
		parts[i] = e.String()
		if parts[i] != p.Names[i] {
			parts[i] += " AS " + p.Names[i]
		}
	}
	return "Project " + strings.Join(parts, ", ")
}

// Window appends window_start, window_end and window_time to each row, once for each window it belongs to.
type Window struct {
	Input  Node
	Window window.Assigner
	Time   int
	At     sqlerr.Pos
}

// WindowColumns is the number of columns that a Window appends.
const WindowColumns = 3

func (w *Window) Schema() types.Schema {
	in := w.Input.Schema()
	t := in[w.Time].Type
	return append(in[:len(in):len(in)],
		types.Column{Name: "window_start", Type: t}, types.Column{Name: "window_end", Type: t}, types.Column{Name: "window_time", Type: t})
}
func (w *Window) Inputs() []Node { return []Node{w.Input} }
func (w *Window) WithInputs(in []Node) Node {
	return &Window{Input: in[0], Window: w.Window, Time: w.Time, At: w.At}
}
func (w *Window) Pos() sqlerr.Pos { return w.At }
func (w *Window) String() string {
	return fmt.Sprintf("Window %s by %s", w.Window, w.Input.Schema()[w.Time].Name)
}

// AggCall is an aggregate over expressions.
type AggCall struct {
	agg.Call
	Args   []expr.Expr
	Filter expr.Expr // nil: every row
	At     sqlerr.Pos
}

// Equal reports whether two calls are the same.
func (a AggCall) Equal(b AggCall) bool {
	if !a.Call.Equal(b.Call) || len(a.Args) != len(b.Args) || (a.Filter == nil) != (b.Filter == nil) {
		return false
	}
	for i := range a.Args {
		if !expr.Equal(a.Args[i], b.Args[i]) {
			return false
		}
	}
	return a.Filter == nil || expr.Equal(a.Filter, b.Filter)
}

func (a AggCall) String() string {
	args := make([]string, len(a.Args))
	for i, e := range a.Args {
		args[i] = e.String()
	}
	s := a.Signature(args)
	if a.Filter != nil {
		s += " FILTER (WHERE " + a.Filter.String() + ")"
	}
	return s
}

// Aggregate groups rows by Keys. Its columns are the keys, then the calls.
type Aggregate struct {
	Input Node
	Keys  []expr.Expr
	Names []string // of the keys
	Calls []AggCall
	At    sqlerr.Pos
}

func (a *Aggregate) Schema() types.Schema {
	out := make(types.Schema, 0, len(a.Keys)+len(a.Calls))
	for i, k := range a.Keys {
		out = append(out, types.Column{Name: a.Names[i], Type: k.Type()})
	}
	for _, c := range a.Calls {
		out = append(out, types.Column{Name: c.String(), Type: c.Result})
	}
	return out
}
func (a *Aggregate) Inputs() []Node { return []Node{a.Input} }
func (a *Aggregate) WithInputs(in []Node) Node {
	c := *a
	c.Input = in[0]
	return &c
}
func (a *Aggregate) Pos() sqlerr.Pos { return a.At }
func (a *Aggregate) String() string  { return "Aggregate " + list(a.Keys, a.Calls) }

// WindowAggregate groups rows by window and Keys and gives a row a window and key when the window closes. Its columns
// are window_start, window_end, window_time, the keys, then the calls.
type WindowAggregate struct {
	Input  Node
	Window window.Assigner
	Time   int
	Keys   []expr.Expr
	Names  []string
	Calls  []AggCall
	At     sqlerr.Pos
}

func (a *WindowAggregate) Schema() types.Schema {
	t := a.Input.Schema()[a.Time].Type
	out := types.Schema{{Name: "window_start", Type: t}, {Name: "window_end", Type: t}, {Name: "window_time", Type: t}}
	return append(out, (&Aggregate{Keys: a.Keys, Names: a.Names, Calls: a.Calls}).Schema()...)
}
func (a *WindowAggregate) Inputs() []Node { return []Node{a.Input} }
func (a *WindowAggregate) WithInputs(in []Node) Node {
	c := *a
	c.Input = in[0]
	return &c
}
func (a *WindowAggregate) Pos() sqlerr.Pos { return a.At }
func (a *WindowAggregate) String() string {
	return fmt.Sprintf("WindowAggregate %s by %s: %s", a.Window, a.Input.Schema()[a.Time].Name, list(a.Keys, a.Calls))
}

func list(keys []expr.Expr, calls []AggCall) string {
	k := make([]string, len(keys))
	for i, e := range keys {
		k[i] = e.String()
	}
	c := make([]string, len(calls))
	for i, a := range calls {
		c[i] = a.String()
	}
	return fmt.Sprintf("[%s] %s", strings.Join(k, ", "), strings.Join(c, ", "))
}

// Distinct keeps one of each set of equal rows.
type Distinct struct {
	Input Node
	At    sqlerr.Pos
}

func (d *Distinct) Schema() types.Schema      { return d.Input.Schema() }
func (d *Distinct) Inputs() []Node            { return []Node{d.Input} }
func (d *Distinct) WithInputs(in []Node) Node { return &Distinct{Input: in[0], At: d.At} }
func (d *Distinct) Pos() sqlerr.Pos           { return d.At }
func (d *Distinct) String() string            { return "Distinct" }

// Order is one key of a Sort.
type Order struct {
	Expr       expr.Expr
	Desc       bool
	NullsFirst bool
}

func (o Order) String() string {
	s := o.Expr.String()
	if o.Desc {
		s += " DESC"
	}
	if o.NullsFirst != o.Desc { // not the default of its direction
		if o.NullsFirst {
			s += " NULLS FIRST"
		} else {
			s += " NULLS LAST"
		}
	}
	return s
}

// Sort puts all rows in order.
type Sort struct {
	Input Node
	By    []Order
	At    sqlerr.Pos
}

func (s *Sort) Schema() types.Schema      { return s.Input.Schema() }
func (s *Sort) Inputs() []Node            { return []Node{s.Input} }
func (s *Sort) WithInputs(in []Node) Node { return &Sort{Input: in[0], By: s.By, At: s.At} }
func (s *Sort) Pos() sqlerr.Pos           { return s.At }
func (s *Sort) String() string {
	by := make([]string, len(s.By))
	for i, o := range s.By {
		by[i] = o.String()
	}
	return "Sort " + strings.Join(by, ", ")
}

// NoLimit is a Limit.N of a query that has only an OFFSET.
const NoLimit = int64(-1)

// Limit keeps N rows behind the first Offset.
type Limit struct {
	Input     Node
	N, Offset int64
	At        sqlerr.Pos
}

func (l *Limit) Schema() types.Schema { return l.Input.Schema() }
func (l *Limit) Inputs() []Node       { return []Node{l.Input} }
func (l *Limit) WithInputs(in []Node) Node {
	return &Limit{Input: in[0], N: l.N, Offset: l.Offset, At: l.At}
}
func (l *Limit) Pos() sqlerr.Pos { return l.At }
func (l *Limit) String() string  { return fmt.Sprintf("Limit %d offset %d", l.N, l.Offset) }

// Union is the rows of all its inputs, which have the same types.
type Union struct {
	All []Node
	At  sqlerr.Pos
}

func (u *Union) Schema() types.Schema      { return u.All[0].Schema() }
func (u *Union) Inputs() []Node            { return u.All }
func (u *Union) WithInputs(in []Node) Node { return &Union{All: in, At: u.At} }
func (u *Union) Pos() sqlerr.Pos           { return u.At }
func (u *Union) String() string            { return "Union all" }

// Transform rebuilds a tree bottom up with f.
func Transform(n Node, f func(Node) (Node, error)) (Node, error) {
	in := n.Inputs()
	if len(in) > 0 {
		next := make([]Node, len(in))
		changed := false
		for i, c := range in {
			r, err := Transform(c, f)
			if err != nil {
				return nil, err
			}
			next[i] = r
			changed = changed || r != c
		}
		if changed {
			n = n.WithInputs(next)
		}
	}
	return f(n)
}

// Format prints a tree, a node a line.
func Format(n Node) string {
	var b strings.Builder
	var walk func(Node, int)
	walk = func(n Node, depth int) {
		b.WriteString(strings.Repeat("  ", depth) + n.String() + "\n")
		for _, c := range n.Inputs() {
			walk(c, depth+1)
		}
	}
	walk(n, 0)
	return b.String()
}
