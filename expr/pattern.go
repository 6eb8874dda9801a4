package expr

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// A pattern that is a constant is compiled once, others when they change from one row to the next.

// matcher says whether a text matches.
type matcher func(s []byte) bool

// matching is an overload of two or three texts whose patterns compile makes a matcher of.
func matching(args int, negate bool, compile func(pattern string, more ...string) (matcher, error)) Overload {
	kinds := []types.Kind{types.Text, types.Text, types.Text}[:args]
	return Overload{Args: kinds, Result: types.Bool, Strict: true, Fails: true, Prepare: func(c *Call) (Kernel, error) {
		var fixed matcher
		if p, ok := c.constant(1); ok {
			var more []string
			constant := true
			if args == 3 {
				e, ok := c.constant(2)
				if constant = ok; ok {
					more = append(more, e.Value.(string))
				}
			}
			if constant {
				var err error
				if fixed, err = compile(p.Value.(string), more...); err != nil {
					return nil, at(err, c.args[1].Pos())
				}
			}
		}
		return func(in *Input) (arrow.Array, error) {
			x := in.text(0)
			if fixed != nil {
				return in.boolRows(func(i int) (bool, error) { return fixed(x.at(i)) != negate, nil })
			}
			var pattern, more textColumn
			pattern = in.text(1)
			if args == 3 {
				more = in.text(2)
			}
			var last, lastMore string
			var m matcher
			return in.boolRows(func(i int) (bool, error) {
				p, e := string(pattern.at(i)), ""
				if args == 3 {
					e = string(more.at(i))
				}
				if m == nil || p != last || e != lastMore {
					var err error
					if args == 3 {
						m, err = compile(p, e)
					} else {
						m, err = compile(p)
					}
					if err != nil {
						return false, at(err, in.call.pos)
					}
					last, lastMore = p, e
				}
				return m(x.at(i)) != negate, nil
			})
		}, nil
	}}
}

// likeToken is one piece of a LIKE pattern.
type likeToken struct {
	kind byte // 'c' a character, '_' any one, '%' any number
	r    rune
}

// compileLike reads a pattern; more holds the escape character, or nothing for none.
func compileLike(fold bool) func(pattern string, more ...string) (matcher, error) {
	return func(pattern string, more ...string) (matcher, error) {
		escape := '\\'
		if len(more) > 0 {
			if utf8.RuneCountInString(more[0]) > 1 {
				return nil, sqlerr.New("22025", 0, "invalid escape string: it must be empty or one character")
			}
			escape = -1
			if more[0] != "" {
				escape, _ = utf8.DecodeRuneInString(more[0])
			}
		}
		var tokens []likeToken
		runes := []rune(pattern)
		for i := 0; i < len(runes); i++ {
			r := runes[i]
			switch {
			case r == escape:
				i++
				if i == len(runes) {
					return nil, sqlerr.New("22025", 0, "LIKE pattern must not end with escape character")
				}
				tokens = append(tokens, likeToken{'c', runes[i]})
			case r == '%':
				if n := len(tokens); n == 0 || tokens[n-1].kind != '%' {
					tokens = append(tokens, likeToken{kind: '%'})
				}
			case r == '_':
				tokens = append(tokens, likeToken{kind: '_'})
			default:
				tokens = append(tokens, likeToken{'c', r})
			}
		}
		if !fold {
			if m := simpleLike(tokens); m != nil {
				return m, nil
			}
		} else {
			for i := range tokens {
				tokens[i].r = unicode.ToLower(tokens[i].r)
			}
		}
		return func(s []byte) bool { return like(tokens, s, fold) }, nil
	}
}

// simpleLike knows the patterns that are one text with % at its ends.
func simpleLike(tokens []likeToken) matcher {
	var text strings.Builder
	front, back := false, false
	for i, t := range tokens {
		switch {
		case t.kind == 'c':
			text.WriteRune(t.r)
		case t.kind == '%' && i == 0:
			front = true
		case t.kind == '%' && i == len(tokens)-1:
			back = true
		default:
			return nil
		}
	}
	want := text.String()
	switch {
	case front && back, front && len(tokens) == 1:
		return func(s []byte) bool { return strings.Contains(string(s), want) }
	case front:
		return func(s []byte) bool { return strings.HasSuffix(string(s), want) }
	case back:
		return func(s []byte) bool { return strings.HasPrefix(string(s), want) }
	}
	return func(s []byte) bool { return string(s) == want }
}

// like matches with one step back: to the last %.
func like(tokens []likeToken, s []byte, fold bool) bool {
	t, at := 0, 0
	star, starAt := -1, 0
	for at < len(s) {
		r, size := utf8.DecodeRune(s[at:])
		if fold {
			r = unicode.ToLower(r)
		}
		switch {
		case t < len(tokens) && tokens[t].kind == '%':
			star, starAt = t, at
			t++
			continue
		case t < len(tokens) && (tokens[t].kind == '_' || tokens[t].r == r && tokens[t].kind == 'c'):
			t++
			at += size
			continue
		case star < 0:
			return false
		}
		_, skip := utf8.DecodeRune(s[starAt:])
		starAt += skip
		at, t = starAt, star+1
	}
	for t < len(tokens) && tokens[t].kind == '%' {
		t++
	}
	return t == len(tokens)
}

// compileRegexp reads a regular expression in Go's syntax (RE2), which has no back references and no look-ahead.
func compileRegexp(flags string) func(pattern string, more ...string) (matcher, error) {
	return func(pattern string, more ...string) (matcher, error) {
		re, err := regexpOf(flags, pattern)
		if err != nil {
			return nil, err
		}
		return re.Match, nil
	}
}

func regexpOf(flags, pattern string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(flags + pattern)
	if err != nil {
		return nil, sqlerr.New("2201B", 0, "invalid regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			WithHint("The syntax is that of RE2: no back references, no look-ahead.")
	}
	return re, nil
}

// regexpReplace is regexp_replace(text, pattern, replacement[, flags]): \1 in the replacement is a group.
func regexpReplace(args int) Overload {
	kinds := []types.Kind{types.Text, types.Text, types.Text, types.Text}[:args]
	return textTo(kinds, func(in *Input) func([]byte, int) ([]byte, error) {
		x, pattern, with := in.text(0), in.text(1), in.text(2)
		var flags textColumn
		if args == 4 {
			flags = in.text(3)
		}
		var re *regexp.Regexp
		key, global := "", false
		return func(dst []byte, i int) ([]byte, error) {
			f := ""
			if args == 4 {
				f = string(flags.at(i))
			}
			if k := f + "/" + string(pattern.at(i)); re == nil || k != key {
				prefix := ""
				if strings.ContainsRune(f, 'i') {
					prefix = "(?i)"
				}
				var err error
				if re, err = regexpOf(prefix, string(pattern.at(i))); err != nil {
					return dst, at(err, in.call.pos)
				}
				key, global = k, strings.ContainsRune(f, 'g')
			}
			template := goTemplate(string(with.at(i)))
			s, from := x.at(i), 0
			for _, m := range re.FindAllSubmatchIndex(s, -1) {
				dst = append(dst, s[from:m[0]]...)
				dst = re.Expand(dst, template, s, m)
				from = m[1]
				if !global {
					break
				}
			}
			return append(dst, s[from:]...), nil
		}
	})
}

// goTemplate writes \1 and \& as Go's regexp has them.
func goTemplate(s string) []byte {
	var b []byte
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '$':
			b = append(b, "$$"...)
		case s[i] == '\\' && i+1 < len(s) && s[i+1] >= '1' && s[i+1] <= '9':
			b = append(b, "${"...)
			b = append(b, s[i+1], '}')
			i++
		case s[i] == '\\' && i+1 < len(s) && s[i+1] == '&':
			b = append(b, "${0}"...)
			i++
		case s[i] == '\\' && i+1 < len(s):
			b = append(b, s[i+1])
			i++
		default:
			b = append(b, s[i])
		}
	}
	return b
}

var patternFunctions = []Function{
	{Name: "like", Group: "Text", Doc: "Whether a text matches a pattern: % stands for any characters, _ for one, a backslash or the ESCAPE character before them for themselves.", Example: "'millrace' LIKE 'mill%'", ExampleResult: "true",
		Overloads: []Overload{matching(2, false, compileLike(false)), matching(3, false, compileLike(false))}},
	{Name: "ilike", Group: "Text", Doc: "LIKE in capital and small letters alike.", Example: "'Millrace' ILIKE 'mill%'", ExampleResult: "true",
		Overloads: []Overload{matching(2, false, compileLike(true)), matching(3, false, compileLike(true))}},
	{Name: "~", Group: "Text", Doc: "Whether a regular expression (RE2) matches somewhere in a text.", Example: "'millrace' ~ '^m.*e$'", ExampleResult: "true", Overloads: []Overload{matching(2, false, compileRegexp(""))}},
	{Name: "~*", Group: "Text", Doc: "~ in capital and small letters alike.", Example: "'Millrace' ~* '^m'", ExampleResult: "true", Overloads: []Overload{matching(2, false, compileRegexp("(?i)"))}},
	{Name: "!~", Group: "Text", Doc: "Whether a regular expression matches nowhere.", Example: "'millrace' !~ 'x'", ExampleResult: "true", Overloads: []Overload{matching(2, true, compileRegexp(""))}},
	{Name: "!~*", Group: "Text", Doc: "!~ in capital and small letters alike.", Example: "'Millrace' !~* 'X'", ExampleResult: "true", Overloads: []Overload{matching(2, true, compileRegexp("(?i)"))}},
	{Name: "regexp_like", Group: "Text", Doc: "Whether a regular expression (RE2) matches somewhere in a text.", Example: "regexp_like('millrace', 'r[aeiou]c')", ExampleResult: "true", Overloads: []Overload{matching(2, false, compileRegexp(""))}},
	{Name: "regexp_replace", Group: "Text", Doc: "With the first match of a regular expression replaced, or all with the flag 'g'; \\1 stands for a group.", Example: "regexp_replace('2026-01-02', '(\\d+)-(\\d+)', '\\2/\\1')", ExampleResult: "01/2026-02",
		Overloads: []Overload{regexpReplace(3), regexpReplace(4)}},
}
