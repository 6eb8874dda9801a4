package sql

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"millrace/sqlerr"
	"millrace/types"
)

// Limits of DECIMAL, and what it is without parameters.
const (
	maxPrecision     = 38
	defaultPrecision = 38
	defaultScale     = 9
)

// typeWords lists type names of more than one word, the longest first.
var typeWords = [][]string{
	{"TIMESTAMP", "WITH", "LOCAL", "TIME", "ZONE"}, {"TIMESTAMP", "WITHOUT", "TIME", "ZONE"}, {"TIMESTAMP", "WITH", "TIME", "ZONE"},
	{"TIME", "WITHOUT", "TIME", "ZONE"}, {"TIME", "WITH", "TIME", "ZONE"},
}

// written is a type as it was written, with what types.Type does not hold and a cast would have to do.
type written struct {
	types.Type
	pos    sqlerr.Pos
	narrow string // the part that is shorter or less precise than our types are: "VARCHAR(3)", "TIMESTAMP(0)"
	length int    // where that is the whole type, and a text that is cut and not padded
}

// maxDigits is the number of digits of a second that times keep.
const maxDigits = 6

// writtenType reads a type for a cast or a literal.
func (p *parser) writtenType() (written, error) {
	w := written{pos: sqlerr.At(p.peek().Pos)}
	p.narrow, p.length = "", 0
	var err error
	w.Type, err = p.typ()
	w.narrow = p.narrow
	if w.Kind == types.Text {
		w.length = p.length
	}
	return w, err
}

// typ reads a type: name[(p[, s])], ARRAY<T>, T[], MAP<K, V>, ROW(a T, …), STRUCT<a T, …>.
func (p *parser) typ() (types.Type, error) {
	if p.depth++; p.depth > maxDepth {
		return types.Type{}, tooDeep(sqlerr.At(p.peek().Pos))
	}
	defer func() { p.depth-- }()
	t, err := p.baseType()
	if err == nil && p.accept("ARRAY") {
		t = types.ArrayOf(t)
	}
	for dimensions := 1; err == nil && p.peek().op("["); dimensions++ {
		if dimensions > maxDepth {
			return t, tooDeep(sqlerr.At(p.peek().Pos))
		}
		p.at++
		if p.peek().Kind == Number {
			p.at++
		}
		if err = p.expectOp("]"); err == nil {
			t = types.ArrayOf(t)
		}
	}
	return t, err
}

func (p *parser) baseType() (types.Type, error) {
	first := p.peek()
	if first.Kind != Word && first.Kind != Quoted {
		return types.Type{}, p.unexpected("a type")
	}
	switch {
	case first.is("ARRAY"):
		p.at++
		elem, err := p.inAngles(p.typ)
		return types.ArrayOf(elem), err
	case first.is("MAP"):
		p.at++
		var key types.Type
		value, err := p.inAngles(func() (types.Type, error) {
			var err error
			if key, err = p.typ(); err != nil {
				return key, err
			}
			if err = p.expectOp(","); err != nil {
				return key, err
			}
			return p.typ()
		})
		return types.MapOf(key, value), err
	case first.is("ROW", "STRUCT"):
		p.at++
		return p.rowType()
	}
	name, parameters, err := p.typeName()
	if err != nil {
		return types.Type{}, err
	}
	kind, ok := types.KindByName(name)
	if sys, isSys := types.SysByName(strings.ToLower(name)); !ok && isSys && len(parameters) == 0 {
		return types.SysOf(sys), nil
	}
	if !ok {
		e := sqlerr.New(sqlerr.UndefinedObject, sqlerr.At(first.Pos), "type %q does not exist", strings.ToLower(name))
		e.Hint = sqlerr.Suggest(strings.ToUpper(name), types.Names())
		return types.Type{}, e
	}
	t := types.Of(kind)
	if kind != types.Decimal {
		return p.parameters(t, first, name, parameters)
	}
	if len(parameters) > 2 {
		return t, tooManyParameters(first, "DECIMAL", 2)
	}
	if kind == types.Decimal {
		t.Precision, t.Scale = defaultPrecision, defaultScale
		if len(parameters) > 0 {
			t.Precision, t.Scale = parameters[0], 0
		}
		if len(parameters) > 1 {
			t.Scale = parameters[1]
		}
		if t.Precision < 1 || t.Precision > maxPrecision || t.Scale < 0 || t.Scale > t.Precision {
			return t, sqlerr.New(sqlerr.InvalidParameterValue, sqlerr.At(first.Pos), "DECIMAL(%d,%d) is not possible", t.Precision, t.Scale).
				WithHint("The precision is 1 to %d, the scale 0 to the precision.", maxPrecision)
		}
	}
	return t, nil
}

func tooManyParameters(first Token, name string, most int) error {
	err := sqlerr.New(sqlerr.SyntaxError, sqlerr.At(first.Pos), "%s takes at most %d parameters", name, most)
	if most == 0 {
		err.Message = name + " takes no parameters"
		return err.WithHint("Write %s.", name)
	}
	return err
}

// parameters checks what stands in parentheses behind a type that is no DECIMAL.
func (p *parser) parameters(t types.Type, first Token, name string, ns []int) (types.Type, error) {
	upper := strings.ToUpper(name)
	n, has := 0, len(ns) > 0
	if has {
		n = ns[0]
	}
	padded := upper == "CHAR" || upper == "CHARACTER"
	if padded && !has {
		n = 1
	}
	switch {
	case len(ns) > 1:
		return t, tooManyParameters(first, upper, 1)
	case t.Kind == types.Text && (has || padded), t.Kind == types.Bytes && has:
		if n < 1 {
			return t, sqlerr.New(sqlerr.InvalidParameterValue, sqlerr.At(first.Pos), "a length is at least 1")
		}
		p.narrow = fmt.Sprintf("%s(%d)", upper, n)
		if !padded || n == 1 {
			p.length = n
		}
	case t.Kind == types.Time || t.Temporal():
		if n > maxDigits || n < 0 {
			return t, sqlerr.Unsupported(sqlerr.At(first.Pos), fmt.Sprintf("a time of %d digits", n), "Times are kept in microseconds: write at most 6.")
		}
		if has && n < maxDigits {
			p.narrow = fmt.Sprintf("%s(%d)", upper, n)
		}
	case upper == "FLOAT" && has:
		if n < 1 || n > 53 {
			return t, sqlerr.New(sqlerr.InvalidParameterValue, sqlerr.At(first.Pos), "FLOAT(%d) is not possible", n).WithHint("FLOAT takes 1 to 53 bits.")
		}
		if n <= 24 {
			return types.Of(types.Float32), nil
		}
	case has:
		return t, tooManyParameters(first, upper, 0)
	}
	return t, nil
}

// typeName reads a name of one or more words and the numbers in parentheses after its first.
func (p *parser) typeName() (name string, parameters []int, err error) {
	if p.peek().is("pg_catalog") && p.peekAt(1).op(".") {
		p.at += 2
	}
	p.accept("NATIONAL")
	first := p.peek()
	p.at++
	if first.Kind == Quoted && first.Text == "char" { // not CHAR
		return `"char"`, nil, nil
	}
	for _, w := range [][2]string{{"DOUBLE", "PRECISION"}, {"CHARACTER", "VARYING"}} {
		if first.is(w[0]) && p.accept(w[1]) {
			first.Text = strings.Join(w[:], " ")
		}
	}
	if p.peek().op("(") {
		p.at++
		for {
			n, err := strconv.Atoi(p.peek().Text)
			if p.peek().Kind != Number || err != nil {
				return "", nil, p.unexpected("a number")
			}
			parameters = append(parameters, n)
			p.at++
			if !p.peek().op(",") {
				break
			}
			p.at++
		}
		if err := p.expectOp(")"); err != nil {
			return "", nil, err
		}
	}
	for _, w := range typeWords {
		if !first.is(w[0]) {
			continue
		}
		match := true
		for i, word := range w[1:] {
			match = match && p.peekAt(i).is(word)
		}
		if match {
			if first.is("TIME") && w[1] == "WITH" {
				return "", nil, sqlerr.Unsupported(sqlerr.At(first.Pos), "TIME WITH TIME ZONE", "Use TIMESTAMP WITH TIME ZONE, or TIME.")
			}
			p.at += len(w) - 1
			if strings.Contains(strings.Join(w, " "), "WITH LOCAL") {
				return "TIMESTAMP_LTZ", parameters, nil
			}
			return strings.Join(w, " "), parameters, nil
		}
	}
	return first.Text, parameters, nil
}

// inAngles reads < … >; the scanner has read >> as one operator where two types end together.
func (p *parser) inAngles(inside func() (types.Type, error)) (types.Type, error) {
	if err := p.expectOp("<"); err != nil {
		return types.Type{}, err
	}
	t, err := inside()
	if err != nil {
		return t, err
	}
	if tok := p.peek(); tok.op(">>") {
		p.tokens[p.at] = Token{Kind: Operator, Text: ">", Pos: tok.Pos + 1, End: tok.End}
		return t, nil
	}
	return t, p.expectOp(">")
}

func (p *parser) rowType() (types.Type, error) {
	fields := func() (types.Type, error) {
		var fs []types.Field
		for {
			n, err := p.name("a field's name")
			if err != nil {
				return types.Type{}, err
			}
			if slices.ContainsFunc(fs, func(f types.Field) bool { return f.Name == n.Text }) {
				return types.Type{}, sqlerr.New(sqlerr.DuplicateColumn, n.At, "the field %q is there twice", n.Text)
			}
			if p.peek().op(":") {
				p.at++
			}
			t, err := p.typ()
			if err != nil {
				return t, err
			}
			fs = append(fs, types.Field{Name: n.Text, Type: t})
			if !p.peek().op(",") {
				return types.RowOf(fs...), nil
			}
			p.at++
		}
	}
	if p.peek().op("<") {
		return p.inAngles(fields)
	}
	if err := p.expectOp("("); err != nil {
		return types.Type{}, err
	}
	t, err := fields()
	if err != nil {
		return t, err
	}
	return t, p.expectOp(")")
}
