package sql

import (
	"fmt"
	"strings"

	"millrace/sqlerr"
)

// parser reads statements off a list of tokens.
type parser struct {
	text   string
	tokens []Token
	at     int
	lookup func(name string) (string, bool)
	depth  int    // of the type that is read
	narrow string // of the type that was read last, see written
	length int
	stop   Token // stands behind the tokens, for messages; the zero value: nothing does
}

// Parse reads a whole text, up to its first error. All places are byte offsets in it. lookup gives the value of ${name} in the values of options and settings; what it gives is
// taken as it is and not read again. It may be nil: then no name has a value.
func Parse(text string, lookup func(name string) (string, bool)) ([]Statement, error) {
	tokens, unread := scan(text)
	var out []Statement
	for len(tokens) > 0 {
		n := 0
		for n < len(tokens) && !tokens[n].op(";") {
			n++
		}
		if n == len(tokens) && unread != nil { // the error is in this statement
			break
		}
		if n > 0 {
			p := &parser{text: text, tokens: tokens[:n:n], lookup: lookup}
			s, err := p.statement()
			if err != nil {
				return nil, err
			}
			out = append(out, s)
		}
		tokens = tokens[min(n+1, len(tokens)):]
	}
	if unread != nil {
		return nil, unread
	}
	return out, nil
}

// ParseQuery reads one query.
func ParseQuery(text string) (*Query, error) {
	stmts, err := Parse(text, nil)
	if err != nil {
		return nil, err
	}
	if len(stmts) == 1 {
		if s, ok := stmts[0].(*SelectStatement); ok {
			return s.Query, nil
		}
	}
	pos := sqlerr.At(0)
	if len(stmts) > 1 {
		pos = stmts[1].Pos()
	}
	return nil, sqlerr.New(sqlerr.SyntaxError, pos, "one query is expected here").WithHint("Begin with SELECT, WITH or VALUES.")
}

// ParseExpr reads one expression.
func ParseExpr(text string) (Expr, error) {
	tokens, err := scan(text)
	if err != nil {
		return nil, err
	}
	return (&rewriter{text: text}).expr(tokens, len(text))
}

// end is a token that stands behind the last.
func (p *parser) end() Token {
	at := len(p.text)
	if n := len(p.tokens); n > 0 {
		at = p.tokens[n-1].End
	}
	return Token{Kind: Bad, Pos: at, End: at}
}

func (p *parser) peekAt(n int) Token {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return p.end()
}

func (p *parser) peek() Token { return p.peekAt(0) }
func (p *parser) done() bool  { return p.at >= len(p.tokens) }

// accept reads the keywords if they are next, all of them.
func (p *parser) accept(words ...string) bool {
	for i, w := range words {
		if !p.peekAt(i).is(w) {
			return false
		}
	}
	p.at += len(words)
	return true
}

func (p *parser) expect(words ...string) error {
	for _, w := range words {
		if !p.accept(w) {
			return p.unexpected(w)
		}
	}
	return nil
}

func (p *parser) expectOp(op string) error {
	if !p.peek().op(op) {
		return p.unexpected("'" + op + "'")
	}
	p.at++
	return nil
}

// unexpected is the error about the next token.
func (p *parser) unexpected(want string) error {
	t := p.peek()
	if p.done() && p.stop.Pos > 0 {
		t = p.stop
	}
	return unexpected(t, p.text, want)
}

func unexpected(t Token, text, want string) *sqlerr.Error {
	var err *sqlerr.Error
	if t.Kind == Bad {
		err = sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "unexpected end of the statement")
	} else {
		err = sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "syntax error at or near %q", text[t.Pos:t.End])
	}
	if want != "" {
		err.Hint = "Expected " + want + "."
	}
	return err
}

func (p *parser) node() Node { return Node{At: sqlerr.At(p.peek().Pos)} }

// name reads an identifier.
func (p *parser) name(what string) (Name, error) {
	t := p.peek()
	n := Name{Node: p.node(), Text: t.Text}
	switch t.Kind {
	case Word:
		n.Text = fold(t.Text)
	case Quoted:
	default:
		return n, p.unexpected(what)
	}
	p.at++
	return n, nil
}

// objectName reads [[catalog.]schema.]object.
func (p *parser) objectName(what string) (ObjectName, error) {
	out := ObjectName{Node: p.node()}
	for {
		n, err := p.name(what)
		if err != nil {
			return out, err
		}
		out.Parts = append(out.Parts, n.Text)
		if !p.peek().op(".") {
			break
		}
		p.at++
	}
	if len(out.Parts) > 3 {
		return out, sqlerr.New(sqlerr.SyntaxError, out.At, "a name has at most three parts: catalog.schema.table")
	}
	return out, nil
}

// nameList reads (a, b, …).
func (p *parser) nameList(what string) ([]Name, error) {
	if err := p.expectOp("("); err != nil {
		return nil, err
	}
	var out []Name
	for {
		n, err := p.name(what)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
		if !p.peek().op(",") {
			return out, p.expectOp(")")
		}
		p.at++
	}
}

// upTo takes the tokens up to a comma or a closing parenthesis of the list that the parser stands in.
func (p *parser) upTo() []Token {
	from, depth := p.at, 0
	for ; !p.done(); p.at++ {
		switch t := p.peek(); {
		case t.op("("), t.op("["):
			depth++
		case (t.op(")") || t.op("]")) && depth == 0, t.op(",") && depth == 0:
			return p.tokens[from:p.at]
		case t.op(")"), t.op("]"):
			depth--
		}
	}
	return p.tokens[from:p.at]
}

// rest takes all tokens that are left.
func (p *parser) rest() []Token {
	t := p.tokens[p.at:]
	p.at = len(p.tokens)
	return t
}

func (p *parser) expr(tokens []Token) (Expr, error) {
	return (&rewriter{text: p.text}).expr(tokens, p.peek().Pos)
}

func (p *parser) query(tokens []Token) (*Query, error) {
	q, err := (&rewriter{text: p.text}).query(tokens, p.peek().Pos)
	if err != nil {
		err = notOurClause(tokens, err)
	}
	return q, err
}

// value reads the value of an option or a setting, with its variables filled in where it is a string.
func (p *parser) value() (Value, error) {
	t := p.peek()
	v := Value{Node: p.node(), Text: t.Text}
	switch {
	case t.Kind == String:
		text, err := p.expand(t)
		if err != nil {
			return v, err
		}
		v.Text = text
	case t.Kind == Number, t.Kind == Word, t.Kind == Quoted:
	case t.op("-") && p.peekAt(1).Kind == Number:
		p.at++
		v.Text = "-" + p.peek().Text
	default:
		return v, p.unexpected("a value")
	}
	if t.Kind == Word {
		v.Text = fold(t.Text)
	}
	p.at++
	return v, nil
}

// isVariable reports whether a text can be the name of a variable.
func isVariable(name string) bool {
	for i := range len(name) {
		if c := name[i]; !isLetter(c) && !isDigit(c) && c != '.' && c != '-' {
			return false
		}
	}
	return name != ""
}

// expand fills in ${name}. What it fills in is not looked at again.
func (p *parser) expand(t Token) (string, error) {
	var b strings.Builder
	text := t.Text
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String(), nil
		}
		name, after, closed := strings.Cut(rest, "}")
		if !closed || !isVariable(name) {
			return "", sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos+max(0, strings.Index(p.text[t.Pos:t.End], "${"))), "this is no variable").
				WithHint("Write ${NAME}, of letters, digits, dots, - and _.")
		}
		value, ok := "", false
		if p.lookup != nil {
			value, ok = p.lookup(name)
		}
		if !ok {
			pos := t.Pos
			if i := strings.Index(p.text[t.Pos:t.End], "${"+name+"}"); i >= 0 {
				pos += i
			}
			return "", sqlerr.New(sqlerr.UndefinedObject, sqlerr.At(pos), "the variable ${%s} has no value", name).
				WithHint("%s", fmt.Sprintf("Give it with --set %s=… or in the environment.", name))
		}
		b.WriteString(value)
		text = after
	}
}
