package expr

import (
	"bytes"
	"regexp"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/types"
)

var setTextFunctions = []Function{
	{Name: "string_to_table", Group: "Sets", Doc: "The parts of a text between separators; with NULL for a separator its characters. A part that is the third argument is NULL.",
		Example: "string_to_table('a,b', ',')", ExampleResult: "a; b",
		Overloads: []Overload{
			{Args: repeated(types.Text, 2), Result: types.Text, Rows: stringParts},
			{Args: repeated(types.Text, 3), Result: types.Text, Rows: stringParts},
		}},
	{Name: "regexp_split_to_table", Group: "Sets", Doc: "The parts of a text between matches of a regular expression.",
		Example: "regexp_split_to_table('a1b22c', '[0-9]+')", ExampleResult: "a; b; c",
		Overloads: []Overload{
			{Args: repeated(types.Text, 2), Result: types.Text, Strict: true, Fails: true, Rows: regexpParts},
			{Args: repeated(types.Text, 3), Result: types.Text, Strict: true, Fails: true, Rows: regexpParts},
		}},
	{Name: "regexp_matches", Group: "Sets", Doc: "What the groups of a regular expression match, or the whole where it has none: of the first match, or with the flag g of all.",
		Example: "regexp_matches('a1b22', '([a-z])([0-9]+)', 'g')", ExampleResult: "{a,1}; {b,22}",
		Overloads: []Overload{
			{Args: repeated(types.Text, 2), Type: arrayOfText, Strict: true, Fails: true, Rows: regexpMatches},
			{Args: repeated(types.Text, 3), Type: arrayOfText, Strict: true, Fails: true, Rows: regexpMatches},
		}},
}

func arrayOfText([]types.Type) types.Type { return types.ArrayOf(types.Of(types.Text)) }

func stringParts(in *Input) (SetRows, error) {
	x, sep, hasX, hasSep := in.text(0), in.text(1), in.present(0), in.present(1)
	isNull := func(int, []byte) bool { return false }
	if len(in.args) == 3 {
		null, hasNull := in.text(2), in.present(2)
		isNull = func(i int, part []byte) bool { return hasNull.at(i) && bytes.Equal(null.at(i), part) }
	}
	b := array.NewStringBuilder(in.Mem)
	return setOf(in, b, func(i int) error {
		if !hasX.at(i) {
			return nil
		}
		add := func(part []byte) {
			if isNull(i, part) {
				b.AppendNull()
			} else {
				b.BinaryBuilder.Append(part)
			}
		}
		s := x.at(i)
		switch {
		case len(s) == 0:
		case !hasSep.at(i):
			for len(s) > 0 {
				_, n := utf8.DecodeRune(s)
				add(s[:n])
				s = s[n:]
			}
		case len(sep.at(i)) == 0:
			add(s)
		default:
			cut := sep.at(i)
			for {
				at := bytes.Index(s, cut)
				if at < 0 {
					add(s)
					return nil
				}
				add(s[:at])
				s = s[at+len(cut):]
			}
		}
		return nil
	})
}

// regexps gives the regular expression of a row; one that is the same as that of the row before is compiled once.
func (in *Input) regexps() func(i int) (*regexp.Regexp, bool, error) {
	pattern := in.text(1)
	var flags *textColumn
	if len(in.args) == 3 {
		f := in.text(2)
		flags = &f
	}
	var re *regexp.Regexp
	var global bool
	lastPattern, lastFlags := "", ""
	return func(i int) (*regexp.Regexp, bool, error) {
		p, f := pattern.at(i), []byte(nil)
		if flags != nil {
			f = flags.at(i)
		}
		if re != nil && string(p) == lastPattern && string(f) == lastFlags {
			return re, global, nil
		}
		lastPattern, lastFlags = string(p), string(f)
		var err error
		if re, global, err = regexpOf(lastPattern, lastFlags); err != nil {
			return nil, false, at(err, in.call.pos)
		}
		return re, global, nil
	}
}

// regexpParts leaves out matches of no text at the ends of the text and right behind another match.
func regexpParts(in *Input) (SetRows, error) {
	x, regexpAt := in.text(0), in.regexps()
	b := array.NewStringBuilder(in.Mem)
	return setOf(in, b, func(i int) error {
		re, global, err := regexpAt(i)
		if err != nil {
			return err
		}
		if global {
			return in.fault(i, "22023", "regexp_split_to_table() does not support the \"global\" option")
		}
		s, from, last := x.at(i), 0, 0
		for _, m := range re.FindAllIndex(s, -1) {
			if m[0] == m[1] && (m[0] == 0 || m[0] == len(s) || m[0] == last) {
				continue
			}
			b.BinaryBuilder.Append(s[from:m[0]])
			from, last = m[1], m[1]
		}
		b.BinaryBuilder.Append(s[from:])
		return nil
	})
}

func regexpMatches(in *Input) (SetRows, error) {
	x, regexpAt := in.text(0), in.regexps()
	b := array.NewListBuilder(in.Mem, arrow.BinaryTypes.String)
	parts := b.ValueBuilder().(*array.StringBuilder)
	return setOf(in, b, func(i int) error {
		re, global, err := regexpAt(i)
		if err != nil {
			return err
		}
		most := 1
		if global {
			most = -1
		}
		s := x.at(i)
		for _, m := range re.FindAllSubmatchIndex(s, most) {
			b.Append(true)
			groups := m[2:]
			if len(groups) == 0 {
				groups = m
			}
			for k := 0; k < len(groups); k += 2 {
				if groups[k] < 0 {
					parts.AppendNull()
				} else {
					parts.BinaryBuilder.Append(s[groups[k]:groups[k+1]])
				}
			}
		}
		return nil
	})
}
