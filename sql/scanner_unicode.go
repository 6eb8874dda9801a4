package sql

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"millrace/sqlerr"
)

// badCharacter explains a character that no token begins with and no name holds.
func badCharacter(r rune, size, at int) error {
	pos := sqlerr.At(at)
	if r == utf8.RuneError && size <= 1 {
		return sqlerr.New(sqlerr.InvalidCharacter, pos, "the text is not valid UTF-8 here")
	}
	err := sqlerr.New(sqlerr.SyntaxError, pos, "unexpected character %q", r)
	switch {
	case strings.ContainsRune("‘’‚‛´", r):
		return err.WithHint("Use ' around text.")
	case strings.ContainsRune("“”„‟«»", r):
		return err.WithHint("Use ' around text and \" around names.")
	case unicode.IsSpace(r) || unicode.Is(unicode.Cf, r):
		return err.WithHint("It looks like a space but is none: type one in its place.")
	case unicode.Is(unicode.Pd, r) || r == '−':
		return err.WithHint("Use - for minus.")
	}
	return err.WithHint("Put a name that holds it in double quotes.")
}

// word reads a name or a keyword. Letters of every script belong to names.
func (s *scanner) word() error {
	for s.at < len(s.text) {
		c := s.text[s.at]
		if c < utf8.RuneSelf {
			if !isLetter(c) && !isDigit(c) && c != '$' {
				return nil
			}
			s.at++
			continue
		}
		r, size := utf8.DecodeRuneInString(s.text[s.at:])
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) {
			return badCharacter(r, size, s.at)
		}
		s.at += size
	}
	return nil
}

// checked refuses a value that no text of ours may hold.
func checked(value string, at int) error {
	if utf8.ValidString(value) && strings.IndexByte(value, 0) < 0 {
		return nil
	}
	return sqlerr.New(sqlerr.InvalidCharacter, sqlerr.At(at), "this text is not valid UTF-8, or holds a zero byte").
		WithHint(`Write bytes as '\x00ff'::BYTEA.`)
}

// continued moves to the quote that goes on with the string before it: nothing but space lies between, a line break in it.
func (s *scanner) continued() bool {
	i, newline := s.at, false
	for ; i < len(s.text) && strings.IndexByte(blanks, s.text[i]) >= 0; i++ {
		newline = newline || s.text[i] == '\n'
	}
	if !newline || i == len(s.text) || s.text[i] != '\'' {
		return false
	}
	s.at = i
	return true
}

// unicodeQuoted reads U&'…' and U&"…": \hhhh and \+hhhhhh are characters; UESCAPE 'c' may name another sign than \.
func (s *scanner) unicodeQuoted() (Kind, string, error) {
	start := s.at
	s.at += 2
	kind, quote := String, s.text[s.at]
	if quote == '"' {
		kind = Quoted
	}
	raw, err := s.quoted(quote, false)
	if err != nil {
		return kind, "", err
	}
	sign, end := byte('\\'), s.at
	for s.at < len(s.text) && strings.IndexByte(blanks, s.text[s.at]) >= 0 {
		s.at++
	}
	if rest := s.text[s.at:]; len(rest) >= 7 && strings.EqualFold(rest[:7], "uescape") {
		quoted := strings.TrimLeft(rest[7:], blanks)
		if len(quoted) < 3 || quoted[0] != '\'' || quoted[2] != '\'' || quoted[1] >= utf8.RuneSelf || strings.IndexByte("0123456789abcdefABCDEF+'\" ", quoted[1]) >= 0 {
			return kind, "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(s.at), "UESCAPE takes one sign that is no digit, letter a to f, plus or quote")
		}
		sign = quoted[1]
		end = len(s.text) - len(quoted) + 3
	}
	s.at = end
	value, ok := decodeUnicode(raw, sign)
	if !ok || kind == Quoted && value == "" {
		return kind, "", sqlerr.New(sqlerr.InvalidCharacter, sqlerr.At(start), "invalid escape in this text").
			WithHint("Write characters as %c0041 or %c+000041.", sign, sign)
	}
	return kind, value, nil
}

// decodeUnicode puts characters in place of the escapes of U&'…'.
func decodeUnicode(raw string, sign byte) (string, bool) {
	var b strings.Builder
	high := rune(0) // the first half of a surrogate pair
	for {
		n := strings.IndexByte(raw, sign)
		if n != 0 && high != 0 {
			return "", false
		}
		if n < 0 {
			b.WriteString(raw)
			return b.String(), true
		}
		b.WriteString(raw[:n])
		raw = raw[n+1:]
		digits := 4
		switch {
		case raw == "":
			return "", false
		case raw[0] == sign && high == 0:
			b.WriteByte(sign)
			raw = raw[1:]
			continue
		case raw[0] == '+':
			raw, digits = raw[1:], 6
		}
		if len(raw) < digits {
			return "", false
		}
		v, err := strconv.ParseUint(raw[:digits], 16, 32)
		if err != nil {
			return "", false
		}
		raw = raw[digits:]
		r := rune(v)
		switch {
		case high != 0 && r >= 0xDC00 && r < 0xE000:
			r, high = (high-0xD800)<<10+(r-0xDC00)+0x10000, 0
		case high != 0:
			return "", false
		case r >= 0xD800 && r < 0xDC00:
			high = r
			continue
		}
		if !utf8.ValidRune(r) {
			return "", false
		}
		b.WriteRune(r)
	}
}

// fold is a word as names are compared: its ASCII letters in lower case, as in PostgreSQL.
func fold(word string) string {
	for i := range len(word) {
		if word[i] >= 'A' && word[i] <= 'Z' {
			b := []byte(word)
			for ; i < len(b); i++ {
				if b[i] >= 'A' && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return word
}
