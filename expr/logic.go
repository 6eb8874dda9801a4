package expr

import (
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

var logicFunctions = []Function{
	{Name: "and", Group: "Logic", Doc: "True if both are; false if one is; else NULL.", Example: "NULL AND false", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{types.Bool, types.Bool}, Variadic: true, Result: types.Bool}}},
	{Name: "or", Group: "Logic", Doc: "True if one is; false if both are; else NULL.", Example: "NULL OR true", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{types.Bool, types.Bool}, Variadic: true, Result: types.Bool}}},
	{Name: "not", Group: "Logic", Doc: "The opposite; NULL of NULL.", Example: "NOT true", ExampleResult: "false",
		Overloads: []Overload{{Args: []types.Kind{types.Bool}, Result: types.Bool, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
			x := in.bools(0)
			return in.boolWords(func(i int) uint64 { return ^x.word(i) }), nil
		}}}},
	is("is null", anyType, "True if there is no value.", "NULL IS NULL", "true", func(in *Input) func(i int) uint64 {
		p := in.present(0)
		return func(i int) uint64 { return ^p.word(i) }
	}),
	is("is not null", anyType, "True if there is a value.", "1 IS NOT NULL", "true", func(in *Input) func(i int) uint64 {
		return in.present(0).word
	}),
	is("is true", types.Bool, "True if x is true, false if it is false or NULL.", "NULL IS TRUE", "false", func(in *Input) func(i int) uint64 {
		x, p := in.bools(0), in.present(0)
		return func(i int) uint64 { return x.word(i) & p.word(i) }
	}),
	is("is not true", types.Bool, "True if x is false or NULL.", "NULL IS NOT TRUE", "true", func(in *Input) func(i int) uint64 {
		x, p := in.bools(0), in.present(0)
		return func(i int) uint64 { return ^(x.word(i) & p.word(i)) }
	}),
	is("is false", types.Bool, "True if x is false, false if it is true or NULL.", "false IS FALSE", "true", func(in *Input) func(i int) uint64 {
		x, p := in.bools(0), in.present(0)
		return func(i int) uint64 { return ^x.word(i) & p.word(i) }
	}),
	is("is not false", types.Bool, "True if x is true or NULL.", "NULL IS NOT FALSE", "true", func(in *Input) func(i int) uint64 {
		x, p := in.bools(0), in.present(0)
		return func(i int) uint64 { return x.word(i) | ^p.word(i) }
	}),
	is("is unknown", types.Bool, "True if a Boolean is NULL.", "(NULL AND true) IS UNKNOWN", "true", func(in *Input) func(i int) uint64 {
		p := in.present(0)
		return func(i int) uint64 { return ^p.word(i) }
	}),
	is("is not unknown", types.Bool, "True if a Boolean is not NULL.", "true IS NOT UNKNOWN", "true", func(in *Input) func(i int) uint64 {
		return in.present(0).word
	}),
}

// is makes a test that is never NULL itself; words gives its result for 64 rows a time.
func is(name string, arg types.Kind, doc, example, result string, words func(*Input) func(i int) uint64) Function {
	return Function{Name: name, Group: "Logic", Doc: doc, Example: example, ExampleResult: result,
		Overloads: []Overload{{Args: []types.Kind{arg}, Result: types.Bool, Kernel: func(in *Input) (arrow.Array, error) {
			word := words(in)
			buf := newBuffer(in.Mem, bitBytes(in.N))
			for i := 0; i < in.N; i += 64 {
				putWord(buf.Bytes(), i, word(i))
			}
			return newArray(arrow.FixedWidthTypes.Boolean, in.N, 0, nil, buf), nil
		}}}}
}

// logic is AND or OR of two or more. Rows that are decided do not reach the operands behind, if those can fail.
type logic struct {
	and  bool
	args []branch
	in   []Expr
	pos  sqlerr.Pos
}

// newLogic flattens operands of the same kind into one node.
func newLogic(name string, args []Expr, pos sqlerr.Pos) Expr {
	l := &logic{and: name == "and", pos: pos}
	for _, a := range args {
		if sub, ok := a.(*logic); ok && sub.and == l.and {
			l.in = append(l.in, sub.in...)
		} else {
			l.in = append(l.in, a)
		}
	}
	l.args = newBranches(l.in)
	return l
}

func (l *logic) name() string {
	if l.and {
		return "and"
	}
	return "or"
}

func (l *logic) Type() types.Type            { return types.Of(types.Bool) }
func (l *logic) Pos() sqlerr.Pos             { return l.pos }
func (l *logic) Inputs() []Expr              { return l.in }
func (l *logic) WithInputs(args []Expr) Expr { return newLogic(l.name(), args, l.pos) }

func (l *logic) String() string {
	parts := make([]string, len(l.in))
	for i, a := range l.in {
		parts[i] = a.String()
		if _, nested := a.(*logic); nested {
			parts[i] = "(" + parts[i] + ")"
		}
	}
	return strings.Join(parts, " "+strings.ToUpper(l.name())+" ")
}

// simplify drops what decides nothing, and what stands behind what decides all.
func (l *logic) simplify() Expr {
	var keep []Expr
	for _, a := range l.in {
		if c, ok := a.(*Literal); ok && c.Value != nil {
			if c.Value.(bool) == l.and {
				continue
			}
			if len(keep) == 0 || !slices.ContainsFunc(keep, fails) {
				return NewLiteral(!l.and, l.Type(), l.pos)
			}
			keep = append(keep, a)
			break
		}
		keep = append(keep, a)
	}
	switch {
	case len(keep) == 0:
		return NewLiteral(l.and, l.Type(), l.pos)
	case len(keep) == 1:
		return keep[0]
	case len(keep) < len(l.in):
		return newLogic(l.name(), keep, l.pos)
	}
	return l
}

// Eval goes through the operands with two bitmaps: open has the rows that none has decided yet (by a false for AND, a
// true for OR), null those that an operand was NULL for.
func (l *logic) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	n := int(rec.NumRows())
	openBuf, nullBuf := newBuffer(ctx.Mem, bitBytes(n)), newBuffer(ctx.Mem, bitBytes(n))
	open, null := arrow.GetData[uint64](openBuf.Bytes()), arrow.GetData[uint64](nullBuf.Bytes())
	for i := range open {
		open[i], null[i] = lowBits(n-64*i), 0
	}
	for k := range l.args {
		b := &l.args[k]
		var rows []int32
		if b.fails {
			if rows = rowsOf(open, n); len(rows) == 0 {
				break
			}
		} else if k > 0 && !anyBit(open) {
			break
		}
		a, lay, err := b.eval(ctx, rec, rows)
		if err != nil {
			openBuf.Release()
			nullBuf.Release()
			return nil, err
		}
		l.decide(open, null, a, lay, rows)
		a.Release()
	}
	nullN := 0
	for i := range open {
		undecided := open[i]
		if l.and {
			open[i] = undecided &^ null[i] // true: all were
		} else {
			open[i] = ^undecided // true: one was
		}
		null[i] = ^(undecided & null[i]) // as a null bitmap: one is a value
	}
	buf, nullN := writeBits(ctx.Mem, n, func(i int) uint64 { return null[i/64] })
	nullBuf.Release()
	return newArray(arrow.FixedWidthTypes.Boolean, n, nullN, buf, openBuf), nil
}

// decide takes an operand's values into the bitmaps.
func (l *logic) decide(open, null []uint64, a arrow.Array, lay layout, rows []int32) {
	values, valid := boolBits(a), validity(a)
	if lay == dense {
		for j, row := range rows {
			bit := uint64(1) << (row & 63)
			switch {
			case !valid.get(j):
				null[row>>6] |= bit
			case values.get(j) != l.and:
				open[row>>6] &^= bit
			}
		}
		return
	}
	v, p := boolColumn{values, -1}, boolColumn{valid, -1}
	if lay == single {
		v.mask, p.mask = 0, 0
	}
	for i := range open {
		w, has := v.word(64*i), p.word(64*i)
		if l.and {
			w = ^w
		}
		open[i] &^= w & has
		null[i] |= ^has
	}
}

func anyBit(words []uint64) bool {
	return slices.ContainsFunc(words, func(w uint64) bool { return w != 0 })
}

// coalesce is the first argument that is not NULL. Rows that have a value do not reach those behind, if they can fail.
type coalesce struct {
	args []branch
	in   []Expr
	typ  types.Type
	pos  sqlerr.Pos
}

func newCoalesce(args []Expr, t types.Type, pos sqlerr.Pos) Expr {
	return &coalesce{args: newBranches(args), in: args, typ: t, pos: pos}
}

func (c *coalesce) Type() types.Type            { return c.typ }
func (c *coalesce) Pos() sqlerr.Pos             { return c.pos }
func (c *coalesce) Inputs() []Expr              { return c.in }
func (c *coalesce) WithInputs(args []Expr) Expr { return newCoalesce(args, c.typ, c.pos) }

func (c *coalesce) String() string {
	parts := make([]string, len(c.in))
	for i, a := range c.in {
		parts[i] = a.String()
	}
	return printCall("coalesce", parts)
}

// simplify drops NULLs, and what stands behind a constant that is none.
func (c *coalesce) simplify() Expr {
	var keep []Expr
	for _, a := range c.in {
		if isNull(a) {
			continue
		}
		keep = append(keep, a)
		if _, ok := a.(*Literal); ok {
			break
		}
	}
	switch {
	case len(keep) == 0:
		return NewLiteral(nil, c.typ, c.pos)
	case len(keep) == 1:
		return keep[0]
	case len(keep) < len(c.in):
		return newCoalesce(keep, c.typ, c.pos)
	}
	return c
}

func (c *coalesce) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	ch := newChooser(ctx, rec)
	defer ch.release()
	rows := allRows(int(rec.NumRows()))
	for k := range c.args {
		var err error
		if rows, err = ch.pick(&c.args[k], rows); err != nil {
			return nil, err
		}
		if len(rows) == 0 {
			break
		}
	}
	return ch.array(c.typ)
}
