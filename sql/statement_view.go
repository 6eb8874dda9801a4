package sql

import "millrace/sqlerr"

// Subscribe is SUBSCRIBE TO name [WITH (snapshot = false)]: the rows of a table that millrace keeps, and then what becomes of
// them.
type Subscribe struct {
	Node
	Name    ObjectName
	Options []Option
}

// Refresh is REFRESH MATERIALIZED VIEW [CONCURRENTLY] name.
type Refresh struct {
	Node
	Name ObjectName
}

func (*Subscribe) statement() {}
func (*Refresh) statement()   {}

func (p *parser) createView(n Node, materialized, replace bool) (Statement, error) {
	v := &CreateView{Node: n, OrReplace: replace, Materialized: materialized, Text: p.source(n)}
	var err error
	if v.IfNotExists, err = p.ifNotExists(); err != nil {
		return nil, err
	}
	if v.Name, err = p.objectName("the view's name"); err != nil {
		return nil, err
	}
	if p.peek().op("(") {
		if v.Columns, err = p.nameList("a column's name"); err != nil {
			return nil, err
		}
	}
	if materialized && p.accept("WITH") {
		if v.Options, err = p.options(); err != nil {
			return nil, err
		}
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	rest := p.rest()
	if materialized { // as PostgreSQL has it: WITH DATA says nothing new
		if k := len(rest); k > 2 && rest[k-1].is("DATA") && rest[k-2].is("WITH") {
			rest = rest[:k-2]
		} else if k > 3 && rest[k-1].is("DATA") && rest[k-2].is("NO") && rest[k-3].is("WITH") {
			return nil, sqlerr.Unsupported(sqlerr.At(rest[k-3].Pos), "WITH NO DATA", "Leave it out: the view is filled when it is made.")
		}
	}
	v.Query, err = p.query(rest)
	return v, err
}

func (p *parser) subscribe() (Statement, error) {
	s := &Subscribe{Node: p.node()}
	p.at++
	p.accept("TO")
	var err error
	if s.Name, err = p.objectName("a view's or a table's name"); err != nil {
		return nil, err
	}
	if p.accept("WITH") {
		if s.Options, err = p.options(); err != nil {
			return nil, err
		}
	}
	return s, p.finished()
}

func (p *parser) refresh() (Statement, error) {
	r := &Refresh{Node: p.node()}
	p.at++
	if err := p.expect("MATERIALIZED", "VIEW"); err != nil {
		return nil, err
	}
	p.accept("CONCURRENTLY")
	var err error
	if r.Name, err = p.objectName("the view's name"); err != nil {
		return nil, err
	}
	if p.accept("WITH", "NO", "DATA") {
		return nil, sqlerr.Unsupported(r.At, "WITH NO DATA", "Leave it out.")
	}
	p.accept("WITH", "DATA")
	return r, p.finished()
}

func (p *printer) options(options []Option) {
	p.put(" WITH (")
	p.list(len(options), func(i int) {
		o := options[i]
		p.put(quoteText(o.Key.Text), " = ", quoteText(o.Value.Text))
	})
	p.put(")")
}

// SelectAll is SELECT * FROM name EMIT CHANGES.
func SelectAll(name ObjectName) *Query {
	n := name.Node
	return &Query{
		Node: n, Emit: &Emit{Node: n, Mode: OnChange},
		Body: &Select{Node: n, Items: []SelectItem{{Node: n, Star: true}}, From: &TableName{Node: n, Name: name}},
	}
}
