package expr

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

// SetCall is a call of a set-returning function, such as unnest: for each row it gives any number of values. It is an
// Expr so that its arguments are found and replaced as those of other expressions; it has no value of its own.
type SetCall struct{ call Call }

// SetRows is what the rows of a batch get from a set-returning function. It is to be released.
type SetRows interface {
	// Counts is how many values each row gets. It is borrowed.
	Counts() []int64
	// Values gives, for each pair of a row and a position from 0 in what the row gets, the value; NULL where the
	// position is -1. Pairs ascend, also from one call to the next: a value may be made of the one before.
	Values(rows []int32, at []int64) (arrow.Array, error)
	Release()
}

// setGroups is the table of set-returning functions, one slice a file. An Overload has Rows for a Kernel.
func setGroups() [][]Function {
	return [][]Function{seriesFunctions, unnestFunctions, setTextFunctions, setJSONFunctions, setCatalogFunctions}
}

// SetFunctions lists the set-returning functions, in the order of the manual. The result of an example is its rows with
// a semicolon between them.
func SetFunctions() []Function { return slices.Concat(setGroups()...) }

var setIndex = sync.OnceValue(func() map[string]*Function {
	m := map[string]*Function{}
	for _, g := range setGroups() {
		for i := range g {
			m[g[i].Name] = &g[i]
		}
	}
	return m
})

// IsSetReturning reports whether there is a set-returning function of this name.
func IsSetReturning(name string) bool { return setIndex()[name] != nil }

// SetNames lists their names.
func SetNames() []string {
	var names []string
	for name := range setIndex() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// NewSetCall resolves a call as NewCall does.
func NewSetCall(name string, args []Expr, pos sqlerr.Pos) (*SetCall, error) {
	fn := setIndex()[name]
	if fn == nil {
		return nil, undefinedFunction(name, args, pos)
	}
	overload, want, err := resolve(fn, args, pos)
	if err != nil {
		var known *sqlerr.Error
		if errors.As(err, &known) && known.Code == sqlerr.UndefinedFunction {
			var forms []string
			for _, o := range fn.Overloads {
				forms = append(forms, name+"("+o.Signature()+")")
			}
			known.Hint = "There is " + strings.Join(forms, ", ") + "."
		}
		return nil, err
	}
	args = slices.Clone(args)
	for i := range args {
		if args[i], err = coerceTo(args[i], want[i]); err != nil {
			return nil, err
		}
	}
	return &SetCall{Call{fn: fn, overload: overload, args: args, typ: resultType(overload, want), pos: pos}}, nil
}

// Name is the function's name.
func (s *SetCall) Name() string { return s.call.fn.Name }

// Column is what PostgreSQL calls the column of the function in FROM, whatever its alias; empty: as the alias.
func (s *SetCall) Column() string   { return s.call.overload.Column }
func (s *SetCall) Type() types.Type { return s.call.typ }
func (s *SetCall) Pos() sqlerr.Pos  { return s.call.pos }
func (s *SetCall) Inputs() []Expr   { return s.call.args }
func (s *SetCall) String() string   { return s.call.String() }

// WithInputs resolves nothing anew.
func (s *SetCall) WithInputs(args []Expr) Expr {
	out := *s
	out.call.args = args
	return &out
}

// Eval fails: nothing but an Unnest may hold a SetCall.
func (s *SetCall) Eval(*Ctx, arrow.RecordBatch) (arrow.Array, error) {
	return nil, sqlerr.New(sqlerr.Internal, s.call.pos, "%s was asked for one value", s.Name())
}

// Rows evaluates the arguments over the rows of rec and finds out what each gets.
func (s *SetCall) Rows(ctx *Ctx, rec arrow.RecordBatch) (SetRows, error) {
	n := int(rec.NumRows())
	if s.call.overload.Strict && slices.ContainsFunc(s.call.args, isNull) {
		return &listRows{mem: ctx.Mem, counts: make([]int64, n), typ: s.call.typ, values: nullArray(ctx.Mem, s.call.typ, 0)}, nil
	}
	in := &Input{Mem: ctx.Mem, Now: ctx.Now, N: n, call: &s.call}
	in.args = in.store[:0]
	defer func() {
		for _, a := range in.args {
			a.Release()
		}
	}()
	for _, e := range s.call.args {
		if l, ok := e.(*Literal); ok {
			l.one.Retain()
			in.args = append(in.args, l.one)
			continue
		}
		a, err := e.Eval(ctx, rec)
		if err != nil {
			return nil, err
		}
		in.args = append(in.args, a)
	}
	return s.call.overload.Rows(in)
}

// listRows is values that are there already: a row gets those from starts on.
type listRows struct {
	mem    memory.Allocator
	counts []int64
	starts []int32
	values arrow.Array
	typ    types.Type
	padded bool // values has a NULL at its end
	take   []int32
}

func (l *listRows) Counts() []int64 { return l.counts }

func (l *listRows) Values(rows []int32, at []int64) (arrow.Array, error) {
	l.take = l.take[:0]
	null := int32(l.values.Len())
	if l.padded {
		null--
	}
	missing := false
	for i, r := range rows {
		if at[i] < 0 {
			missing = true
			l.take = append(l.take, null)
		} else {
			l.take = append(l.take, l.starts[r]+int32(at[i]))
		}
	}
	if missing && !l.padded {
		one := nullArray(l.mem, l.typ, 1)
		defer one.Release()
		both, err := array.Concatenate([]arrow.Array{l.values, one}, l.mem)
		if err != nil {
			return nil, err
		}
		l.values.Release()
		l.values, l.padded = both, true
	}
	return Take(l.mem, l.values, l.take), nil
}

func (l *listRows) Release() { l.values.Release() }

// newListRows is rows whose values lie one behind the other in values, which it takes over: those of row i end at
// ends[i].
func newListRows(in *Input, ends []int32, values arrow.Array) *listRows {
	l := &listRows{mem: in.Mem, counts: make([]int64, in.N), starts: make([]int32, in.N), values: values, typ: in.call.typ}
	from := int32(0)
	for i, end := range ends {
		l.starts[i], l.counts[i] = from, int64(end-from)
		from = end
	}
	return l
}

// setOf makes rows by a function that appends what row i gets. It is asked for the rows that have all arguments, or for
// all where the function is not strict.
func setOf(in *Input, b array.Builder, add func(i int) error) (SetRows, error) {
	defer b.Release()
	ends := make([]int32, in.N)
	var valid bitmap
	if in.call.overload.Strict {
		nulls, _ := in.nulls()
		defer release(nulls)
		valid = validOf(nulls)
	}
	for i := range ends {
		if valid.get(i) {
			if err := add(i); err != nil {
				return nil, err
			}
		}
		ends[i] = int32(b.Len())
	}
	return newListRows(in, ends, b.NewArray()), nil
}
