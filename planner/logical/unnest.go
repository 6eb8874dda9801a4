package logical

import (
	"strings"

	"millrace/expr"
	"millrace/sqlerr"
	"millrace/types"
)

// Unnest gives each row once for each value that its set-returning calls give, side by side: a call that gives fewer
// than another is NULL for the rest. Its columns are those of Input in Keep, then the calls, then the ordinality.
type Unnest struct {
	Input      Node
	Keep       []int
	Calls      []*expr.SetCall
	Names      []string // of the calls
	Outer      bool     // a row for which no call gives a value comes once, with NULLs
	Ordinality string   // the name of the column that counts the values of a row from 1; empty: none
	At         sqlerr.Pos
}

func (u *Unnest) Schema() types.Schema {
	in := u.Input.Schema()
	out := make(types.Schema, 0, len(u.Keep)+len(u.Calls)+1)
	for _, k := range u.Keep {
		out = append(out, in[k])
	}
	for i, c := range u.Calls {
		out = append(out, types.Column{Name: u.Names[i], Type: c.Type()})
	}
	if u.Ordinality != "" {
		out = append(out, types.Column{Name: u.Ordinality, Type: types.Of(types.Int64)})
	}
	return out
}
func (u *Unnest) Inputs() []Node { return []Node{u.Input} }
func (u *Unnest) WithInputs(in []Node) Node {
	c := *u
	c.Input = in[0]
	return &c
}
func (u *Unnest) Pos() sqlerr.Pos { return u.At }
func (u *Unnest) String() string {
	calls := make([]string, len(u.Calls))
	for i, c := range u.Calls {
		calls[i] = c.String()
	}
	s := "Unnest " + strings.Join(calls, ", ")
	if u.Ordinality != "" {
		s += " with ordinality"
	}
	if u.Outer {
		s += " outer"
	}
	return s
}
