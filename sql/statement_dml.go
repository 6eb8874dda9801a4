package sql

import (
	"strings"

	"millrace/sqlerr"
)

// until takes the tokens up to a comma, a closing parenthesis or one of the words, all of them outside of parentheses.
// FROM behind DISTINCT is part of an expression.
func (p *parser) until(words ...string) []Token {
	from, depth := p.at, 0
	for ; !p.done(); p.at++ {
		switch t := p.peek(); {
		case t.op("("), t.op("["):
			depth++
		case (t.op(")") || t.op("]")) && depth == 0, t.op(",") && depth == 0:
			return p.tokens[from:p.at]
		case t.op(")"), t.op("]"):
			depth--
		case depth == 0 && t.is(words...) && !(t.is("FROM") && p.at > from && p.tokens[p.at-1].is("DISTINCT")):
			return p.tokens[from:p.at]
		}
	}
	return p.tokens[from:p.at]
}

// tableAlias reads [AS] name in front of one of the words or the end.
func (p *parser) tableAlias(words ...string) (*Name, error) {
	as := p.accept("AS")
	if t := p.peek(); !as && (p.done() || t.is(words...) || t.op("(")) {
		return nil, nil
	}
	n, err := p.name("an alias")
	return &n, err
}

func (p *parser) insert() (Statement, error) {
	ins := &Insert{Node: p.node()}
	p.at++
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	var err error
	if ins.Table, err = p.objectName("a table's name"); err != nil {
		return nil, err
	}
	if p.accept("AS") {
		n, err := p.name("an alias")
		if err != nil {
			return nil, err
		}
		ins.Alias = &n
	}
	if next := p.peekAt(1); p.peek().op("(") && !next.is("SELECT", "WITH", "VALUES", "TABLE") && !next.op("(") {
		if ins.Columns, err = p.nameList("a column's name"); err != nil {
			return nil, err
		}
	}
	if t := p.peek(); t.is("OVERRIDING") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "OVERRIDING", "Leave it out.")
	}
	if p.accept("DEFAULT", "VALUES") {
		return ins, p.insertEnd(ins)
	}
	if t := p.peek(); !t.is("SELECT", "WITH", "VALUES", "TABLE") && !t.op("(") {
		return nil, p.unexpected("a query: SELECT, WITH or VALUES")
	}
	from := p.at
	depth := 0
	for ; !p.done(); p.at++ {
		switch t := p.peek(); {
		case t.op("("), t.op("["):
			depth++
		case t.op(")"), t.op("]"):
			depth--
		case depth == 0 && (t.is("RETURNING") || t.is("ON") && p.peekAt(1).is("CONFLICT")):
			q, err := p.query(p.tokens[from:p.at])
			if err != nil {
				return nil, err
			}
			ins.Query = q
			return ins, p.insertEnd(ins)
		}
	}
	ins.Query, err = p.query(p.tokens[from:])
	return ins, err
}

// insertEnd reads ON CONFLICT and RETURNING.
func (p *parser) insertEnd(ins *Insert) error {
	var err error
	if n := p.node(); p.accept("ON", "CONFLICT") {
		if ins.OnConflict, err = p.onConflict(n); err != nil {
			return err
		}
	}
	if ins.Returning, err = p.returning(); err != nil {
		return err
	}
	return p.finished()
}

func (p *parser) onConflict(n Node) (*OnConflict, error) {
	c := &OnConflict{Node: n}
	var err error
	switch t := p.peek(); {
	case t.op("("):
		if c.Target, err = p.nameList("a column's name"); err != nil {
			return nil, err
		}
	case t.is("ON"):
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "ON CONFLICT ON CONSTRAINT", "Name the primary key's columns: ON CONFLICT (…).")
	}
	if t := p.peek(); t.is("WHERE") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "WHERE of a conflict's columns", "Leave it out.")
	}
	if err := p.expect("DO"); err != nil {
		return nil, err
	}
	if p.accept("NOTHING") {
		return c, nil
	}
	if !p.accept("UPDATE") {
		return nil, p.unexpected("NOTHING or UPDATE SET")
	}
	if c.Set, err = p.setList("WHERE", "RETURNING"); err != nil {
		return nil, err
	}
	c.Where, err = p.where("RETURNING")
	return c, err
}

// setList reads SET a = expr, (b, c) = (expr, expr), ….
func (p *parser) setList(words ...string) ([]SetClause, error) {
	if err := p.expect("SET"); err != nil {
		return nil, err
	}
	var out []SetClause
	for {
		var columns []Name
		list := p.peek().op("(")
		if list {
			names, err := p.nameList("a column's name")
			if err != nil {
				return nil, err
			}
			columns = names
		} else {
			n, err := p.name("a column's name")
			if err != nil {
				return nil, err
			}
			columns = []Name{n}
			if t := p.peek(); t.op(".") || t.op("[") {
				return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "SET of a part of a column", "Set the whole column.")
			}
		}
		if err := p.expectOp("="); err != nil {
			return nil, err
		}
		values, err := p.setValues(columns, list, words)
		if err != nil {
			return nil, err
		}
		out = append(out, values...)
		if !p.peek().op(",") {
			return out, nil
		}
		p.at++
	}
}

// setValues reads what is behind = of SET: an expression, or as many in parentheses as there are columns.
func (p *parser) setValues(columns []Name, list bool, words []string) ([]SetClause, error) {
	if !list {
		e, err := p.exprOrDefault(p.until(words...))
		return []SetClause{{columns[0], e}}, err
	}
	p.accept("ROW")
	n := p.node()
	if err := p.expectOp("("); err != nil {
		return nil, err
	}
	if t := p.peek(); t.is("SELECT", "WITH", "VALUES") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "SET of several columns to a query", "Set each column to a subquery of its own.")
	}
	var out []SetClause
	for {
		e, err := p.exprOrDefault(p.upTo())
		if err != nil {
			return nil, err
		}
		if len(out) < len(columns) {
			out = append(out, SetClause{columns[len(out)], e})
		} else {
			out = append(out, SetClause{Expr: e})
		}
		if !p.peek().op(",") {
			break
		}
		p.at++
	}
	if len(out) != len(columns) {
		return nil, sqlerr.New(sqlerr.SyntaxError, n.At, "number of columns does not match number of values: %d and %d", len(columns), len(out))
	}
	return out, p.expectOp(")")
}

// exprOrDefault is nil for DEFAULT.
func (p *parser) exprOrDefault(tokens []Token) (Expr, error) {
	if len(tokens) == 1 && tokens[0].is("DEFAULT") {
		return nil, nil
	}
	return p.expr(tokens)
}

// defaultExpr takes the tokens of DEFAULT expr in a column's declaration.
func (p *parser) defaultExpr() []Token {
	from := p.at
	p.until("PRIMARY", "UNIQUE", "CHECK", "REFERENCES", "COMMENT", "METADATA", "COLLATE", "CONSTRAINT")
	end := p.at
	// NOT NULL and NULL behind the expression belong to the column
	for at := from + 1; at < end; at++ {
		if p.tokens[at].is("NOT") && at+1 < end && p.tokens[at+1].is("NULL") && !p.tokens[at-1].is("IS") {
			end = at
			break
		}
	}
	if end-from > 1 && p.tokens[end-1].is("NULL") && !p.tokens[end-2].is("IS", "NOT") && p.tokens[end-2].Kind != Operator {
		end--
	}
	p.at = end
	return p.tokens[from:end]
}

func (p *parser) where(words ...string) (Expr, error) {
	if !p.accept("WHERE") {
		return nil, nil
	}
	if t := p.peek(); t.is("CURRENT") && p.peekAt(1).is("OF") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "WHERE CURRENT OF", "Name the row by its key.")
	}
	return p.expr(p.until(words...))
}

// returning reads RETURNING as the select list that it is.
func (p *parser) returning() ([]SelectItem, error) {
	if !p.peek().is("RETURNING") {
		return nil, nil
	}
	tokens := append([]Token(nil), p.rest()...)
	tokens[0].Text = "SELECT"
	q, err := p.query(tokens)
	if err != nil {
		return nil, err
	}
	s, ok := q.Body.(*Select)
	if !ok || s.From != nil || s.Where != nil || len(s.GroupBy) > 0 || s.Having != nil || s.Distinct || len(s.DistinctOn) > 0 ||
		len(q.OrderBy) > 0 || q.Limit != nil || q.Offset != nil || q.Emit != nil || len(s.Windows) > 0 || s.Qualify != nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(tokens[0].Pos), "RETURNING takes a list of expressions").
			WithHint("Write RETURNING *, or RETURNING a, b.")
	}
	return s.Items, nil
}

func (p *parser) update() (Statement, error) {
	u := &Update{Node: p.node()}
	p.at++
	p.accept("ONLY")
	var err error
	if u.Table, err = p.objectName("a table's name"); err != nil {
		return nil, err
	}
	if u.Alias, err = p.tableAlias("SET"); err != nil {
		return nil, err
	}
	if u.Set, err = p.setList("WHERE", "FROM", "RETURNING"); err != nil {
		return nil, err
	}
	if t := p.peek(); t.is("FROM") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "UPDATE … FROM", "Take the values from a subquery: SET a = (SELECT …).")
	}
	if u.Where, err = p.where("RETURNING"); err != nil {
		return nil, err
	}
	if u.Returning, err = p.returning(); err != nil {
		return nil, err
	}
	return u, p.finished()
}

func (p *parser) delete() (Statement, error) {
	d := &Delete{Node: p.node()}
	p.at++
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	p.accept("ONLY")
	var err error
	if d.Table, err = p.objectName("a table's name"); err != nil {
		return nil, err
	}
	if d.Alias, err = p.tableAlias("WHERE", "USING", "RETURNING"); err != nil {
		return nil, err
	}
	if t := p.peek(); t.is("USING") {
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "DELETE … USING", "Filter with a subquery: WHERE a IN (SELECT …).")
	}
	if d.Where, err = p.where("RETURNING"); err != nil {
		return nil, err
	}
	if d.Returning, err = p.returning(); err != nil {
		return nil, err
	}
	return d, p.finished()
}

func (p *parser) truncate() (Statement, error) {
	t := &Truncate{Node: p.node()}
	p.at++
	p.accept("TABLE")
	p.accept("ONLY")
	var err error
	if t.Table, err = p.objectName("a table's name"); err != nil {
		return nil, err
	}
	if n := p.peek(); n.op(",") {
		return nil, sqlerr.Unsupported(sqlerr.At(n.Pos), "TRUNCATE of several tables", "Write one statement a table.")
	}
	if n := p.peek(); n.is("RESTART", "CASCADE") {
		return nil, sqlerr.Unsupported(sqlerr.At(n.Pos), strings.ToUpper(n.Text)+" of TRUNCATE", "Leave it out.")
	}
	if !p.accept("CONTINUE", "IDENTITY") {
		p.accept("RESTRICT")
	}
	return t, p.finished()
}

// reset reads RESET name and RESET ALL.
func (p *parser) reset() (Statement, error) {
	r := &Reset{Node: p.node()}
	p.at++
	if n := p.node(); p.accept("TIME", "ZONE") {
		r.Name = Name{Node: n, Text: "timezone"}
		return r, p.finished()
	} else if p.accept("SESSION", "AUTHORIZATION") {
		r.Name = Name{Node: n, Text: "session_authorization"}
		return r, p.finished()
	}
	var err error
	if r.Name, err = p.dotted("a setting's name, or ALL"); err != nil {
		return nil, err
	}
	return r, p.finished()
}

func (p *parser) showCreate(n Node) (Statement, error) {
	s := &ShowCreate{Node: n}
	if p.accept("JOB") {
		name, err := p.jobName()
		if err != nil {
			return nil, err
		}
		s.Kind, s.Name = "JOB", ObjectName{Node: name.Node, Parts: []string{name.Text}}
		return s, p.finished()
	}
	for _, kind := range []string{"MATERIALIZED VIEW", "TABLE", "SOURCE", "SINK", "VIEW"} {
		if p.accept(strings.Fields(kind)...) {
			s.Kind = kind
			break
		}
	}
	if s.Kind == "" {
		return nil, p.unexpected("TABLE, SOURCE, SINK, VIEW, MATERIALIZED VIEW or JOB")
	}
	var err error
	if s.Name, err = p.objectName("a name"); err != nil {
		return nil, err
	}
	return s, p.finished()
}
