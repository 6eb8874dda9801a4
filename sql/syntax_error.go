package sql

import (
	"errors"
	"fmt"
	"strings"

	"millrace/sqlerr"
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

// notOurClause makes of a syntax error one about a clause of PostgreSQL that there is not: FOR UPDATE and the like, SELECT INTO.
func notOurClause(tokens []Token, err error) error {
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.SyntaxError {
		return err
	}
	off, ok := e.Pos.Offset()
	for i := 0; ok && i < len(tokens); i++ {
		t := tokens[i]
		switch {
		case t.is("FOR") && i+1 < len(tokens) && tokens[i+1].is("UPDATE", "SHARE", "NO", "KEY") && off >= t.Pos && off <= tokens[i+1].Pos:
			return sqlerr.Unsupported(sqlerr.At(t.Pos), "FOR "+strings.ToUpper(tokens[i+1].Text), "Leave it out: rows are not locked. Put what belongs together into one statement, such as UPDATE … SET n = n + 1 WHERE … RETURNING.")
		case t.is("INTO") && off == t.Pos:
			return sqlerr.Unsupported(e.Pos, "SELECT INTO", "Write CREATE TABLE name AS SELECT …, or INSERT INTO name SELECT ….")
		}
	}
	return err
}
