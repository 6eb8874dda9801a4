package expr

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// MaxParams is how many parameters a statement can have: as many as PostgreSQL's protocol can count.
const MaxParams = 65535

// ParamTypes are the types of a statement's parameters while it is described: those that were declared, and those that
// what stands around a parameter asks for. They are found as PostgreSQL finds them: a parameter without a type is taken for
// what a string literal would be in its place, and is of that type from there on.
type ParamTypes struct {
	list  []types.Type
	scale int   // of a DECIMAL that has no digits
	err   error // the first parameter that would have to be of two types
}

// NewParamTypes starts with the types that were declared: Unknown, or none at all, where nothing was.
func NewParamTypes(declared []types.Type) *ParamTypes {
	p := &ParamTypes{scale: 10}
	for _, t := range declared {
		p.list = append(p.list, withoutDigits(t))
	}
	return p
}

// WithScale is p with so many decimals for a DECIMAL whose value is not known.
func (p *ParamTypes) WithScale(scale int) *ParamTypes {
	p.scale = scale
	return p
}

// Param is parameter $index, from 1, at a place of the statement.
func (p *ParamTypes) Param(index int, pos sqlerr.Pos) *Param {
	for len(p.list) < index {
		p.list = append(p.list, types.Type{})
	}
	return &Param{Index: index, typ: p.withDigits(p.list[index-1]), all: p, pos: pos}
}

// Types are those of all parameters, once the statement is bound. What nothing has asked for is TEXT. A DECIMAL has no
// digits: they are those of the value. It fails with 42P08 where a parameter would have to be of two types.
func (p *ParamTypes) Types() ([]types.Type, error) {
	if p.err != nil {
		return nil, p.err
	}
	out := make([]types.Type, len(p.list))
	for i, t := range p.list {
		if out[i] = t; t.Kind == types.Unknown {
			out[i] = types.Of(types.Text)
		}
	}
	return out, nil
}

// Save returns what takes back all that is found out from here on: for a statement that is bound again.
func (p *ParamTypes) Save() (restore func()) {
	list, err := append([]types.Type(nil), p.list...), p.err
	return func() { p.list, p.err = append([]types.Type(nil), list...), err }
}

// Param stands for the value of a parameter in a statement that is described and does not run. It is no constant, as
// nobody knows its value.
type Param struct {
	Index int // from 1
	typ   types.Type
	all   *ParamTypes
	pos   sqlerr.Pos
}

func (p *Param) Type() types.Type       { return p.typ }
func (p *Param) Pos() sqlerr.Pos        { return p.pos }
func (p *Param) Inputs() []Expr         { return nil }
func (p *Param) WithInputs([]Expr) Expr { return p }
func (p *Param) String() string         { return fmt.Sprintf("$%d", p.Index) }

// Eval fails: what is described does not run.
func (p *Param) Eval(*Ctx, arrow.RecordBatch) (arrow.Array, error) {
	return nil, sqlerr.New("42P02", p.pos, "parameter $%d has no value", p.Index)
}

// as is the parameter where one of type t is asked for.
func (p *Param) as(t types.Type) Expr {
	if t.Kind == types.Unknown {
		return p
	}
	plain := withoutDigits(t)
	switch have := &p.all.list[p.Index-1]; {
	case have.Kind == types.Unknown:
		*have = plain
	case !have.Equal(plain) && p.all.err == nil:
		p.all.err = sqlerr.New("42P08", p.pos, "inconsistent types deduced for parameter $%d", p.Index).
			WithDetail("%s versus %s", *have, plain).WithHint("Cast it in each place, as in $%d::%s.", p.Index, *have)
	}
	return p.shown(t)
}

// shown is the parameter as one of type t, without telling that it is: for a place that takes values of any type.
func (p *Param) shown(t types.Type) *Param {
	out := *p
	out.typ = p.all.withDigits(t)
	return &out
}

// untypedParam is e as a parameter that has no type yet.
func untypedParam(e Expr) (*Param, bool) {
	p, ok := e.(*Param)
	return p, ok && p.typ.Kind == types.Unknown
}

// Untyped reports whether e is a string literal or a parameter to which nothing has given a type.
func Untyped(e Expr) bool {
	if l, ok := e.(*Literal); ok {
		return l.typ.Kind == types.Unknown && l.Value != nil
	}
	_, ok := untypedParam(e)
	return ok
}

// HasParam reports whether e waits for the value of a parameter.
func HasParam(e Expr) bool {
	found := false
	Walk(e, func(e Expr) bool {
		_, is := e.(*Param)
		found = found || is
		return !found
	})
	return found
}

// withDigits gives a DECIMAL that has none those of a value that nobody knows.
func (p *ParamTypes) withDigits(t types.Type) types.Type {
	switch {
	case t.Kind == types.Decimal && t.Precision == 0:
		return types.DecimalOf(38, p.scale)
	case t.Kind == types.Array:
		return types.ArrayOf(p.withDigits(*t.Elem))
	}
	return t
}

// withoutDigits is a DECIMAL of whatever digits.
func withoutDigits(t types.Type) types.Type {
	switch t.Kind {
	case types.Decimal:
		return types.Of(types.Decimal)
	case types.Array:
		return types.ArrayOf(withoutDigits(*t.Elem))
	}
	return t
}
