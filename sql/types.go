package sql

import (
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
	{"TIME", "WITHOUT", "TIME", "ZONE"}, {"CHARACTER", "VARYING"}, {"DOUBLE", "PRECISION"},
}

// typ reads a type: name[(p[, s])], ARRAY<T>, T[], MAP<K, V>, ROW(a T, …), STRUCT<a T, …>.
func (p *parser) typ() (types.Type, error) {
	t, err := p.baseType()
	for err == nil && p.peek().op("[") {
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
	if !ok {
		e := sqlerr.New(sqlerr.UndefinedObject, sqlerr.At(first.Pos), "type %q does not exist", strings.ToLower(name))
		e.Hint = sqlerr.Suggest(strings.ToUpper(name), types.Names())
		return types.Type{}, e
	}
	t := types.Of(kind)
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

// typeName reads a name of one or more words and the numbers in parentheses after its first.
func (p *parser) typeName() (name string, parameters []int, err error) {
	first := p.peek()
	p.at++
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
			p.at += len(w) - 1
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
