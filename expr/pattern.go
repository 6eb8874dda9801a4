package expr

import (
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

// compiler makes a matcher of a pattern and of what may follow it: an escape character, or flags. none says that nothing
// does.
type compiler func(pattern, more string, none bool) (matcher, error)

// matching is an overload of a text, a pattern and, where args is 3, what follows it.
func matching(args int, negate bool, compile compiler) Overload {
	kinds := []types.Kind{types.Text, types.Text, types.Text}[:args]
	return Overload{Args: kinds, Result: types.Bool, Strict: true, Fails: true, Prepare: func(c *Call) (Kernel, error) {
		pattern, constant := c.constant(1)
		more := ""
		if l, ok := c.constant(2); args == 3 {
			constant = constant && ok
			if ok {
				more = l.Value.(string)
			}
		}
		if !constant {
			return func(in *Input) (arrow.Array, error) { return in.matchEach(args, negate, compile) }, nil
		}
		match, err := compile(pattern.Value.(string), more, args < 3)
		if err != nil {
			return nil, at(err, c.args[1].Pos())
		}
		return func(in *Input) (arrow.Array, error) {
			x := in.text(0)
			return in.boolRows(func(i int) (bool, error) { return match(x.at(i)) != negate, nil })
		}, nil
	}}
}

// matchEach compiles the pattern of each row that has another one than the row before.
func (in *Input) matchEach(args int, negate bool, compile compiler) (arrow.Array, error) {
	x, pattern, more := in.text(0), in.text(1), textColumn{}
	if args == 3 {
		more = in.text(2)
	}
	var match matcher
	lastPattern, lastMore := "", ""
	return in.boolRows(func(i int) (bool, error) {
		p, m := pattern.at(i), []byte(nil)
		if args == 3 {
			m = more.at(i)
		}
		if match == nil || string(p) != lastPattern || string(m) != lastMore {
			lastPattern, lastMore = string(p), string(m)
			var err error
			if match, err = compile(lastPattern, lastMore, args < 3); err != nil {
				return false, at(err, in.call.pos)
			}
		}
		return match(x.at(i)) != negate, nil
	})
}

// likeToken is one piece of a LIKE pattern.
type likeToken struct {
	kind byte // 'c' a character, '_' any one, '%' any number
	r    rune
}

// escapeOf is the escape character of LIKE and SIMILAR TO: a backslash where none is given, and -1 for an empty one.
func escapeOf(more string, none bool) (rune, error) {
	switch {
	case none:
		return '\\', nil
	case more == "":
		return -1, nil
	case utf8.RuneCountInString(more) > 1:
		return 0, sqlerr.New("22025", 0, "invalid escape string").WithHint("Escape string must be empty or one character.")
	}
	r, _ := utf8.DecodeRuneInString(more)
	return r, nil
}

// compileLike reads a pattern of LIKE, or with fold of ILIKE.
func compileLike(fold bool) compiler {
	return func(pattern, more string, none bool) (matcher, error) {
		escape, err := escapeOf(more, none)
		if err != nil {
			return nil, err
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
		return func(s []byte) bool { return strings.Contains(asString(s), want) }
	case front:
		return func(s []byte) bool { return strings.HasSuffix(asString(s), want) }
	case back:
		return func(s []byte) bool { return strings.HasPrefix(asString(s), want) }
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

var patternFunctions = []Function{
	textFunction("like", "Whether a text matches a pattern: % stands for any characters, _ for one, a backslash or the ESCAPE character before them for themselves.", "'millrace' LIKE 'mill%'", "true",
		matching(2, false, compileLike(false)), matching(3, false, compileLike(false))),
	textFunction("ilike", "LIKE in capital and small letters alike.", "'Millrace' ILIKE 'mill%'", "true",
		matching(2, false, compileLike(true)), matching(3, false, compileLike(true))),
	textFunction("similar to", "Whether a text as a whole matches a pattern of SQL: % and _ as in LIKE, and | * + ? {m,n} ( ) [ ] as in regular expressions.", "'abc' SIMILAR TO '(a|b)%'", "true",
		matching(2, false, compileSimilar), matching(3, false, compileSimilar)),
	textFunction("~", "Whether a regular expression (RE2) matches somewhere in a text; or with one operand the bits that a number has not.", "'millrace' ~ '^m.*e$'", "true", append([]Overload{matching(2, false, compileRegexp(""))}, bitNots...)...),
	textFunction("~*", "~ in capital and small letters alike.", "'Millrace' ~* '^m'", "true", matching(2, false, compileRegexp("i"))),
	textFunction("!~", "Whether a regular expression matches nowhere.", "'millrace' !~ 'x'", "true", matching(2, true, compileRegexp(""))),
	textFunction("!~*", "!~ in capital and small letters alike.", "'Millrace' !~* 'X'", "true", matching(2, true, compileRegexp("i"))),
	textFunction("regexp_like", "Whether a regular expression (RE2) matches somewhere in a text; the flag 'i' takes capital and small letters alike.", "regexp_like('millrace', 'R[aeiou]c', 'i')", "true",
		matching(2, false, compileRegexp("")), matching(3, false, compileRegexp(""))),
	textFunction("regexp_replace", "With the first match of a regular expression (RE2) replaced, or all with the flag 'g'; \\1 stands for a group, \\& for the match.", "regexp_replace('2026-01-02', '(\\d+)-(\\d+)', '\\2/\\1')", "01/2026-02",
		append([]Overload{regexpReplace(3), regexpReplace(4)}, regexpReplacements...)...),
}
