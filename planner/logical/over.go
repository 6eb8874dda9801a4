package logical

import (
	"fmt"
	"strings"

	"millrace/exec"
	"millrace/expr"
	"millrace/expr/over"
	"millrace/sqlerr"
	"millrace/types"
)

// OverCall is a window function over expressions.
type OverCall struct {
	over.Call
	Args   []expr.Expr
	Filter expr.Expr  // nil: every row
	Peers  int        // rows are peers that are equal in so many of the node's Order
	Range  *OverRange // of a RANGE frame with offsets
}

// OverRange is what the bounds of a RANGE frame compare: the value that rows are ordered by, and where each row's frame
// starts and ends; nil for a bound without an offset.
type OverRange struct {
	Value, Start, End expr.Expr
	Desc, NullsFirst  bool
}

// Equal reports whether two calls of one node are the same.
func (c OverCall) Equal(d OverCall) bool {
	if !c.Call.Equal(d.Call) || c.Peers != d.Peers {
		return false
	}
	x, y := c.Exprs(), d.Exprs()
	if len(x) != len(y) || len(c.Args) != len(d.Args) || (c.Filter == nil) != (d.Filter == nil) {
		return false
	}
	for i := range x {
		if !expr.Equal(x[i], y[i]) {
			return false
		}
	}
	return true
}

// Exprs lists the expressions that the call reads.
func (c OverCall) Exprs() []expr.Expr {
	var out []expr.Expr
	_, _ = c.Map(func(e expr.Expr) (expr.Expr, error) { // never fails
		out = append(out, e)
		return e, nil
	})
	return out
}

// Map is the call with f applied to each of its expressions.
func (c OverCall) Map(f func(expr.Expr) (expr.Expr, error)) (OverCall, error) {
	args := make([]expr.Expr, len(c.Args))
	for i, a := range c.Args {
		var err error
		if args[i], err = f(a); err != nil {
			return c, err
		}
	}
	c.Args = args
	var rest []*expr.Expr
	rest = append(rest, &c.Filter)
	if c.Range != nil {
		r := *c.Range
		c.Range = &r
		rest = append(rest, &r.Value, &r.Start, &r.End)
	}
	for _, e := range rest {
		if *e == nil {
			continue
		}
		out, err := f(*e)
		if err != nil {
			return c, err
		}
		*e = out
	}
	return c, nil
}

func (c OverCall) String() string {
	s := AggCall{Args: c.Args, Filter: c.Filter}.String()
	if len(c.Args) == 0 && c.Name != "count" {
		s = strings.Replace(s, "*", "", 1)
	}
	s = c.Name + s
	if c.IgnoreNulls {
		s += " IGNORE NULLS"
	}
	if c.TakesFrame() && c.Frame != over.DefaultFrame {
		s += " " + c.Frame.String()
	}
	return s
}

// Over appends to each row what window functions make of the rows of its partition in their order: a column a call.
type Over struct {
	Input     Node
	Partition []expr.Expr
	Order     []Order
	Calls     []OverCall
	Top       exec.OverTop // which rows are wanted, where not all are
	At        sqlerr.Pos
}

func (o *Over) Schema() types.Schema {
	in := o.Input.Schema()
	out := in[:len(in):len(in)]
	for _, c := range o.Calls {
		out = append(out, types.Column{Name: c.String(), Type: c.Result})
	}
	return out
}
func (o *Over) Inputs() []Node { return []Node{o.Input} }
func (o *Over) WithInputs(in []Node) Node {
	c := *o
	c.Input = in[0]
	return &c
}
func (o *Over) Pos() sqlerr.Pos { return o.At }
func (o *Over) String() string {
	part := make([]string, len(o.Partition))
	for i, e := range o.Partition {
		part[i] = e.String()
	}
	by := make([]string, len(o.Order))
	for i, b := range o.Order {
		by[i] = b.String()
	}
	calls := make([]string, len(o.Calls))
	for i, c := range o.Calls {
		calls[i] = c.String()
	}
	s := fmt.Sprintf("Over partition [%s] order [%s]: %s", strings.Join(part, ", "), strings.Join(by, ", "), strings.Join(calls, ", "))
	if o.Top.Function != "" {
		s += fmt.Sprintf(" (%s at most %d)", o.Top.Function, o.Top.N)
	}
	return s
}

// Map is the node with f applied to each of its expressions.
func (o *Over) Map(f func(expr.Expr) (expr.Expr, error)) (*Over, error) {
	c := *o
	var err error
	c.Partition = make([]expr.Expr, len(o.Partition))
	for i, e := range o.Partition {
		if c.Partition[i], err = f(e); err != nil {
			return nil, err
		}
	}
	c.Order = append([]Order(nil), o.Order...)
	for i := range c.Order {
		if c.Order[i].Expr, err = f(c.Order[i].Expr); err != nil {
			return nil, err
		}
	}
	c.Calls = make([]OverCall, len(o.Calls))
	for i, call := range o.Calls {
		if c.Calls[i], err = call.Map(f); err != nil {
			return nil, err
		}
	}
	return &c, nil
}
