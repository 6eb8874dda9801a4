package expr

import (
	"bytes"
	"cmp"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"millrace/types"
)

// jsonTree is a value of JSON taken apart. As jsonb an object's members are in the order of jsonb: by the length of their
// names, then by their bytes, each once.
type jsonTree struct {
	kind  byte // of jsonTypes: { [ " t f n, and 0 for a number
	text  string
	names []string
	parts []*jsonTree
}

// parseJSONTree reads a value; as jsonb, numbers are without exponent, and of members with one name the last counts.
func parseJSONTree(s []byte, asJSONB bool) (*jsonTree, bool) {
	v, ok := jsonValue(s)
	if !ok {
		return nil, false
	}
	t := &jsonTree{kind: v[0]}
	switch v[0] {
	case '{', '[':
		fine := true
		ok = eachJSON(v, func(key, value []byte) bool {
			part, good := parseJSONTree(value, asJSONB)
			fine = fine && good
			if v[0] == '{' {
				name, good := appendJSONText(nil, key)
				fine = fine && good
				t.names = append(t.names, string(name))
			}
			t.parts = append(t.parts, part)
			return fine
		})
		if asJSONB && fine && ok {
			t.arrange()
		}
		return t, ok && fine
	case '"':
		text, ok := appendJSONText(nil, v)
		t.text = string(text)
		return t, ok
	case 't', 'f', 'n':
		word := map[byte]string{'t': "true", 'f': "false", 'n': "null"}[v[0]]
		return t, string(v) == word
	}
	t.kind, t.text = '0', string(v)
	if asJSONB {
		t.text = plainNumber(t.text)
	}
	return t, true
}

// arrange brings an object's members into the order of jsonb.
func (t *jsonTree) arrange() {
	if t.kind != '{' {
		return
	}
	places := make([]int, len(t.names))
	for i := range places {
		places[i] = i
	}
	slices.SortStableFunc(places, func(i, j int) int { return compareNames(t.names[i], t.names[j]) })
	names, parts := make([]string, 0, len(places)), make([]*jsonTree, 0, len(places))
	for _, i := range places {
		if n := len(names); n > 0 && names[n-1] == t.names[i] {
			parts[n-1] = t.parts[i]
			continue
		}
		names, parts = append(names, t.names[i]), append(parts, t.parts[i])
	}
	t.names, t.parts = names, parts
}

func compareNames(a, b string) int {
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return strings.Compare(a, b)
}

// plainNumber is a number of JSON as a numeric prints it. One with an exponent that would take thousands of digits stays.
func plainNumber(s string) string {
	const most = 1000
	at := strings.IndexAny(s, "eE")
	if at < 0 {
		if s == "-0" {
			return "0"
		}
		return s
	}
	exp, err := strconv.Atoi(s[at+1:])
	if err != nil || exp < -most || exp > most {
		return s
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	_, fraction, _ := strings.Cut(s[:at], ".")
	return r.FloatString(max(0, len(fraction)-exp))
}

// member is where an object has a name; false where it has not.
func (t *jsonTree) member(name string) (int, bool) {
	return slices.BinarySearchFunc(t.names, name, compareNames)
}

func (t *jsonTree) isScalar() bool { return t.kind != '{' && t.kind != '[' }

// jsonLayout is how objects and arrays are written.
type jsonLayout struct{ comma, colon string }

var (
	jsonbLayout   = jsonLayout{", ", ": "}
	compactLayout = jsonLayout{",", ":"}
)

func (t *jsonTree) append(dst []byte, l jsonLayout) []byte {
	switch t.kind {
	case '{', '[':
		dst = append(dst, t.kind)
		for i, p := range t.parts {
			if i > 0 {
				dst = append(dst, l.comma...)
			}
			if t.kind == '{' {
				dst = append(types.AppendJSONString(dst, t.names[i]), l.colon...)
			}
			dst = p.append(dst, l)
		}
		return append(dst, t.kind+2) // } and ] stand two behind { and [
	}
	return t.appendScalar(dst)
}

func (t *jsonTree) appendScalar(dst []byte) []byte {
	switch t.kind {
	case '"':
		return types.AppendJSONString(dst, t.text)
	case 't':
		return append(dst, "true"...)
	case 'f':
		return append(dst, "false"...)
	case 'n':
		return append(dst, "null"...)
	}
	return append(dst, t.text...)
}

// pretty writes a member or element a line, four blanks a level.
func (t *jsonTree) pretty(dst []byte, depth int) []byte {
	if t.isScalar() {
		return t.appendScalar(dst)
	}
	dst = append(dst, t.kind)
	for i, p := range t.parts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = indent(dst, depth+1)
		if t.kind == '{' {
			dst = append(types.AppendJSONString(dst, t.names[i]), ": "...)
		}
		dst = p.pretty(dst, depth+1)
	}
	return append(indent(dst, depth), t.kind+2)
}

func indent(dst []byte, depth int) []byte {
	return append(append(dst, '\n'), bytes.Repeat([]byte("    "), depth)...)
}

// rank orders values of different types, and false before true.
func (t *jsonTree) rank() int { return strings.IndexByte("n\"0ft[{", t.kind) }

// compareJSON is the order of jsonb: objects are more than arrays, then Booleans, numbers, strings and null; more
// members or elements are more. An empty array that is a value by itself is less than all others.
func compareJSON(a, b *jsonTree) int {
	emptyA, emptyB := a.kind == '[' && len(a.parts) == 0, b.kind == '[' && len(b.parts) == 0
	if emptyA != emptyB && (a.kind != '[' || b.kind != '[') {
		if emptyA {
			return -1
		}
		return 1
	}
	return compareParts(a, b)
}

func compareParts(a, b *jsonTree) int {
	if c := cmp.Compare(a.rank(), b.rank()); c != 0 {
		return c
	}
	switch a.kind {
	case '"':
		return strings.Compare(a.text, b.text)
	case '0':
		return compareNumbers(a.text, b.text)
	case '{', '[':
		if c := cmp.Compare(len(a.parts), len(b.parts)); c != 0 {
			return c
		}
		for i := range a.parts {
			if a.kind == '{' {
				if c := strings.Compare(a.names[i], b.names[i]); c != 0 {
					return c
				}
			}
			if c := compareParts(a.parts[i], b.parts[i]); c != 0 {
				return c
			}
		}
	}
	return 0
}

// compareNumbers compares two numbers of JSON exactly; those with exponents of thousands as DOUBLEs.
func compareNumbers(a, b string) int {
	if a == b {
		return 0
	}
	if !strings.ContainsAny(a+b, "eE") {
		x, okX := new(big.Rat).SetString(a)
		y, okY := new(big.Rat).SetString(b)
		if okX && okY {
			return x.Cmp(y)
		}
	}
	x, _ := strconv.ParseFloat(a, 64)
	y, _ := strconv.ParseFloat(b, 64)
	return cmp.Compare(x, y)
}

// contains is @>: the members of an object and the elements of an array that the other has, in depth; an array has a
// scalar that is one of its elements.
func (t *jsonTree) contains(o *jsonTree) bool {
	if t.kind == '[' && o.isScalar() {
		return slices.ContainsFunc(t.parts, func(p *jsonTree) bool { return p.isScalar() && compareParts(p, o) == 0 })
	}
	return t.holds(o)
}

func (t *jsonTree) holds(o *jsonTree) bool {
	switch {
	case t.kind == '{' && o.kind == '{':
		for i, name := range o.names {
			at, ok := t.member(name)
			if !ok || !t.parts[at].holds(o.parts[i]) {
				return false
			}
		}
		return true
	case t.kind == '[' && o.kind == '[':
		for _, want := range o.parts {
			if !slices.ContainsFunc(t.parts, func(p *jsonTree) bool { return p.holds(want) }) {
				return false
			}
		}
		return true
	}
	return t.isScalar() && o.isScalar() && compareParts(t, o) == 0
}

// has is ?: whether an object has a member, an array a string, or the value is the string.
func (t *jsonTree) has(name string) bool {
	switch t.kind {
	case '{':
		_, ok := t.member(name)
		return ok
	case '[':
		return slices.ContainsFunc(t.parts, func(p *jsonTree) bool { return p.kind == '"' && p.text == name })
	}
	return t.kind == '"' && t.text == name
}

// concat is ||: objects are merged, everything else becomes one array.
func (t *jsonTree) concat(o *jsonTree) *jsonTree {
	if t.kind == '{' && o.kind == '{' {
		out := &jsonTree{kind: '{', names: slices.Concat(t.names, o.names), parts: slices.Concat(t.parts, o.parts)}
		out.arrange()
		return out
	}
	elements := func(t *jsonTree) []*jsonTree {
		if t.kind == '[' {
			return t.parts
		}
		return []*jsonTree{t}
	}
	return &jsonTree{kind: '[', parts: slices.Concat(elements(t), elements(o))}
}

// withoutNulls drops the members that are null, in depth.
func (t *jsonTree) withoutNulls() *jsonTree {
	out := &jsonTree{kind: t.kind, text: t.text}
	for i, p := range t.parts {
		if t.kind == '{' {
			if p.kind == 'n' {
				continue
			}
			out.names = append(out.names, t.names[i])
		}
		out.parts = append(out.parts, p.withoutNulls())
	}
	return out
}
