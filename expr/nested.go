package expr

import (
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// field is one field of a ROW.
type field struct {
	x     Expr
	index int
	pos   sqlerr.Pos
}

// NewField is x.name.
func NewField(x Expr, name string, pos sqlerr.Pos) (Expr, error) {
	t := x.Type()
	if t.Kind != types.Row {
		return nil, sqlerr.New(sqlerr.DatatypeMismatch, pos, "%s is %s and has no field %q", x, t, name).
			WithHint("Only a ROW has fields.")
	}
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		if f.Name == name {
			return &field{x: x, index: i, pos: pos}, nil
		}
		names[i] = f.Name
	}
	err := sqlerr.New(sqlerr.UndefinedColumn, pos, "%s has no field %q", x, name)
	err.Hint = sqlerr.Suggest(name, names)
	return nil, err
}

func (f *field) Type() types.Type          { return f.x.Type().Fields[f.index].Type }
func (f *field) Pos() sqlerr.Pos           { return f.pos }
func (f *field) Inputs() []Expr            { return []Expr{f.x} }
func (f *field) WithInputs(in []Expr) Expr { return &field{x: in[0], index: f.index, pos: f.pos} }
func (f *field) String() string            { return "(" + f.x.String() + ")." + f.x.Type().Fields[f.index].Name }

// Eval is the field's column, NULL where the row itself is.
func (f *field) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	a, err := f.x.Eval(ctx, rec)
	if err != nil {
		return nil, err
	}
	defer a.Release()
	s := a.(*array.Struct)
	child := s.Field(f.index)
	if s.NullN() == 0 {
		child.Retain()
		return child, nil
	}
	rows := make([]int32, s.Len()) // a NULL row's fields hold whatever: take them from a NULL
	null := nullArray(ctx.Mem, f.Type(), 1)
	defer null.Release()
	both, err := array.Concatenate([]arrow.Array{child, null}, ctx.Mem)
	if err != nil {
		return nil, err
	}
	defer both.Release()
	for i := range rows {
		rows[i] = int32(i)
		if s.IsNull(i) {
			rows[i] = int32(s.Len())
		}
	}
	return Take(ctx.Mem, both, rows), nil
}

// rowOf is ROW(a, b, …) with names.
type rowOf struct {
	in  []Expr
	typ types.Type
	pos sqlerr.Pos
}

// NewRow puts values together to a ROW.
func NewRow(names []string, values []Expr, pos sqlerr.Pos) (Expr, error) {
	fields := make([]types.Field, len(values))
	for i, v := range values {
		fields[i] = types.Field{Name: names[i], Type: v.Type()}
	}
	return &rowOf{in: values, typ: types.RowOf(fields...), pos: pos}, nil
}

func (r *rowOf) Type() types.Type          { return r.typ }
func (r *rowOf) Pos() sqlerr.Pos           { return r.pos }
func (r *rowOf) Inputs() []Expr            { return r.in }
func (r *rowOf) WithInputs(in []Expr) Expr { return &rowOf{in: in, typ: r.typ, pos: r.pos} }

func (r *rowOf) String() string {
	parts := make([]string, len(r.in))
	for i, e := range r.in {
		parts[i] = e.String()
	}
	return "ROW(" + strings.Join(parts, ", ") + ")"
}

// Eval puts the columns side by side.
func (r *rowOf) Eval(ctx *Ctx, rec arrow.RecordBatch) (arrow.Array, error) {
	fields := make([]arrow.Array, len(r.in))
	for i, e := range r.in {
		var err error
		if fields[i], err = e.Eval(ctx, rec); err != nil {
			for _, f := range fields[:i] {
				f.Release()
			}
			return nil, err
		}
	}
	return newNested(r.typ.Arrow(), int(rec.NumRows()), 0, fields, nil), nil
}

var nestedFunctions = []Function{
	{Name: "[]", Group: "Arrays and maps", Doc: "The element of an array at a position, from 1, or the value of a map's key; NULL where there is none.", Example: "x[1]",
		Overloads: []Overload{
			{Args: []types.Kind{types.Array, types.Int64}, Type: elemType, Prepare: prepareSubscript},
			{Args: []types.Kind{types.Map, types.Text}, Type: elemType, Prepare: prepareMapLookup},
		}},
	{Name: "cardinality", Group: "Arrays and maps", Doc: "How many elements an array has.", Example: "cardinality(x)",
		Overloads: []Overload{{Args: []types.Kind{types.Array}, Result: types.Int32, Strict: true, Kernel: func(in *Input) (arrow.Array, error) {
			offs, mask := offsets(in.args[0]), in.mask(0)
			return fixed(in, 4, func(dst []int32) {
				for i := range dst {
					dst[i] = offs[i&mask+1] - offs[i&mask]
				}
			})
		}}}},
}

func elemType(args []types.Type) types.Type { return *args[0].Elem }

func prepareSubscript(*Call) (Kernel, error) {
	return func(in *Input) (arrow.Array, error) {
		l := in.args[0].(*array.List)
		at := col[int64](in, 1)
		offs, mask := offsets(l), in.mask(0)
		return takeOrNull(in, l.ListValues(), func(i int) int {
			row := i & mask
			k := at.at(i)
			if l.IsNull(row) || in.args[1].IsNull(i&at.mask) || k < 1 || k > int64(offs[row+1]-offs[row]) {
				return -1
			}
			return int(offs[row]) + int(k) - 1
		})
	}, nil
}

func prepareMapLookup(c *Call) (Kernel, error) {
	if c.args[0].Type().Key.Kind != types.Text {
		return nil, sqlerr.Unsupported(c.pos, "a lookup in "+c.args[0].Type().String(), "Use a map whose keys are TEXT.")
	}
	return func(in *Input) (arrow.Array, error) {
		m := in.args[0].(*array.Map)
		keys, want := varlens(m.Keys()), in.text(1)
		offs, mask := offsets(m), in.mask(0)
		return takeOrNull(in, m.Items(), func(i int) int {
			row := i & mask
			if m.IsNull(row) || in.args[1].IsNull(i&want.mask) {
				return -1
			}
			for k := offs[row+1] - 1; k >= offs[row]; k-- {
				if string(keys.at(int(k))) == string(want.at(i)) {
					return int(k)
				}
			}
			return -1
		})
	}, nil
}

// takeOrNull takes a value for each row, NULL where at gives -1.
func takeOrNull(in *Input, values arrow.Array, at func(i int) int) (arrow.Array, error) {
	null := nullArray(in.Mem, in.call.typ, 1)
	defer null.Release()
	both, err := array.Concatenate([]arrow.Array{values, null}, in.Mem)
	if err != nil {
		return nil, err
	}
	defer both.Release()
	rows := make([]int32, in.N)
	for i := range rows {
		if rows[i] = int32(at(i)); rows[i] < 0 {
			rows[i] = int32(values.Len())
		}
	}
	return Take(in.Mem, both, rows), nil
}
