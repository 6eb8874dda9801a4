package cassandra

import (
	"fmt"
	"slices"
	"strings"

	"millrace/types"
)

// Type is a CQL type.
type Type struct {
	Name   string   // "bigint"; "list", "set", "map", "tuple", "udt", "vector"
	Args   []Type   // what a list, set, map or tuple is made of; the fields of a udt
	UDT    string   // the name of a udt
	Fields []string // their names
}

// String is the type in CQL.
func (t Type) String() string {
	switch t.Name {
	case "udt":
		return t.UDT
	case "list", "set", "map", "tuple":
		args := make([]string, len(t.Args))
		for i, a := range t.Args {
			args[i] = a.String()
		}
		return t.Name + "<" + strings.Join(args, ", ") + ">"
	}
	return t.Name
}

// udt is a user-defined type as system_schema.types has it.
type udt struct{ fields, types []string }

// parseType reads a type as system_schema has it. frozen<…> is left out: it makes no difference for values.
func parseType(text string, udts map[string]udt) (Type, error) {
	p := typeParser{rest: text, udts: udts}
	t, err := p.parse(0)
	if err == nil && p.rest != "" {
		err = fmt.Errorf("%q is behind its end", p.rest)
	}
	if err != nil {
		return Type{}, fmt.Errorf("CQL type %q: %w", text, err)
	}
	return t, nil
}

// typeParser reads what is left of a type's text.
type typeParser struct {
	rest string
	udts map[string]udt
}

// maxDepth is how deep types may be nested, so that a udt that contains itself ends.
const maxDepth = 32

func (p *typeParser) parse(depth int) (Type, error) {
	if depth > maxDepth {
		return Type{}, fmt.Errorf("is nested deeper than %d", maxDepth)
	}
	name, quoted := p.word()
	if name == "" {
		return Type{}, fmt.Errorf("a name is missing before %q", p.rest)
	}
	if def, ok := p.udts[name]; ok && (quoted || !p.at('<')) {
		return p.userType(name, def, depth)
	}
	if !p.take('<') {
		return Type{Name: name}, nil
	}
	t := Type{Name: name}
	if name == "vector" { // its length is no type: nothing of it is needed
		_, p.rest, _ = strings.Cut(p.rest, ">")
		return t, nil
	}
	for {
		arg, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Args = append(t.Args, arg)
		if p.take('>') {
			break
		}
		if !p.take(',') {
			return Type{}, fmt.Errorf("a comma or > is missing before %q", p.rest)
		}
	}
	if name == "frozen" && len(t.Args) == 1 {
		return t.Args[0], nil
	}
	if want, ok := map[string]int{"list": 1, "set": 1, "map": 2}[name]; ok && len(t.Args) != want {
		return Type{}, fmt.Errorf("%s takes %d types", name, want)
	}
	return t, nil
}

func (p *typeParser) userType(name string, def udt, depth int) (Type, error) {
	t := Type{Name: "udt", UDT: name, Fields: def.fields}
	for _, text := range def.types {
		field := typeParser{rest: text, udts: p.udts}
		arg, err := field.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Args = append(t.Args, arg)
	}
	return t, nil
}

// word takes a name, which may be quoted.
func (p *typeParser) word() (name string, quoted bool) {
	p.rest = strings.TrimLeft(p.rest, " ")
	if after, ok := strings.CutPrefix(p.rest, `"`); ok {
		name, p.rest, _ = strings.Cut(after, `"`)
		return name, true
	}
	n := strings.IndexAny(p.rest, "<>, ")
	if n < 0 {
		n = len(p.rest)
	}
	name, p.rest = p.rest[:n], p.rest[n:]
	return name, false
}

func (p *typeParser) at(c byte) bool {
	p.rest = strings.TrimLeft(p.rest, " ")
	return p.rest != "" && p.rest[0] == c
}

func (p *typeParser) take(c byte) bool {
	if !p.at(c) {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// Kinds lists the kinds of SQL types whose values a column of this type can hold.
func (t Type) Kinds() []types.Kind {
	var fit []types.Kind
	for _, k := range types.Kinds() {
		if slices.Contains(types.Of(k).CQL(), t.Name) {
			fit = append(fit, k)
		}
	}
	return fit
}

// CQL is the type that a new table should have for values of t: the first of types.Type.CQL, with what it is made of.
// A ROW becomes a tuple. Where frozen is set, collections are.
func CQL(t types.Type, frozen bool) string {
	freeze := func(s string) string {
		if frozen {
			return "frozen<" + s + ">"
		}
		return s
	}
	switch t.Kind {
	case types.Array:
		return freeze("list<" + CQL(*t.Elem, true) + ">")
	case types.Map:
		return freeze("map<" + CQL(*t.Key, true) + ", " + CQL(*t.Elem, true) + ">")
	case types.Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = CQL(f.Type, true)
		}
		return freeze("tuple<" + strings.Join(parts, ", ") + ">")
	}
	if names := t.CQL(); len(names) > 0 {
		return names[0]
	}
	return "text"
}

// Quote is a name in CQL, whatever is in it.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
