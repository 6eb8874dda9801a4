package expr

import (
	"millrace/sqlerr"
	"millrace/types"
)

// castLevel says what has to be written for a cast to happen.
type castLevel uint8

const (
	noCast     castLevel = iota
	explicit             // CAST or ::
	assignment           // or an INSERT into such a column
	implicit             // or nothing
	same                 // it is the type already
)

// levelOf is the level of the cast from one type to another, as PostgreSQL's pg_cast has it. Casts from text are
// explicit and casts to text are assignments; a Decimal to one of other digits is implicit.
func levelOf(from, to types.Type) castLevel {
	if from.Equal(to) {
		return same
	}
	f, t := from.Kind, to.Kind
	switch {
	case f == types.Unknown:
		return implicit
	case from.Sys != types.Plain || to.Sys != types.Plain:
		return levelOfSys(from, to)
	case f == types.Array && t == types.Array:
		return min(levelOf(*from.Elem, *to.Elem), implicit)
	case f == types.Map && t == types.Map:
		return min(levelOf(*from.Key, *to.Key), levelOf(*from.Elem, *to.Elem), implicit)
	case f == types.Row && t == types.Row:
		if len(from.Fields) != len(to.Fields) {
			return noCast
		}
		level := implicit
		for i := range from.Fields {
			level = min(level, levelOf(from.Fields[i].Type, to.Fields[i].Type))
		}
		return level
	case f == t:
		return implicit // a Decimal
	case from.Numeric() && to.Numeric():
		if widens(f, t) {
			return implicit
		}
		return assignment
	case t == types.Text:
		return assignment
	case f == types.Text:
		if hasLiterals(to) {
			return explicit
		}
		return noCast
	case f == types.JSON && (t == types.Bool || to.Numeric()):
		return explicit
	case f == types.Bool && to.Integer() || from.Integer() && t == types.Bool:
		return explicit
	case t == types.JSON && !scalar(f):
		return explicit
	}
	return temporalCasts[[2]types.Kind{f, t}]
}

// temporalCasts are those between dates, times and intervals.
var temporalCasts = map[[2]types.Kind]castLevel{
	{types.Date, types.Timestamp}:        implicit,
	{types.Date, types.TimestampTZ}:      implicit,
	{types.Timestamp, types.TimestampTZ}: implicit,
	{types.Time, types.Interval}:         implicit,
	{types.Timestamp, types.Date}:        assignment,
	{types.Timestamp, types.Time}:        assignment,
	{types.TimestampTZ, types.Date}:      assignment,
	{types.TimestampTZ, types.Time}:      assignment,
	{types.TimestampTZ, types.Timestamp}: assignment,
	{types.Interval, types.Time}:         assignment,
}

// numberRank orders the kinds of numbers by what PostgreSQL casts to what by itself.
var numberRank = [...]int{types.Int16: 1, types.Int32: 2, types.Int64: 3, types.Decimal: 4, types.Float32: 5, types.Float64: 6}

func widens(from, to types.Kind) bool { return numberRank[from] < numberRank[to] }

// scalar reports whether a type is not made of others.
func scalar(k types.Kind) bool { return k >= types.Bool && k <= types.JSON }

// hasLiterals reports whether constants of a type are folded to literals, and are read from text: scalars and arrays of
// them.
func hasLiterals(t types.Type) bool {
	return scalar(t.Kind) || t.Kind == types.Array && hasLiterals(*t.Elem)
}

// Coerce is x as an argument or operand of type to, by an implicit cast; false where there is none. A string literal
// is read now; one that does not parse becomes a cast that fails when it is folded or evaluated.
func Coerce(x Expr, to types.Type) (Expr, bool) {
	if levelOf(x.Type(), to) < implicit {
		return nil, false
	}
	if Untyped(x) && !hasLiterals(to) {
		return nil, false
	}
	out, err := coerceTo(x, to)
	if err != nil {
		return newCast(x, to, false, x.Pos()), true
	}
	return out, true
}

// coerceTo casts x, for which there is an implicit cast. Constants are cast at once.
func coerceTo(x Expr, to types.Type) (Expr, error) {
	if x.Type().Equal(to) {
		return x, nil
	}
	if p, ok := untypedParam(x); ok {
		return p.as(to), nil
	}
	l, ok := x.(*Literal)
	if !ok {
		c := newCast(x, to, false, x.Pos())
		c.quiet = true
		return c, nil
	}
	return castLiteral(l, to)
}

// castLiteral casts a constant to a type that it can be cast to.
func castLiteral(l *Literal, to types.Type) (Expr, error) {
	if l.Value == nil {
		return NewLiteral(nil, to, l.pos), nil
	}
	if s, ok := l.Value.(string); ok && (l.typ.Kind == types.Unknown || l.typ.Kind == types.Text) && scalar(to.Kind) {
		v, err := types.ParseValue(s, to)
		if err != nil {
			return nil, at(err, l.pos)
		}
		return NewLiteral(v, to, l.pos), nil
	}
	return foldOne(newCast(l, to, false, l.pos), &Ctx{Mem: goMemory})
}

// Assign is x as a value for a column of type to: what Coerce does, and those of PostgreSQL's assignment casts that
// lose no value without an error. A BIGINT goes into an INT and is checked when it is there; anything goes into TEXT;
// but a DOUBLE does not go into an INT, nor a DECIMAL into one of fewer decimals, as that would round in silence. A
// constant goes where it can be exactly.
func Assign(x Expr, to types.Type) (Expr, bool) {
	from := x.Type()
	if l, ok := x.(*Literal); ok && l.Value != nil && from.Kind != types.Unknown && levelOf(from, to) >= assignment {
		cast, err := castLiteral(l, to)
		if err != nil {
			return nil, false
		}
		back, ok := cast.(*Literal)
		if ok && levelOf(to, from) >= assignment {
			again, err := castLiteral(back, from)
			if err != nil || !Equal(again, l) {
				return nil, false
			}
		}
		return cast, true
	}
	if _, ok := x.(*Param); ok && from.Kind != types.Unknown && levelOf(from, to) >= assignment { // its value will tell
		return newCast(x, to, false, x.Pos()), true
	}
	if !assignable(from, to) {
		return nil, false
	}
	if levelOf(from, to) >= implicit {
		return Coerce(x, to)
	}
	return newCast(x, to, false, x.Pos()), true
}

func assignable(from, to types.Type) bool {
	level := levelOf(from, to)
	f, t := from.Kind, to.Kind
	switch {
	case level == same:
		return true
	case level < assignment:
		return false
	case f == types.Unknown:
		return true
	case f == types.Decimal && t == types.Decimal:
		return from.Scale <= to.Scale
	case f == types.Decimal && to.Integer():
		return from.Scale == 0
	case f == types.Array:
		return t == types.Text || assignable(*from.Elem, *to.Elem)
	case f == types.Map:
		return t == types.Text || assignable(*from.Key, *to.Key) && assignable(*from.Elem, *to.Elem)
	case f == types.Row && t == types.Row:
		for i := range from.Fields {
			if !assignable(from.Fields[i].Type, to.Fields[i].Type) {
				return false
			}
		}
		return true
	case level == implicit:
		return true
	case from.Integer() && to.Integer(), t == types.Text:
		return true
	case f == types.TimestampTZ && t == types.Timestamp:
		return true
	}
	return false
}

// CommonType is the type that values of several types are brought to in CASE, COALESCE, UNION, VALUES and IN: the one
// that all others are implicitly cast to. Types of NULLs and of string literals do not count, and are TEXT where
// nothing else is there. A Decimal's digits are enough for all.
func CommonType(ts []types.Type) (types.Type, bool) {
	var out types.Type
	for _, t := range ts {
		if t.Kind == types.Unknown {
			continue
		}
		if out.Kind == types.Unknown {
			out = t
			continue
		}
		var ok bool
		if out, ok = commonOfTwo(out, t); !ok {
			return types.Type{}, false
		}
	}
	if out.Kind == types.Unknown {
		out = types.Of(types.Text)
	}
	return out, true
}

func commonOfTwo(a, b types.Type) (types.Type, bool) {
	if a.Equal(b) {
		return a, true
	}
	if a.Kind == b.Kind && (a.Sys != types.Plain || b.Sys != types.Plain) {
		return commonOfSys(a, b)
	}
	if a.Kind == types.Decimal && (b.Kind == types.Decimal || b.Integer()) || b.Kind == types.Decimal && a.Integer() {
		return widerDecimal(asDecimal(a), asDecimal(b)), true
	}
	if a.Kind == b.Kind {
		return commonOfNested(a, b)
	}
	switch {
	case levelOf(a, b) == implicit:
		return b, true
	case levelOf(b, a) == implicit:
		return a, true
	}
	return types.Type{}, false
}

func commonOfNested(a, b types.Type) (types.Type, bool) {
	switch a.Kind {
	case types.Array:
		elem, ok := commonOfTwo(*a.Elem, *b.Elem)
		return types.ArrayOf(elem), ok
	case types.Map:
		key, ok := commonOfTwo(*a.Key, *b.Key)
		elem, ok2 := commonOfTwo(*a.Elem, *b.Elem)
		return types.MapOf(key, elem), ok && ok2
	case types.Row:
		if len(a.Fields) != len(b.Fields) {
			return types.Type{}, false
		}
		fields := make([]types.Field, len(a.Fields))
		for i, f := range a.Fields {
			t, ok := commonOfTwo(f.Type, b.Fields[i].Type)
			if !ok {
				return types.Type{}, false
			}
			fields[i] = types.Field{Name: f.Name, Type: t}
		}
		return types.RowOf(fields...), true
	}
	return types.Type{}, false
}

// operandType is CommonType for the operands of arithmetic and comparison, where PostgreSQL takes a REAL and another
// number to DOUBLE.
func operandType(ts []types.Type) (types.Type, bool) {
	real32, other := false, false
	for _, t := range ts {
		real32 = real32 || t.Kind == types.Float32
		other = other || t.Numeric() && t.Kind != types.Float32
	}
	out, ok := CommonType(ts)
	if ok && real32 && other {
		out = types.Of(types.Float64)
	}
	return out, ok
}

// asDecimal is the Decimal that holds every value of a whole number's type.
func asDecimal(t types.Type) types.Type {
	switch t.Kind {
	case types.Int16:
		return types.DecimalOf(5, 0)
	case types.Int32:
		return types.DecimalOf(10, 0)
	case types.Int64:
		return types.DecimalOf(19, 0)
	}
	return t
}

// widerDecimal holds the values of both, as far as 38 digits go: then it is the whole digits that give way, and a value
// that has them is an error when it comes.
func widerDecimal(a, b types.Type) types.Type {
	scale := max(a.Scale, b.Scale)
	whole := max(a.Precision-a.Scale, b.Precision-b.Scale)
	return types.DecimalOf(min(whole+scale, 38), scale)
}

// typeList is the arguments' types by name, for an error.
func typeList(args []Expr) []string {
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = a.Type().String()
		if a.Type().Kind == types.Unknown {
			out[i] = "unknown"
		}
	}
	return out
}

// cannotCast is the error for a cast that there is not.
func cannotCast(from, to types.Type, pos sqlerr.Pos) *sqlerr.Error {
	return sqlerr.New(sqlerr.CannotCoerce, pos, "cannot cast type %s to %s", from, to)
}
