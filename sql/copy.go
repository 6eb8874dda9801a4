package sql

import (
	"slices"
	"strings"

	"millrace/sqlerr"
)

// Copy is COPY table [(columns)] FROM STDIN [WHERE …] and COPY table [(columns)] | (query) TO STDOUT, with options.
type Copy struct {
	Node
	Table   ObjectName
	Columns []Name // empty: all
	Query   *Query // nil: Table
	From    bool
	Options []CopyOption
	Where   Expr // nil: none
}

// CopyOption is one of them. Its name is in lower case, with _ for spaces.
type CopyOption struct {
	Node
	Name    string
	Value   *Value // nil: none was given
	Columns []Name // of force_…
	All     bool   // * in place of columns
}

func (*Copy) statement() {}

func (p *parser) copy() (Statement, error) {
	c := &Copy{Node: p.node()}
	p.at++
	var err error
	if p.peek().op("(") {
		p.at++
		if c.Query, err = p.query(p.enclosed()); err != nil {
			return nil, err
		}
		if err := p.expectOp(")"); err != nil {
			return nil, err
		}
	} else {
		if c.Table, err = p.objectName("a table's name, or a query in parentheses"); err != nil {
			return nil, err
		}
		if p.peek().op("(") {
			if c.Columns, err = p.nameList("a column's name"); err != nil {
				return nil, err
			}
		}
	}
	at := p.node()
	switch {
	case p.accept("FROM"):
		if c.Query != nil {
			return nil, sqlerr.New(sqlerr.SyntaxError, at.At, "COPY FROM takes a table, no query")
		}
		c.From = true
	case !p.accept("TO"):
		return nil, p.unexpected("FROM or TO")
	}
	want := "STDOUT"
	if c.From {
		want = "STDIN"
	}
	switch t := p.peek(); {
	case t.Kind == String, t.is("PROGRAM"):
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "COPY with a file or program of the server",
			"Use psql's \\copy, or a table of connector 'file'.")
	case !p.accept("STDIN") && !p.accept("STDOUT"): // PostgreSQL takes either with both
		return nil, p.unexpected(want)
	}
	with := p.accept("WITH")
	if p.peek().op("(") {
		err = p.copyOptions(c)
	} else {
		err = p.oldCopyOptions(c, with)
	}
	if err != nil {
		return nil, err
	}
	if at := p.node(); p.accept("WHERE") {
		if !c.From {
			return nil, sqlerr.New(sqlerr.SyntaxError, at.At, "WHERE is not allowed with COPY TO").WithHint("Write COPY (SELECT … WHERE …) TO STDOUT.")
		}
		if c.Where, err = p.expr(p.rest()); err != nil {
			return nil, err
		}
	}
	return c, p.finished()
}

// enclosed takes the tokens up to the parenthesis that closes the one behind which the parser stands.
func (p *parser) enclosed() []Token {
	from, depth := p.at, 0
	for ; !p.done(); p.at++ {
		if t := p.peek(); t.op("(") {
			depth++
		} else if t.op(")") {
			if depth--; depth < 0 {
				break
			}
		}
	}
	return p.tokens[from:p.at]
}

func (p *parser) addCopyOption(c *Copy, o CopyOption) error {
	if slices.ContainsFunc(c.Options, func(x CopyOption) bool { return x.Name == o.Name }) {
		return sqlerr.New(sqlerr.SyntaxError, o.At, "conflicting or redundant options").WithDetail("%q is there twice.", o.Name)
	}
	c.Options = append(c.Options, o)
	return nil
}

// copyOptions reads ( name [value], … ).
func (p *parser) copyOptions(c *Copy) error {
	p.at++
	for {
		o := CopyOption{Node: p.node()}
		name, err := p.name("an option's name")
		if err != nil {
			return err
		}
		o.Name = fold(name.Text)
		switch t := p.peek(); {
		case t.op(",") || t.op(")"):
		case t.op("*"):
			o.All = true
			p.at++
		case t.op("("):
			if o.Columns, err = p.nameList("a column's name"); err != nil {
				return err
			}
		default:
			if err := p.copyValue(&o); err != nil {
				return err
			}
		}
		if err := p.addCopyOption(c, o); err != nil {
			return err
		}
		if !p.peek().op(",") {
			return p.expectOp(")")
		}
		p.at++
	}
}

// copyValue reads a value as it is: a delimiter is no place for variables.
func (p *parser) copyValue(o *CopyOption) error {
	t := p.peek()
	if t.Kind != String && t.Kind != Number && t.Kind != Word && t.Kind != Quoted {
		return p.unexpected("a value")
	}
	o.Value = &Value{Node: p.node(), Text: t.Text}
	p.at++
	return nil
}

// oldCopyOptions reads the options as they were before PostgreSQL 9.0: CSV HEADER DELIMITER AS ';'. They are still
// what people write behind \copy.
func (p *parser) oldCopyOptions(c *Copy, with bool) error {
	for first := true; !p.done() && !p.peek().is("WHERE"); first = false {
		o := CopyOption{Node: p.node()}
		var err error
		switch t := p.peek(); {
		case p.accept("BINARY"), p.accept("CSV"):
			o.Name, o.Value = "format", &Value{Node: o.Node, Text: strings.ToLower(t.Text)}
		case p.accept("HEADER"), p.accept("FREEZE"):
			o.Name = strings.ToLower(t.Text)
		case t.is("DELIMITER", "DELIMITERS", "NULL", "QUOTE", "ESCAPE", "ENCODING"):
			p.at++
			o.Name = strings.TrimSuffix(strings.ToLower(t.Text), "s")
			p.accept("AS")
			if p.peek().Kind != String {
				return p.unexpected("a string")
			}
			err = p.copyValue(&o)
		case p.accept("FORCE", "QUOTE"):
			o.Name = "force_quote"
			err = p.copyColumns(&o)
		case p.accept("FORCE", "NOT", "NULL"):
			o.Name = "force_not_null"
			err = p.copyColumns(&o)
		case p.accept("FORCE", "NULL"):
			o.Name = "force_null"
			err = p.copyColumns(&o)
		default:
			if first && !with {
				return p.unexpected("WITH, the options or the end of the statement")
			}
			return p.unexpected("an option: CSV, HEADER, DELIMITER, NULL, QUOTE, ESCAPE, ENCODING or FORCE")
		}
		if err == nil {
			err = p.addCopyOption(c, o)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// copyColumns reads * or names without parentheses.
func (p *parser) copyColumns(o *CopyOption) error {
	if p.peek().op("*") {
		p.at++
		o.All = true
		return nil
	}
	for {
		n, err := p.name("a column's name")
		if err != nil {
			return err
		}
		o.Columns = append(o.Columns, n)
		if !p.peek().op(",") {
			return nil
		}
		p.at++
	}
}

func (p *printer) copy(c *Copy) {
	p.put("COPY ")
	if c.Query != nil {
		p.put("(")
		p.query(c.Query)
		p.put(")")
	} else {
		p.put(quoteNames(c.Table.Parts))
		if len(c.Columns) > 0 {
			p.put(" ")
			p.names(c.Columns)
		}
	}
	if c.From {
		p.put(" FROM STDIN")
	} else {
		p.put(" TO STDOUT")
	}
	if len(c.Options) > 0 {
		p.put(" WITH (")
		p.list(len(c.Options), func(i int) {
			o := c.Options[i]
			p.put(quoteName(o.Name))
			switch {
			case o.All:
				p.put(" *")
			case len(o.Columns) > 0:
				p.put(" ")
				p.names(o.Columns)
			case o.Value != nil:
				p.put(" ", quoteText(o.Value.Text))
			}
		})
		p.put(")")
	}
	p.where(c.Where)
}
