package expr

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// textStep is a step as a path of text has it: a name, and where it is a number a position too.
func textStep(s string) step {
	st := step{name: []byte(s), byName: true}
	if n, err := strconv.ParseInt(s, 10, 32); err == nil {
		st.position, st.byIndex = int(n), true
	}
	return st
}

// jsonArrayPath is #> and #>> with a path that is an array of text.
func jsonArrayPath(from types.Kind, asText bool) Overload {
	return jsonAccess([]types.Kind{from, textArray}, asText, func(in *Input) func(i int) ([]step, error) {
		l := in.args[1].(*array.List)
		nulls := l.ListValues().NullN() > 0
		paths := in.strings(1)
		var steps []step
		return func(i int) ([]step, error) {
			steps = steps[:0]
			p, nullAt := paths(i)
			if nulls && nullAt > 0 {
				return []step{{}}, nil // which leads nowhere
			}
			for _, s := range p {
				steps = append(steps, textStep(s))
			}
			return steps, nil
		}
	})
}

// jsonPathArgs is json_extract_path: a path of arguments.
func jsonPathArgs(asText bool) Overload {
	o := jsonAccess([]types.Kind{types.JSON, types.Text}, asText, func(in *Input) func(i int) ([]step, error) {
		var texts []textColumn
		var has []boolColumn
		for k := 1; k < len(in.args); k++ {
			texts, has = append(texts, in.text(k)), append(has, in.present(k))
		}
		var steps []step
		return func(i int) ([]step, error) {
			steps = steps[:0]
			for k := range texts {
				if !has[k].at(i) {
					return []step{{}}, nil
				}
				steps = append(steps, textStep(string(texts[k].at(i))))
			}
			return steps, nil
		}
	})
	o.Variadic = true
	return o
}

// dollarPath reads $.a.b[0]["c d"], as MySQL, SQLite and DuckDB write paths.
func dollarPath(s string) ([]step, bool) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(s), "$")
	steps := []step{}
	for ok && rest != "" {
		switch {
		case rest[0] == '.':
			rest = rest[1:]
			if name, after, quoted := cutQuoted(rest); quoted {
				steps, rest = append(steps, step{name: []byte(name), byName: true}), after
				continue
			}
			end := strings.IndexAny(rest, ".[")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 || rest[:end] == "*" {
				return nil, false
			}
			steps, rest = append(steps, step{name: []byte(rest[:end]), byName: true}), rest[end:]
		case rest[0] == '[':
			end := strings.IndexByte(rest, ']')
			if name, after, quoted := cutQuoted(rest[1:]); quoted && strings.HasPrefix(after, "]") {
				steps, rest = append(steps, step{name: []byte(name), byName: true}), after[1:]
				continue
			}
			if end < 0 {
				return nil, false
			}
			n, err := strconv.ParseInt(rest[1:end], 10, 32)
			if err != nil {
				return nil, false
			}
			steps, rest = append(steps, step{position: int(n), byIndex: true}), rest[end+1:]
		default:
			return nil, false
		}
	}
	return steps, ok
}

func cutQuoted(s string) (name, rest string, ok bool) {
	if s == "" || s[0] != '"' && s[0] != '\'' {
		return "", s, false
	}
	end := strings.IndexByte(s[1:], s[0])
	if end < 0 {
		return "", s, false
	}
	return s[1 : end+1], s[end+2:], true
}

func jsonDollar(from types.Kind, asText bool) Overload {
	return extension(jsonAccess([]types.Kind{from, types.Text}, asText, func(in *Input) func(i int) ([]step, error) {
		text := in.text(1)
		last, steps := "", []step(nil)
		return func(i int) ([]step, error) {
			if s := text.at(i); steps == nil || string(s) != last {
				last = string(s)
				var ok bool
				if steps, ok = dollarPath(last); !ok {
					return nil, in.fault(i, sqlerr.InvalidText, "malformed path").WithHint("A path is written as '$.name[0]'.")
				}
			}
			return steps, nil
		}
	}))
}

var jsonPathFunctions = []Function{
	jsonFunction("json_extract_path", "What is at the end of a path of names and positions; NULL where it leads nowhere.", `json_extract_path('{"a": [1, 2]}', 'a', '1')`, "2", jsonPathArgs(false)),
	jsonFunction("jsonb_extract_path", "json_extract_path.", `jsonb_extract_path('{"a": [1, 2]}', 'a', '1')`, "2", jsonPathArgs(false)),
	jsonFunction("json_extract_path_text", "json_extract_path as text: a string without its quotes, and null as NULL.", `json_extract_path_text('{"a": "x"}', 'a')`, "x", jsonPathArgs(true)),
	jsonFunction("jsonb_extract_path_text", "json_extract_path_text.", `jsonb_extract_path_text('{"a": "x"}', 'a')`, "x", jsonPathArgs(true)),
	jsonFunction("json_extract", "What is at the end of a path as $.a.b[0]; NULL where it leads nowhere.", `json_extract('{"a": {"b": [1, 2]}}', '$.a.b[1]')`, "2", jsonDollar(types.JSON, false), jsonDollar(types.Text, false)),
	jsonFunction("json_extract_string", "json_extract as text: a string without its quotes, and null as NULL.", `json_extract_string('{"a": {"b": "x"}}', '$.a.b')`, "x", jsonDollar(types.JSON, true), jsonDollar(types.Text, true)),
	jsonFunction("jsonb_typeof", "The type of a value: object, array, string, number, boolean or null.", `jsonb_typeof('[1]')`, "array", jsonTypeof),
	jsonFunction("jsonb_array_length", "How many elements an array has.", `jsonb_array_length('[1, 2]')`, "2", jsonArrayLength),
}

// compareAsJSON is a relation between values of JSON, in the order of jsonb.
func (r relation) compareAsJSON(in *Input) (arrow.Array, error) {
	left, right := in.trees(0), in.trees(1)
	return in.boolRows(func(i int) (bool, error) {
		a, err := left(i)
		if err != nil {
			return false, err
		}
		b, err := right(i)
		if err != nil {
			return false, err
		}
		c := compareJSON(a, b)
		is := c == 0
		switch r.op {
		case less:
			is = c < 0
		case lessEqual:
			is = c <= 0
		}
		return is != r.not, nil
	})
}
