package sql

import (
	"strings"
	"unicode/utf8"

	"millrace/sqlerr"
)

// Kind tells tokens apart.
type Kind uint8

const (
	Word      Kind = iota // a name or keyword, as written
	Quoted                // "name" or `name`; Text is the name
	String                // '…', E'…', $$…$$; Text is the value
	Number                // as written
	Operator              // one operator or mark of punctuation
	Parameter             // $1; Text is the number
	Comment               // only of Tokens
	Bad                   // only of Tokens: what cannot be read
)

// Token is a piece of a text, text[Pos:End].
type Token struct {
	Kind     Kind
	Text     string
	Pos, End int
}

// scanner reads tokens off a text.
type scanner struct {
	text string
	at   int
	open bool // a comment, string or quoted name goes on behind the end of the text
}

// operators in the order in which they are tried: the longest first.
var operators = []string{
	"!~~*", "->>", "#>>", "!~*", "!~~", "~~*", "<=>", "||/", "~~", "==", "|/", "?|", "?&", "#-", "^@",
	"::", "=>", "->", "#>", "@>", "<@", "~*", "!~", "||", "<>", "!=", "<=", ">=", "<<", ">>", ":=", "&&",
	"(", ")", "[", "]", "{", "}", ",", ";", ".", "+", "-", "*", "/", "%", "^", "=", "<", ">", "~", "&", "|", "#", "@", "?", ":", "!",
}

const blanks = " \t\r\n\f\v"

func isLetter(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= utf8.RuneSelf
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// scan splits a text into tokens, comments left out.
func scan(text string) ([]Token, error) {
	s := &scanner{text: text}
	out := make([]Token, 0, len(text)/5+4)
	for {
		t, ok, err := s.next()
		if err != nil || !ok {
			return out, err
		}
		if t.Kind != Comment {
			out = append(out, t)
		}
	}
}

// Tokens splits a text into tokens, comments among them. It takes any text: what cannot be read, such as a quote that
// is not closed, is one Bad token to the end.
func Tokens(text string) []Token {
	s := &scanner{text: text}
	var out []Token
	for {
		start := s.at
		t, ok, err := s.next()
		if err != nil {
			for start < len(text) && strings.IndexByte(blanks, text[start]) >= 0 {
				start++
			}
			return append(out, Token{Kind: Bad, Text: text[start:], Pos: start, End: len(text)})
		}
		if !ok {
			return out
		}
		out = append(out, t)
	}
}

func (s *scanner) has(prefix string) bool { return strings.HasPrefix(s.text[s.at:], prefix) }

func (s *scanner) peek(n int) byte {
	if s.at+n < len(s.text) {
		return s.text[s.at+n]
	}
	return 0
}

// next reads one token; ok is false at the end of the text.
func (s *scanner) next() (t Token, ok bool, err error) {
	for s.at < len(s.text) && strings.IndexByte(blanks, s.text[s.at]) >= 0 {
		s.at++
	}
	if s.at == len(s.text) {
		return Token{}, false, nil
	}
	t.Pos = s.at
	switch c := s.text[s.at]; {
	case s.has("--"):
		t.Kind = Comment
		if end := strings.IndexByte(s.text[s.at:], '\n'); end >= 0 {
			s.at += end
		} else {
			s.at = len(s.text)
		}
	case s.has("/*"):
		t.Kind = Comment
		err = s.comment()
	case c == '\'':
		t.Kind = String
		t.Text, err = s.str(false)
	case strings.IndexByte("bBxX", c) >= 0 && s.peek(1) == '\'':
		return t, false, sqlerr.Unsupported(sqlerr.At(s.at), "a bit string", `Write bytes as '\x1f'::BYTEA, numbers as 0x1f.`)
	case (c == 'e' || c == 'E') && s.peek(1) == '\'':
		t.Kind = String
		s.at++
		t.Text, err = s.str(true)
	case (c == 'u' || c == 'U') && s.peek(1) == '&' && (s.peek(2) == '\'' || s.peek(2) == '"'):
		t.Kind, t.Text, err = s.unicodeQuoted()
	case c == '"' || c == '`':
		t.Kind = Quoted
		if t.Text, err = s.quoted(c, false); err == nil && t.Text == "" {
			err = sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "a quoted name is empty")
		}
	case c == '$' && isDigit(s.peek(1)):
		t.Kind = Parameter
		for s.at++; s.at < len(s.text) && isDigit(s.text[s.at]); s.at++ {
		}
		t.Text = s.text[t.Pos+1 : s.at]
	case c == '$':
		t.Kind = String
		t.Text, err = s.dollar()
	case isLetter(c):
		t.Kind = Word
		err = s.word()
		t.Text = s.text[t.Pos:s.at]
	case isDigit(c) || c == '.' && isDigit(s.peek(1)):
		t.Kind = Number
		err = s.number()
		t.Text = s.text[t.Pos:s.at]
	default:
		t.Kind = Operator
		for _, op := range operators {
			if s.has(op) {
				t.Text = op
				s.at += len(op)
				break
			}
		}
		if t.Text == "" {
			r, size := utf8.DecodeRuneInString(s.text[s.at:])
			err = badCharacter(r, size, s.at)
		}
	}
	if err == nil && (t.Kind == String || t.Kind == Quoted) {
		err = checked(t.Text, t.Pos)
	}
	t.End = s.at
	return t, err == nil, err
}

// comment skips /* … */, which may hold others.
func (s *scanner) comment() error {
	start, depth := s.at, 0
	for s.at < len(s.text) {
		switch {
		case s.has("/*"):
			depth++
			s.at += 2
		case s.has("*/"):
			depth--
			s.at += 2
			if depth == 0 {
				return nil
			}
		default:
			s.at++
		}
	}
	s.open = true
	return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "this comment is not closed").WithHint("Close it with */.")
}

// str reads '…' with what goes on with it on the next lines.
func (s *scanner) str(escapes bool) (string, error) {
	text, err := s.quoted('\'', escapes)
	for err == nil && s.continued() {
		var more string
		more, err = s.quoted('\'', escapes)
		text += more
	}
	return text, err
}

// quoted reads a text between quotes; a doubled quote stands for one. With escapes a backslash begins one.
func (s *scanner) quoted(quote byte, escapes bool) (string, error) {
	start := s.at
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == quote && s.peek(1) == quote:
			b.WriteByte(quote)
			s.at++
		case c == quote:
			s.at++
			return b.String(), nil
		case c == '\\' && escapes:
			if err := s.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
		}
	}
	what := "string"
	if quote != '\'' {
		what = "quoted name"
	}
	s.open = true
	return "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "this %s is not closed", what).WithHint("Close it with %c.", quote)
}

var simpleEscapes = map[byte]byte{'n': '\n', 't': '\t', 'r': '\r', 'b': '\b', 'f': '\f'}

// escape reads what follows a backslash in E'…'.
func (s *scanner) escape(b *strings.Builder) error {
	start := s.at
	s.at++
	bad := sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "this escape is not complete")
	switch c := s.peek(0); {
	case c == 0:
		return bad
	case simpleEscapes[c] != 0:
		b.WriteByte(simpleEscapes[c])
	case c == 'x':
		v, n := s.hex(2)
		if n == 0 {
			return bad
		}
		b.WriteByte(byte(v))
	case c == 'u' || c == 'U':
		want := 4
		if c == 'U' {
			want = 8
		}
		v, n := s.hex(want)
		if n != want || !utf8.ValidRune(v) {
			return bad
		}
		b.WriteRune(v)
	case c >= '0' && c <= '7':
		v := c - '0'
		for n := 1; n < 3 && s.peek(1) >= '0' && s.peek(1) <= '7'; n++ {
			s.at++
			v = v<<3 | (s.text[s.at] - '0')
		}
		b.WriteByte(v)
	default:
		b.WriteByte(c)
	}
	return nil
}

// hex reads at most so many hexadecimal digits.
func (s *scanner) hex(most int) (v rune, n int) {
	for n < most && s.peek(1) != 0 {
		d := strings.IndexByte("0123456789abcdef", s.peek(1)|0x20)
		if d < 0 {
			break
		}
		v, n = v<<4|rune(d), n+1
		s.at++
	}
	return v, n
}

// dollar reads $$…$$ or $tag$…$tag$.
func (s *scanner) dollar() (string, error) {
	start := s.at
	end := s.at + 1
	for end < len(s.text) && (isLetter(s.text[end]) || isDigit(s.text[end])) {
		end++
	}
	if end == len(s.text) || s.text[end] != '$' {
		return "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "unexpected character '$'")
	}
	tag := s.text[s.at : end+1]
	body, _, ok := strings.Cut(s.text[end+1:], tag)
	if !ok {
		s.open = true
		return "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "this string is not closed").WithHint("Close it with %s.", tag)
	}
	s.at = end + 1 + len(body) + len(tag)
	return body, nil
}

// number reads 12, 1_000, 1.5, .5, 1e10, 0x1F.
func (s *scanner) number() error {
	start := s.at
	digits := func(ok func(byte) bool) {
		for s.at < len(s.text) && (ok(s.text[s.at]) || s.text[s.at] == '_' && ok(s.peek(1))) {
			s.at++
		}
	}
	if base := s.peek(1) | 0x20; s.peek(0) == '0' && (base == 'x' || base == 'o' || base == 'b') {
		s.at += 2
		digits(func(c byte) bool {
			return c >= '0' && (c <= '1' || c <= '7' && base != 'b' || c <= '9' && base == 'x') || base == 'x' && c|0x20 >= 'a' && c|0x20 <= 'f'
		})
		if s.at == start+2 {
			return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "%s is not a number", s.text[start:s.at])
		}
	} else {
		digits(isDigit)
		if s.peek(0) == '.' {
			s.at++
			digits(isDigit)
		}
		if s.peek(0)|0x20 == 'e' {
			n := 1
			if s.peek(1) == '+' || s.peek(1) == '-' {
				n = 2
			}
			if isDigit(s.peek(n)) {
				s.at += n
				digits(isDigit)
			}
		}
	}
	if isLetter(s.peek(0)) || isDigit(s.peek(0)) {
		return sqlerr.New(sqlerr.SyntaxError, sqlerr.At(start), "trailing characters after the number %s", s.text[start:s.at]).
			WithHint("A name that begins with a digit must be quoted.")
	}
	return nil
}

// is reports whether a token is one of the keywords, given in upper case.
func (t Token) is(words ...string) bool {
	if t.Kind != Word {
		return false
	}
	for _, w := range words {
		if strings.EqualFold(t.Text, w) {
			return true
		}
	}
	return false
}

func (t Token) op(op string) bool { return t.Kind == Operator && t.Text == op }
