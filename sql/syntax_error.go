package sql

import (
	"fmt"
	"strings"
)

// syntaxError finds the place that the parser's message is about: it quotes the text from there on.
func (c *converter) syntaxError(err error, text string) error {
	msg := err.Error()
	at := len(text)
	if i := strings.Index(msg, `near "`); i >= 0 {
		rest := msg[i+len(`near "`):]
		total := -1
		if j := strings.LastIndex(rest, "(total length "); j >= 0 {
			_, _ = fmt.Sscanf(rest[j:], "(total length %d)", &total)
		}
		if j := strings.LastIndexByte(rest, '"'); j >= 0 {
			rest = rest[:j]
		}
		if total < 0 {
			total = len(rest)
		}
		at = max(0, len(text)-total)
	}
	src := c.out.source(at, c.end)
	if at >= len(text) || src >= c.end {
		return unexpected(Token{Kind: Bad, Pos: src, End: src}, c.r.text, "")
	}
	return c.r.unexpectedAt(src)
}

// unexpectedAt is the error about the token that stands at a place.
func (r *rewriter) unexpectedAt(src int) error {
	tokens := Tokens(r.text[min(src, len(r.text)):])
	if len(tokens) == 0 || tokens[0].op(";") {
		return unexpected(Token{Kind: Bad, Pos: src, End: src}, r.text, "")
	}
	t := tokens[0]
	t.Pos, t.End = t.Pos+src, t.End+src
	if t.Kind == Bad {
		t.Kind = Operator
	}
	e := unexpected(t, r.text, "")
	if h := habits[strings.ToUpper(t.Text)]; h != "" {
		e.Hint = h
	}
	if t.Kind == Word && reserved[strings.ToUpper(t.Text)] {
		e.Hint = fmt.Sprintf("%s is a keyword: quote it if it is a name.", strings.ToUpper(t.Text))
	}
	return e
}
