package expr

import (
	"regexp"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/sqlerr"
	"millrace/types"
)

// Regular expressions are Go's, RE2: they take time in proportion to the text, and have no back references and no
// look-ahead. As in PostgreSQL a dot is any character, a line's end too, and ^ and $ are the ends of the text.

// compileRegexp makes a matcher of a regular expression, with flags or those that follow the pattern.
func compileRegexp(flags string) compiler {
	return func(pattern, more string, _ bool) (matcher, error) {
		if strings.ContainsRune(more, 'g') {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "regexp_like() does not support the \"global\" option")
		}
		re, _, err := regexpOf(pattern, flags+more)
		if err != nil {
			return nil, err
		}
		return re.Match, nil
	}
}

// wordEdges are PostgreSQL's escapes for the edges of words and of the text, as RE2 has them; \m and \M are the beginning
// and the end of a word, which a \b is both.
var wordEdges = strings.NewReplacer(`\\`, `\\`, `\y`, `\b`, `\Y`, `\B`, `\m`, `\b`, `\M`, `\b`, `\Z`, `\z`)

// regexpOf compiles a pattern with PostgreSQL's flags: i and c for letters alike or not, n or m for lines, p and w for
// a part of that, s for what is the default, q for a pattern that is plain text, g for all matches.
func regexpOf(pattern, flags string) (re *regexp.Regexp, global bool, err error) {
	fold, dotAll, lines := false, true, false
	for _, f := range flags {
		switch f {
		case 'g':
			global = true
		case 'i':
			fold = true
		case 'c':
			fold = false
		case 'n', 'm':
			dotAll, lines = false, true
		case 'p':
			dotAll, lines = false, false
		case 'w':
			dotAll, lines = true, true
		case 's':
			dotAll, lines = true, false
		case 'q':
			pattern = regexp.QuoteMeta(pattern)
		default:
			return nil, false, sqlerr.New(sqlerr.InvalidParameterValue, 0, "invalid regular expression option: \"%c\"", f).
				WithHint("There are g, i, c, n, p, w, s and q.")
		}
	}
	shortest := false
	for _, q := range []string{"*?", "+?", "??", "}?"} {
		shortest = shortest || strings.Contains(pattern, q)
	}
	pattern = wordEdges.Replace(pattern)
	set := ""
	for _, f := range []struct {
		on   bool
		flag string
	}{{fold, "i"}, {dotAll, "s"}, {lines, "m"}} {
		if f.on {
			set += f.flag
		}
	}
	if set != "" {
		pattern = "(?" + set + ")" + pattern
	}
	if re, err = regexp.Compile(pattern); err != nil {
		return nil, false, sqlerr.New("2201B", 0, "invalid regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: ")).
			WithHint("The syntax is that of RE2, which has no back references and no look-ahead.")
	}
	if !shortest { // then PostgreSQL takes the longest of several matches
		re.Longest()
	}
	return re, global, nil
}

// compileSimilar makes a regular expression of SQL's own kind of pattern.
func compileSimilar(pattern, more string, none bool) (matcher, error) {
	escape, err := escapeOf(more, none)
	if err != nil {
		return nil, err
	}
	var b strings.Builder
	b.WriteString("^(?:")
	escaped, inSet := false, false
	for _, r := range pattern {
		switch {
		case escaped:
			b.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == escape:
			escaped = true
		case inSet:
			inSet = r != ']'
			if r == '\\' {
				b.WriteRune(r)
			}
			b.WriteRune(r)
		case r == '[':
			inSet = true
			b.WriteRune(r)
		case r == '%':
			b.WriteString(".*")
		case r == '_':
			b.WriteByte('.')
		case r == '(':
			b.WriteString("(?:")
		case strings.ContainsRune("\\.^$", r):
			b.WriteString(regexp.QuoteMeta(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	if escaped {
		return nil, sqlerr.New("22025", 0, "SIMILAR TO pattern must not end with escape character")
	}
	b.WriteString(")$")
	re, _, err := regexpOf(b.String(), "")
	if err != nil {
		return nil, err
	}
	return re.Match, nil
}

// regexpSubstring is substring(text, pattern): what matches, or its first group.
var regexpSubstring = Overload{Args: []types.Kind{types.Text, types.Text}, Result: types.Text, Fails: true, Kernel: func(in *Input) (arrow.Array, error) {
	x, pattern := in.text(0), in.text(1)
	hasX, hasPattern := in.present(0), in.present(1)
	var re *regexp.Regexp
	last := ""
	return in.nullableTextRows(func(dst []byte, i int) ([]byte, bool, error) {
		if !hasX.at(i) || !hasPattern.at(i) {
			return dst, false, nil
		}
		if p := pattern.at(i); re == nil || string(p) != last {
			last = string(p)
			var err error
			if re, _, err = regexpOf(last, ""); err != nil {
				return dst, false, at(err, in.call.args[1].Pos())
			}
		}
		s := x.at(i)
		m := re.FindSubmatchIndex(s)
		if m == nil {
			return dst, false, nil
		}
		if len(m) > 2 {
			m = m[2:]
		}
		if m[0] < 0 { // a group that took no part
			return dst, false, nil
		}
		return append(dst, s[m[0]:m[1]]...), true, nil
	})
}}

// regexpReplace is regexp_replace(text, pattern, replacement[, flags]).
func regexpReplace(args int) Overload {
	kinds := []types.Kind{types.Text, types.Text, types.Text, types.Text}[:args]
	return textTo(kinds, func(in *Input) func([]byte, int) ([]byte, error) {
		x, pattern, with, flags := in.text(0), in.text(1), in.text(2), textColumn{}
		if args == 4 {
			flags = in.text(3)
		}
		var re *regexp.Regexp
		lastPattern, lastFlags, global := "", "", false
		lastWith, template := "", []byte(nil)
		return func(dst []byte, i int) ([]byte, error) {
			p, f := pattern.at(i), []byte(nil)
			if args == 4 {
				f = flags.at(i)
			}
			if re == nil || string(p) != lastPattern || string(f) != lastFlags {
				lastPattern, lastFlags = string(p), string(f)
				var err error
				if re, global, err = regexpOf(lastPattern, lastFlags); err != nil {
					return dst, at(err, in.call.pos)
				}
			}
			if w := with.at(i); template == nil || string(w) != lastWith {
				lastWith = string(w)
				template = expandTemplate(lastWith)
			}
			limit := 1
			if global {
				limit = -1
			}
			s, from := x.at(i), 0
			for _, m := range re.FindAllSubmatchIndex(s, limit) {
				dst = append(dst, s[from:m[0]]...)
				dst = re.Expand(dst, template, s, m)
				from = m[1]
			}
			return append(dst, s[from:]...), nil
		}
	})
}

// expandTemplate writes a replacement as Go's regexp has it: \1 and \& become ${1} and ${0}.
func expandTemplate(s string) []byte {
	b := []byte{}
	for i := 0; i < len(s); i++ {
		next := byte(0)
		if s[i] == '\\' && i+1 < len(s) {
			next = s[i+1]
		}
		switch {
		case s[i] == '$':
			b = append(b, "$$"...)
		case next >= '1' && next <= '9':
			b = append(b, '$', '{', next, '}')
			i++
		case next == '&':
			b = append(b, "${0}"...)
			i++
		case next == '\\':
			b = append(b, next)
			i++
		default:
			b = append(b, s[i])
		}
	}
	return b
}
