package expr

import (
	"slices"
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
	return masked(ctx.Mem, child, validity(s).word), nil
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
	values = slices.Clone(values)
	for i, v := range values {
		if v.Type().Kind == types.Unknown {
			var err error
			if values[i], err = coerceTo(v, types.Of(types.Text)); err != nil {
				return nil, err
			}
		}
		fields[i] = types.Field{Name: names[i], Type: values[i].Type()}
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
	{Name: "[]", Group: "Arrays and maps", Doc: "The element of an array at a position, from 1, or the value of a map's key; NULL where there is none.", Example: "(string_to_array('a,b,c', ','))[2]", ExampleResult: "b",
		Overloads: lookups},
	{Name: "element_at", Group: "Arrays and maps", Doc: "The element of an array at a position, from 1, or the value of a map's key; NULL where there is none.", Example: "element_at(string_to_array('a,b,c', ','), 3)", ExampleResult: "c",
		Overloads: lookups},
	{Name: "array_contains", Group: "Arrays and maps", Doc: "Whether an element of an array is equal to a value. A NULL element is none.", Example: "array_contains(string_to_array('a,b,c', ','), 'b')", ExampleResult: "true",
		Overloads: []Overload{{Args: []types.Kind{types.Array, anyType}, Result: types.Bool, Strict: true, Prepare: prepareContains}}},
}

var lookups = []Overload{
	{Args: []types.Kind{types.Array, types.Int64}, Type: elemType, Kernel: subscript},
	{Args: []types.Kind{types.Map, anyType}, Type: elemType, Prepare: prepareMapLookup},
}

func elemType(args []types.Type) types.Type { return *args[0].Elem }

// firstPosition is that of an array's first element: 1, and 0 of the vectors of PostgreSQL's catalogs.
func firstPosition(t types.Type) int64 {
	if t.Sys.Vector() {
		return 0
	}
	return 1
}

func subscript(in *Input) (arrow.Array, error) {
	l := in.args[0].(*array.List)
	at, offs, mask := col[int64](in, 1), offsets(l), in.mask(0)
	lists, positions, first := in.present(0), in.present(1), firstPosition(in.call.args[0].Type())
	return takeOrNull(in, l.ListValues(), func(i int) int {
		if !lists.at(i) || !positions.at(i) {
			return -1
		}
		row, k := i&mask, at.at(i)-first
		if k < 0 || k >= int64(offs[row+1]-offs[row]) {
			return -1
		}
		return int(offs[row]) + int(k)
	})
}

// prepareMapLookup finds the key that is equal; the last one, if a map has it twice.
func prepareMapLookup(c *Call) (Kernel, error) {
	key := *c.args[0].Type().Key
	if levelOf(c.args[1].Type(), key) < implicit || !hasOrder(key) {
		return nil, c.undefined("The second argument must be of the type of the elements, or keys.")
	}
	want, err := coerceTo(c.args[1], key)
	if err != nil {
		return nil, err
	}
	c.args = []Expr{c.args[0], want}
	return func(in *Input) (arrow.Array, error) {
		m := in.args[0].(*array.Map)
		cmp := comparator(key, m.Keys(), in.args[1])
		offs, mask, keyMask := offsets(m), in.mask(0), in.mask(1)
		maps, keys := in.present(0), in.present(1)
		return takeOrNull(in, m.Items(), func(i int) int {
			if !maps.at(i) || !keys.at(i) {
				return -1
			}
			row := i & mask
			for k := offs[row+1] - 1; k >= offs[row]; k-- {
				if cmp(int(k), i&keyMask) == 0 {
					return int(k)
				}
			}
			return -1
		})
	}, nil
}

// prepareContains compares the elements with the second argument, brought to their type.
func prepareContains(c *Call) (Kernel, error) {
	elem := *c.args[0].Type().Elem
	l, literal := c.args[1].(*Literal)
	if !hasOrder(elem) || levelOf(c.args[1].Type(), elem) < implicit && !(literal && c.args[1].Type().Kind == types.Text) {
		return nil, c.undefined("The second argument must be of the type of the elements, or keys.")
	}
	if literal {
		want, err := castLiteral(l, elem)
		if err != nil {
			return nil, err
		}
		c.args = []Expr{c.args[0], want}
	} else {
		c.args = []Expr{c.args[0], newCast(c.args[1], elem, false, c.pos)}
	}
	return func(in *Input) (arrow.Array, error) {
		l := in.args[0].(*array.List)
		elems := l.ListValues()
		cmp := comparator(elem, elems, in.args[1])
		offs, mask, wantMask := offsets(l), in.mask(0), in.mask(1)
		return in.boolRows(func(i int) (bool, error) {
			row := i & mask
			for k := offs[row]; k < offs[row+1]; k++ {
				if elems.IsValid(int(k)) && cmp(int(k), i&wantMask) == 0 {
					return true, nil
				}
			}
			return false, nil
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
