package expr

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/sqlerr"
	"millrace/types"
)

// regexpCall reads the arguments of the regexp_ functions: a text, a pattern, and by position what a function may have
// behind them. Functions of it are strict.
type regexpCall struct {
	in       *Input
	x        textColumn
	pattern  textColumn
	at       map[byte]int // the argument that a letter stands for: s start, n which match, e end, f flags, g group, r replacement
	re       *regexp.Regexp
	global   bool
	lastText string
	lastFlag string
}

// regexpArgs are the kinds of the letters.
var regexpArgs = map[byte]types.Kind{'s': types.Int32, 'n': types.Int32, 'e': types.Int32, 'f': types.Text, 'g': types.Int32, 'r': types.Text}

// regexpOverload is a function of a text, a pattern and what letters say; kernel gets the reader.
func regexpOverload(letters string, o Overload, kernel func(r *regexpCall) (arrow.Array, error)) Overload {
	o.Args = []types.Kind{types.Text, types.Text}
	places := map[byte]int{}
	for i := range len(letters) {
		places[letters[i]] = 2 + i
		o.Args = append(o.Args, regexpArgs[letters[i]])
	}
	o.Fails = true
	o.Kernel = func(in *Input) (arrow.Array, error) {
		return kernel(&regexpCall{in: in, x: in.text(0), pattern: in.text(1), at: places})
	}
	return o
}

func (r *regexpCall) number(letter byte, i, standard int) int {
	k, ok := r.at[letter]
	if !ok {
		return standard
	}
	return int(col[int32](r.in, k).at(i))
}

// compile gets the regular expression of row i; all says whether the flag g may be there.
func (r *regexpCall) compile(i int, all bool) error {
	p, flags := r.pattern.at(i), ""
	if k, ok := r.at['f']; ok {
		text := r.in.text(k)
		flags = string(text.at(i))
	}
	if r.re != nil && string(p) == r.lastText && flags == r.lastFlag {
		return nil
	}
	r.lastText, r.lastFlag = string(p), flags
	if !all && strings.ContainsRune(flags, 'g') {
		return r.in.fault(i, sqlerr.InvalidParameterValue, r.in.call.fn.Name+"() does not support the \"global\" option")
	}
	var err error
	r.re, r.global, err = regexpOf(r.lastText, flags)
	return at(err, r.in.call.pos)
}

// positive is a number that must be one or more.
func (r *regexpCall) positive(letter byte, name string, i int) (int, error) {
	n := r.number(letter, i, 1)
	if n < 1 {
		return 0, r.in.fault(i, sqlerr.InvalidParameterValue, "invalid value for parameter \""+name+"\"")
	}
	return n, nil
}

// find is the n-th match from a start on, or one of its groups, as bytes from and to; ok is false where there is none.
func (r *regexpCall) find(i int) (from, to int, ok bool, err error) {
	start, err := r.positive('s', "start", i)
	if err != nil {
		return 0, 0, false, err
	}
	n, err := r.positive('n', "n", i)
	if err != nil {
		return 0, 0, false, err
	}
	group := r.number('g', i, 0)
	if group < 0 {
		return 0, 0, false, r.in.fault(i, sqlerr.InvalidParameterValue, "invalid value for parameter \"subexpr\"")
	}
	if err := r.compile(i, false); err != nil {
		return 0, 0, false, err
	}
	s := r.x.at(i)
	begin := skipRunes(s, start-1)
	if start-1 > utf8.RuneCount(s) || group > r.re.NumSubexp() {
		return 0, 0, false, nil
	}
	all := r.re.FindAllSubmatchIndex(s[begin:], n)
	if len(all) < n || all[n-1][2*group] < 0 {
		return 0, 0, false, nil
	}
	m := all[n-1]
	return begin + m[2*group], begin + m[2*group+1], true, nil
}

// regexpGroups is regexp_match: the groups of the first match, or all of it where there are none.
func regexpGroups(r *regexpCall) (arrow.Array, error) {
	present := r.in.allPresent()
	return r.in.textLists(func(i int, out *array.StringBuilder) (bool, error) {
		if !present(i) {
			return false, nil
		}
		if err := r.compile(i, false); err != nil {
			return false, err
		}
		s := r.x.at(i)
		m := r.re.FindSubmatchIndex(s)
		if m == nil {
			return false, nil
		}
		if len(m) > 2 {
			m = m[2:]
		}
		for k := 0; k < len(m); k += 2 {
			if m[k] < 0 {
				out.AppendNull()
			} else {
				out.BinaryBuilder.Append(s[m[k]:m[k+1]])
			}
		}
		return true, nil
	})
}

// allPresent says for which rows every argument has a value.
func (in *Input) allPresent() func(i int) bool {
	has := make([]boolColumn, len(in.args))
	for k := range has {
		has[k] = in.present(k)
	}
	return func(i int) bool {
		for _, h := range has {
			if !h.at(i) {
				return false
			}
		}
		return true
	}
}

// regexpSplit cuts a text at the matches. One of no characters at the beginning, at the end or right behind another match
// cuts nothing.
func regexpSplit(r *regexpCall) (arrow.Array, error) {
	present := r.in.allPresent()
	return r.in.textLists(func(i int, out *array.StringBuilder) (bool, error) {
		if !present(i) {
			return false, nil
		}
		if err := r.compile(i, false); err != nil {
			return false, err
		}
		s, from := r.x.at(i), 0
		for _, m := range r.re.FindAllIndex(s, -1) {
			if m[0] == m[1] && (m[0] == from || m[0] == len(s)) {
				continue
			}
			out.BinaryBuilder.Append(s[from:m[0]])
			from = m[1]
		}
		out.BinaryBuilder.Append(s[from:])
		return true, nil
	})
}

func regexpCount(r *regexpCall) (arrow.Array, error) {
	return fixedRows(r.in, 4, func(i int) (int32, error) {
		start, err := r.positive('s', "start", i)
		if err != nil {
			return 0, err
		}
		if err := r.compile(i, false); err != nil {
			return 0, err
		}
		s := r.x.at(i)
		if start-1 > utf8.RuneCount(s) {
			return 0, nil
		}
		return int32(len(r.re.FindAllIndex(s[skipRunes(s, start-1):], -1))), nil
	})
}

// regexpPosition is regexp_instr: where a match begins, or with 1 for end where what follows it does.
func regexpPosition(r *regexpCall) (arrow.Array, error) {
	return fixedRows(r.in, 4, func(i int) (int32, error) {
		end := r.number('e', i, 0)
		if end != 0 && end != 1 {
			return 0, r.in.fault(i, sqlerr.InvalidParameterValue, "invalid value for parameter \"endoption\"")
		}
		from, to, ok, err := r.find(i)
		if err != nil || !ok {
			return 0, err
		}
		if end == 1 {
			from = to
		}
		return int32(utf8.RuneCount(r.x.at(i)[:from]) + 1), nil
	})
}

func regexpText(r *regexpCall) (arrow.Array, error) {
	present := r.in.allPresent()
	return r.in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if !present(i) {
			return dst, false, nil
		}
		from, to, ok, err := r.find(i)
		if err != nil || !ok {
			return dst, false, err
		}
		return append(dst, r.x.at(i)[from:to]...), true, nil
	})
}

// regexpReplaceAt replaces the n-th match from a start on; all of them where n is 0, or is not there and the flag g is.
func regexpReplaceAt(r *regexpCall) (arrow.Array, error) {
	with := r.in.text(r.at['r'])
	return r.in.textRows(func(dst []byte, i int) ([]byte, error) {
		start, err := r.positive('s', "start", i)
		if err != nil {
			return dst, err
		}
		n := r.number('n', i, 1)
		if n < 0 {
			return dst, r.in.fault(i, sqlerr.InvalidParameterValue, "invalid value for parameter \"n\"")
		}
		if err := r.compile(i, true); err != nil {
			return dst, err
		}
		if _, counted := r.at['n']; !counted && r.global {
			n = 0
		}
		s := r.x.at(i)
		begin := skipRunes(s, start-1)
		limit := n
		if n == 0 {
			limit = -1
		}
		template := expandTemplate(string(with.at(i)))
		dst = append(dst, s[:begin]...)
		rest, from := s[begin:], 0
		for k, m := range r.re.FindAllSubmatchIndex(rest, limit) {
			if n > 0 && k+1 != n {
				continue
			}
			dst = append(dst, rest[from:m[0]]...)
			dst = r.re.Expand(dst, template, rest, m)
			from = m[1]
		}
		return append(dst, rest[from:]...), nil
	})
}

// regexpForms makes an overload of each prefix of the letters, from least of them on.
func regexpForms(letters string, least int, o Overload, kernel func(*regexpCall) (arrow.Array, error)) []Overload {
	var out []Overload
	for n := least; n <= len(letters); n++ {
		out = append(out, regexpOverload(letters[:n], o, kernel))
	}
	return out
}

var regexpFunctions = []Function{
	textFunction("regexp_match", "The groups of the first match of a regular expression (RE2) as an array, or the whole match where it has none; NULL where nothing matches.", `regexp_match('a=1', '(\w)=(\d)')`, "{a,1}",
		regexpForms("f", 0, Overload{Type: textArrayType}, regexpGroups)...),
	textFunction("regexp_split_to_array", "The parts of a text between the matches of a regular expression (RE2).", `regexp_split_to_array('a, b,c', ',\s*')`, "{a,b,c}",
		regexpForms("f", 0, Overload{Type: textArrayType}, regexpSplit)...),
	textFunction("regexp_count", "How often a regular expression (RE2) matches, from a character on, counted from 1; flags may follow.", "regexp_count('ABCABC', 'b', 1, 'i')", "2",
		regexpForms("sf", 0, Overload{Result: types.Int32, Strict: true}, regexpCount)...),
	textFunction("regexp_instr", "Where the n-th match of a regular expression (RE2) begins, from a character on; 0: nowhere. With 1 as the fifth argument, where what follows it begins; flags and the number of a group may follow.", "regexp_instr('ABCABC', 'B', 1, 2)", "5",
		regexpForms("snefg", 0, Overload{Result: types.Int32, Strict: true}, regexpPosition)...),
	textFunction("regexp_substr", "The n-th match of a regular expression (RE2), from a character on; flags and the number of a group may follow.", "regexp_substr('ABCADC', 'A.C', 1, 2)", "ADC",
		regexpForms("snfg", 0, Overload{Result: types.Text}, regexpText)...),
}

// regexpReplacements are the forms of regexp_replace with a start and the number of a match.
var regexpReplacements = regexpForms("rsnf", 2, Overload{Result: types.Text, Strict: true}, regexpReplaceAt)
