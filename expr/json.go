package expr

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

var jsonFunctions = []Function{
	jsonFunction("->", "The member of an object by its name, or the element of an array by its position, from 0 or, where it is negative, from the end; NULL where there is none.", `JSON '{"a": {"b": 1}}' -> 'a'`, `{"b": 1}`,
		jsonStep(types.JSON, types.Text, false), jsonStep(types.JSON, types.Int32, false),
		extension(jsonStep(types.Text, types.Text, false)), extension(jsonStep(types.Text, types.Int32, false))),
	jsonFunction("->>", "-> as text: a string without its quotes, and null as NULL.", `JSON '{"a": "x"}' ->> 'a'`, "x",
		jsonStep(types.JSON, types.Text, true), jsonStep(types.JSON, types.Int32, true),
		extension(jsonStep(types.Text, types.Text, true)), extension(jsonStep(types.Text, types.Int32, true))),
	jsonFunction("#>", "What is at the end of a path of names and positions; NULL where it leads nowhere.", `JSON '{"a": [1, 2]}' #> '{a,1}'`, "2",
		jsonPath(types.JSON, false), jsonArrayPath(types.JSON, false), extension(jsonPath(types.Text, false))),
	jsonFunction("#>>", "#> as text: a string without its quotes, and null as NULL.", `JSON '{"a": ["x", "y"]}' #>> '{a,1}'`, "y",
		jsonPath(types.JSON, true), jsonArrayPath(types.JSON, true), extension(jsonPath(types.Text, true))),
	jsonFunction("json_typeof", "The type of a value: object, array, string, number, boolean or null.", `json_typeof('[1]')`, "array", jsonTypeof),
	jsonFunction("json_array_length", "How many elements an array has.", `json_array_length('[1, 2]')`, "2", jsonArrayLength),
}

var jsonTypeof = Overload{Args: []types.Kind{types.JSON}, Result: types.Text, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
	x := in.text(0)
	return in.textRows(func(dst []byte, i int) ([]byte, error) {
		v, ok := jsonValue(x.at(i))
		if !ok {
			return dst, in.badJSON(i)
		}
		return append(dst, jsonTypes[v[0]]...), nil
	})
}}

var jsonArrayLength = Overload{Args: []types.Kind{types.JSON}, Result: types.Int32, Strict: true, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
	x := in.text(0)
	return fixedRows(in, 4, func(i int) (int32, error) {
		v, ok := jsonValue(x.at(i))
		switch {
		case !ok:
			return 0, in.badJSON(i)
		case v[0] != '[':
			return 0, in.fault(i, sqlerr.InvalidParameterValue, "cannot get array length of what is no array")
		}
		n := int32(0)
		if !eachJSON(v, func(_, _ []byte) bool { n++; return true }) {
			return 0, in.badJSON(i)
		}
		return n, nil
	})
}}

func jsonFunction(name, doc, example, result string, overloads ...Overload) Function {
	return Function{Name: name, Group: "JSON", Doc: doc, Example: example, ExampleResult: result, Overloads: overloads}
}

// jsonTypes is what a value is, by its first byte.
var jsonTypes = map[byte]string{
	'{': "object", '[': "array", '"': "string", 't': "boolean", 'f': "boolean", 'n': "null", '-': "number",
	'0': "number", '1': "number", '2': "number", '3': "number", '4': "number", '5': "number", '6': "number", '7': "number", '8': "number", '9': "number",
}

func (in *Input) badJSON(row int) error {
	return in.fault(row, sqlerr.InvalidText, "invalid JSON")
}

// step goes from a value to a part of it: by a name where it is an object, by a position where it is an array.
type step struct {
	name     []byte
	position int
	byName   bool
	byIndex  bool
}

// take follows the step; found is false where it leads nowhere, ok where the JSON is none.
func (s step) take(v []byte) (out []byte, found, ok bool) {
	switch {
	case v[0] == '{' && s.byName:
		ok = eachJSON(v, func(key, value []byte) bool {
			if sameKey(key, s.name) { // the last one counts
				out, found = value, true
			}
			return true
		})
	case v[0] == '[' && s.byIndex:
		at := s.position
		if at < 0 {
			n := 0
			if !eachJSON(v, func(_, _ []byte) bool { n++; return true }) {
				return nil, false, false
			}
			at += n
		}
		ok = eachJSON(v, func(_, value []byte) bool {
			if at == 0 {
				out, found = value, true
			}
			at--
			return true
		})
	default:
		return nil, false, true
	}
	return out, found, ok
}

// jsonStep is -> or, as text, ->>.
func jsonStep(from, by types.Kind, asText bool) Overload {
	return jsonAccess([]types.Kind{from, by}, asText, func(in *Input) func(i int) ([]step, error) {
		one := make([]step, 1)
		if by == types.Text {
			name := in.text(1)
			return func(i int) ([]step, error) {
				one[0] = step{name: name.at(i), byName: true}
				return one, nil
			}
		}
		position := col[int32](in, 1)
		return func(i int) ([]step, error) {
			one[0] = step{position: int(position.at(i)), byIndex: true}
			return one, nil
		}
	})
}

// jsonPath is #> or, as text, #>>. A path is written as an array of text: {a,0,"b c"}.
func jsonPath(from types.Kind, asText bool) Overload {
	return jsonAccess([]types.Kind{from, types.Text}, asText, func(in *Input) func(i int) ([]step, error) {
		text := in.text(1)
		last, steps := "", []step(nil)
		return func(i int) ([]step, error) {
			if s := text.at(i); steps == nil || string(s) != last {
				last = string(s)
				var ok bool
				if steps, ok = pathSteps(last); !ok {
					return nil, in.fault(i, sqlerr.InvalidText, "malformed path").WithHint("A path is written as '{name,0}'.")
				}
			}
			return steps, nil
		}
	})
}

func pathSteps(s string) ([]step, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 2 || s[0] != '{' || s[len(s)-1] != '}' {
		return nil, false
	}
	steps := []step{}
	s = strings.TrimSpace(s[1 : len(s)-1])
	if s == "" {
		return steps, true
	}
	for {
		var part strings.Builder
		if strings.HasPrefix(s, `"`) {
			i := 1
			for ; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' && i+1 < len(s) {
					i++
				}
				part.WriteByte(s[i])
			}
			if i >= len(s) {
				return nil, false
			}
			s = strings.TrimSpace(s[i+1:])
		} else {
			end := strings.IndexAny(s, `,{}"`)
			if end < 0 {
				end = len(s)
			}
			part.WriteString(strings.TrimSpace(s[:end]))
			if part.Len() == 0 {
				return nil, false
			}
			s = s[end:]
		}
		steps = append(steps, textStep(part.String()))
		if s == "" {
			return steps, true
		}
		if s[0] != ',' {
			return nil, false
		}
		s = strings.TrimSpace(s[1:])
	}
}

// jsonAccess follows the steps of each row.
func jsonAccess(args []types.Kind, asText bool, stepsOf func(in *Input) func(i int) ([]step, error)) Overload {
	result := types.JSON
	if asText {
		result = types.Text
	}
	return Overload{Args: args, Result: result, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
		x, hasX, hasStep, steps := in.text(0), in.present(0), in.present(1), stepsOf(in)
		return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
			if !hasX.at(i) || !hasStep.at(i) {
				return dst, false, nil
			}
			path, err := steps(i)
			if err != nil {
				return dst, false, err
			}
			v, ok := jsonValue(x.at(i))
			found := ok
			for k := 0; k < len(path) && found; k++ {
				v, found, ok = path[k].take(v)
			}
			switch {
			case !ok:
				return dst, false, in.badJSON(i)
			case !found, asText && v[0] == 'n':
				return dst, false, nil
			case asText && v[0] == '"':
				dst, ok := appendJSONText(dst, v)
				if !ok {
					return dst, false, in.badJSON(i)
				}
				return dst, true, nil
			}
			return append(dst, v...), true, nil
		})
	}}
}

// jsonValue is the value without the space around it; false where there is none.
func jsonValue(s []byte) ([]byte, bool) {
	v := bytes.Trim(s, " \t\r\n")
	if len(v) == 0 || jsonTypes[v[0]] == "" {
		return nil, false
	}
	return v, true
}

// eachJSON calls f for the members of an object, with their names in quotes, or the elements of an array, until it says
// false. It reports whether what it went through is JSON; scalars are only looked at as far as their end.
func eachJSON(v []byte, f func(key, value []byte) bool) bool {
	object := v[0] == '{'
	at := skipSpace(v, 1)
	if at < len(v) && v[at] == v[0]+2 { // } and ] stand two behind { and [
		return true
	}
	for {
		var key []byte
		if object {
			end := skipString(v, at)
			if end < 0 {
				return false
			}
			key = v[at:end]
			if at = skipSpace(v, end); at >= len(v) || v[at] != ':' {
				return false
			}
			at = skipSpace(v, at+1)
		}
		end := skipValue(v, at)
		if end < 0 {
			return false
		}
		if !f(key, v[at:end]) {
			return true
		}
		if at = skipSpace(v, end); at >= len(v) {
			return false
		}
		switch v[at] {
		case v[0] + 2:
			return true
		case ',':
			at = skipSpace(v, at+1)
		default:
			return false
		}
	}
}

func skipSpace(v []byte, at int) int {
	for at < len(v) && (v[at] == ' ' || v[at] == '\t' || v[at] == '\n' || v[at] == '\r') {
		at++
	}
	return at
}

// skipString is the place behind the string at at, or -1.
func skipString(v []byte, at int) int {
	if at >= len(v) || v[at] != '"' {
		return -1
	}
	for i := at + 1; i < len(v); i++ {
		switch v[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return -1
}

// skipValue is the place behind the value at at, or -1.
func skipValue(v []byte, at int) int {
	if at >= len(v) {
		return -1
	}
	switch v[at] {
	case '"':
		return skipString(v, at)
	case '{', '[':
		depth := 0
		for i := at; i < len(v); i++ {
			switch v[i] {
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return i + 1
				}
			case '"':
				end := skipString(v, i)
				if end < 0 {
					return -1
				}
				i = end - 1
			}
		}
		return -1
	}
	end := at
	for end < len(v) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(v[end])) {
		end++
	}
	if end == at || jsonTypes[v[at]] == "" {
		return -1
	}
	return end
}

// sameKey compares a name in quotes with one without.
func sameKey(quoted, name []byte) bool {
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return bytes.Equal(inner, name)
	}
	text, ok := appendJSONText(nil, quoted)
	return ok && bytes.Equal(text, name)
}

// appendJSONText appends what a string in quotes says.
func appendJSONText(dst, quoted []byte) ([]byte, bool) {
	if len(quoted) < 2 {
		return dst, false
	}
	inner := quoted[1 : len(quoted)-1]
	if bytes.IndexByte(inner, '\\') < 0 {
		return append(dst, inner...), true
	}
	var s string
	if err := json.Unmarshal(quoted, &s); err != nil || strings.IndexByte(s, 0) >= 0 { // a text has no zero bytes
		return dst, false
	}
	return append(dst, s...), true
}
