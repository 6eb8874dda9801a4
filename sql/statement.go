package sql

import (
	"slices"
	"strings"

	"millrace/sqlerr"
)

// starts lists the words that a statement can begin with.
var starts = []string{
	"SELECT", "WITH", "VALUES", "TABLE", "CREATE", "DROP", "INSERT", "UPDATE", "DELETE", "EXPLAIN", "SET", "SHOW", "DESCRIBE", "DESC",
	"TRUNCATE", "COPY", "ALTER", "RESET", "SUBSCRIBE", "REFRESH", "PAUSE", "RESUME", "CANCEL", "BEGIN", "START", "COMMIT", "ROLLBACK", "END",
	"ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "EXECUTE", "DEALLOCATE", "DECLARE", "FETCH", "MOVE", "CLOSE", "DISCARD", "VACUUM", "ANALYZE", "CHECKPOINT", "LOCK", "UNLISTEN",
}

// Starts are the words that a statement can begin with.
func Starts() []string { return slices.Clone(starts) }

// notOurs are statements that other databases have, and the way out.
var notOurs = map[string]string{
	"ALTER": "Drop the object and create it again.", "CALL": "",
	"CLUSTER": "Leave it out: rows are kept in the order of their key.",
	"COMMENT": "Leave it out, or write a comment into the statement: it is kept with a view.",
	"DO":      "There are no procedures.",
	"GRANT":   "",
	"LISTEN":  "SUBSCRIBE TO a view, or SELECT … EMIT CHANGES, gives what changes.",
	"MERGE":   "Use INSERT INTO: a sink with a primary key takes the rows as upserts.",
	"NOTIFY":  "SUBSCRIBE TO a view, or SELECT … EMIT CHANGES, gives what changes.",
	"REINDEX": "Leave it out: there are no indexes but the key.",
	"REPLACE": "Use INSERT INTO: a sink with a primary key takes the rows as upserts.",
	"REVOKE":  "",
	"USE":     "Write the schema in front of the table: schema.table.",
}

func (p *parser) statement() (Statement, error) {
	t := p.peek()
	n := p.node()
	switch {
	case t.is("SELECT", "WITH", "VALUES", "TABLE"), t.op("("):
		q, err := p.query(p.rest())
		return &SelectStatement{Node: n, Query: q}, err
	case t.is("CREATE"):
		return p.create()
	case t.is("PAUSE", "RESUME", "CANCEL"), t.is("DROP") && p.peekAt(1).is("JOB"):
		return p.alterJob()
	case t.is("DROP"):
		return p.drop()
	case t.is("INSERT"):
		return p.insert()
	case t.is("UPDATE"):
		return p.update()
	case t.is("DELETE"):
		return p.delete()
	case t.is("TRUNCATE"):
		return p.truncate()
	case t.is("COPY"):
		return p.copy()
	case t.is("ALTER"):
		return p.alter()
	case t.is("EXPLAIN"):
		p.at++
		e := &Explain{Node: n}
		if err := p.explainOptions(e); err != nil {
			return nil, err
		}
		if p.peek().is("EXPLAIN") || p.done() {
			return nil, p.unexpected("a statement to explain")
		}
		var err error
		e.Statement, err = p.statement()
		return e, err
	case t.is("SET"):
		return p.set()
	case t.is("RESET"):
		return p.reset()
	case t.is("SUBSCRIBE"):
		return p.subscribe()
	case t.is("REFRESH"):
		return p.refresh()
	case t.is("SHOW"):
		return p.show()
	case t.is("DESCRIBE", "DESC"):
		p.at++
		if p.peek().is("JOB") && p.at+1 < len(p.tokens) {
			p.at++
			return p.showJob(n)
		}
		if !p.accept("TABLE") {
			p.accept("VIEW")
		}
		name, err := p.objectName("a table's name")
		if err != nil {
			return nil, err
		}
		return &Describe{Node: n, Name: name}, p.finished()
	}
	if st, err := p.sessionStatement(); st != nil || err != nil {
		return st, err
	}
	if wayOut, ok := notOurs[strings.ToUpper(t.Text)]; ok && t.Kind == Word {
		return nil, sqlerr.Unsupported(n.At, strings.ToUpper(t.Text), wayOut)
	}
	err := unexpected(t, p.text, "")
	err.Hint = "A statement begins with " + strings.Join(starts[:11], ", ") + " or the like."
	if t.Kind == Word {
		if near := nearest(strings.ToUpper(t.Text), starts); near != "" {
			err.Hint = "Did you mean " + near + "?"
		}
	}
	return nil, err
}

// finished is an error where tokens are left.
func (p *parser) finished() error {
	if p.done() {
		return nil
	}
	return p.unexpected("the end of the statement")
}

func (p *parser) ifNotExists() (bool, error) {
	if !p.accept("IF") {
		return false, nil
	}
	return true, p.expect("NOT", "EXISTS")
}

func (p *parser) create() (Statement, error) {
	n := p.node()
	p.at++
	switch {
	case p.accept("TABLE"):
		return p.createTable(n, Table)
	case p.accept("SOURCE"):
		return p.createTable(n, Source)
	case p.accept("SINK"):
		return p.createTable(n, Sink)
	case p.accept("VIEW"):
		return p.createView(n, false, false)
	case p.accept("OR", "REPLACE", "VIEW"):
		return p.createView(n, false, true)
	case p.accept("MATERIALIZED", "VIEW"):
		return p.createView(n, true, false)
	case p.accept("USER"), p.accept("ROLE"):
		name, password, err := p.user()
		return &CreateUser{Node: n, Name: name, Password: password}, err
	case p.accept("OR", "REPLACE", "MATERIALIZED", "VIEW"):
		return p.createView(n, true, true)
	}
	switch t := p.peek(); {
	case t.is("OR") && p.peekAt(1).is("REPLACE"):
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "OR REPLACE", "Drop the object first, or write IF NOT EXISTS.")
	case t.is("TEMPORARY", "TEMP"):
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), strings.ToUpper(t.Text), "Leave it out.")
	case t.is("CATALOG", "DATABASE", "SCHEMA", "INDEX", "FUNCTION", "TYPE", "CONNECTION", "SECRET"):
		return nil, sqlerr.Unsupported(n.At, "CREATE "+strings.ToUpper(t.Text), "There are tables, sources, sinks and views.")
	}
	return nil, p.unexpected("TABLE, SOURCE, SINK, VIEW or MATERIALIZED VIEW")
}

// source is the statement as the user wrote it.
func (p *parser) source(n Node) string {
	off, _ := n.At.Offset()
	return p.text[off:p.tokens[len(p.tokens)-1].End]
}

func (p *parser) createTable(n Node, d Direction) (Statement, error) {
	c := &CreateTable{Node: n, Direction: d, Text: p.source(n)}
	var err error
	if c.IfNotExists, err = p.ifNotExists(); err != nil {
		return nil, err
	}
	if c.Name, err = p.objectName("the table's name"); err != nil {
		return nil, err
	}
	off, _ := n.At.Offset()
	c.nameEnd = p.tokens[p.at-1].End - off
	list := p.peek().op("(")
	if list {
		p.at++
		for {
			if err := p.tableElement(c); err != nil {
				return nil, err
			}
			if !p.peek().op(",") {
				break
			}
			p.at++
		}
		if err := p.expectOp(")"); err != nil {
			return nil, err
		}
	}
	c.AppendOnly = p.accept("APPEND", "ONLY")
	if p.accept("WITH") {
		if c.Options, err = p.options(); err != nil {
			return nil, err
		}
	} else if !list && !p.peek().is("AS") {
		return nil, p.unexpected("the columns in parentheses, WITH (…) or AS a query")
	}
	switch t := p.peek(); {
	case t.is("AS") && d == Table && !list && len(c.Options) == 0:
		p.at++
		c.Query, err = p.query(p.rest())
		return c, err
	case t.is("AS", "FROM"):
		return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "CREATE … "+strings.ToUpper(t.Text)+" with columns or a connector", "Declare the table, then write INSERT INTO … SELECT; or leave columns and WITH out.")
	}
	return c, p.finished()
}

// tableElement reads a column, PRIMARY KEY (…) or WATERMARK FOR ….
func (p *parser) tableElement(c *CreateTable) error {
	n := p.node()
	if p.accept("CONSTRAINT") {
		if _, err := p.name("the constraint's name"); err != nil {
			return err
		}
	}
	switch {
	case p.accept("PRIMARY", "KEY"):
		keys, err := p.nameList("a column's name")
		if err != nil {
			return err
		}
		p.accept("NOT", "ENFORCED")
		return p.primaryKey(c, n, keys)
	case p.peek().is("UNIQUE", "CHECK", "FOREIGN") && (p.peekAt(1).op("(") || p.peekAt(1).is("KEY")), p.peek().is("LIKE"):
		return sqlerr.Unsupported(n.At, strings.ToUpper(p.peek().Text)+" of a table", "Leave it out: nothing here would check it.")
	case p.accept("WATERMARK", "FOR"):
		if c.Watermark != nil {
			return sqlerr.New(sqlerr.SyntaxError, n.At, "a table has one WATERMARK")
		}
		col, err := p.name("a column's name")
		if err != nil {
			return err
		}
		if err := p.expect("AS"); err != nil {
			return err
		}
		e, err := p.expr(p.upTo())
		c.Watermark = &WatermarkDef{Node: n, Column: col, Expr: e}
		return err
	}
	return p.column(c)
}

func (p *parser) primaryKey(c *CreateTable, n Node, keys []Name) error {
	if c.PrimaryKey != nil {
		return sqlerr.New(sqlerr.InvalidDefinition, n.At, "a table has one primary key").WithHint("Name all its columns in PRIMARY KEY (…).")
	}
	c.PrimaryKey = keys
	return nil
}

func (p *parser) column(c *CreateTable) error {
	d := ColumnDef{}
	var err error
	if d.Name, err = p.name("a column's name"); err != nil {
		return err
	}
	if p.accept("AS") {
		d.Computed, err = p.expr(p.upTo())
		c.Columns = append(c.Columns, d)
		return err
	}
	if d.Type, err = p.typ(); err != nil {
		return err
	}
	for {
		n := p.node()
		switch {
		case p.accept("NOT", "NULL"):
			d.NotNull = true
		case p.accept("NULL"):
		case p.accept("PRIMARY", "KEY"):
			p.accept("NOT", "ENFORCED")
			if err := p.primaryKey(c, n, []Name{d.Name}); err != nil {
				return err
			}
		case p.accept("COMMENT"):
			if p.peek().Kind != String {
				return p.unexpected("a text in quotes")
			}
			p.at++
		case p.accept("DEFAULT"):
			if d.Default, err = p.expr(p.defaultExpr()); err != nil {
				return err
			}
		case p.peek().is("UNIQUE", "CHECK", "REFERENCES", "GENERATED", "COLLATE"):
			return sqlerr.Unsupported(n.At, strings.ToUpper(p.peek().Text)+" of a column", "Leave it out; a computed column is name AS expression.")
		case p.accept("METADATA"):
			d.HasMetadata, d.Metadata = true, d.Name.Text
			if p.accept("FROM") {
				if p.peek().Kind != String {
					return p.unexpected("a string: METADATA FROM 'timestamp'")
				}
				d.Metadata = p.peek().Text
				p.at++
			}
			p.accept("VIRTUAL")
		default:
			if t := p.peek(); !t.op(",") && !t.op(")") {
				return p.unexpected("NOT NULL, PRIMARY KEY, DEFAULT, METADATA FROM, ',' or ')'")
			}
			c.Columns = append(c.Columns, d)
			return nil
		}
	}
}

func (p *parser) drop() (Statement, error) {
	d := &Drop{Node: p.node()}
	p.at++
	if p.accept("USER") || p.accept("ROLE") {
		return p.dropUser(d.Node)
	}
	for _, kind := range []string{"MATERIALIZED VIEW", "TABLE", "SOURCE", "SINK", "VIEW"} {
		if p.accept(strings.Fields(kind)...) {
			d.Kind = kind
			break
		}
	}
	if d.Kind == "" {
		return nil, p.unexpected("TABLE, SOURCE, SINK, VIEW or MATERIALIZED VIEW")
	}
	if p.accept("IF") {
		d.IfExists = true
		if err := p.expect("EXISTS"); err != nil {
			return nil, err
		}
	}
	var err error
	if d.Name, err = p.objectName("a name"); err != nil {
		return nil, err
	}
	if d.Cascade = p.accept("CASCADE"); !d.Cascade {
		p.accept("RESTRICT")
	}
	return d, p.finished()
}

// dotted reads a.b.c as one name in lower case; it may be a string.
func (p *parser) dotted(what string) (Name, error) {
	if t := p.peek(); t.Kind == String {
		n := Name{Node: p.node(), Text: fold(t.Text)}
		p.at++
		return n, nil
	}
	n, err := p.name(what)
	for err == nil && p.peek().op(".") {
		p.at++
		var more Name
		more, err = p.name(what)
		n.Text += "." + more.Text
	}
	n.Text = fold(n.Text)
	return n, err
}

func (p *parser) show() (Statement, error) {
	s := &Show{Node: p.node()}
	p.at++
	if p.accept("TIME", "ZONE") {
		s.What = "timezone"
		return s, p.finished()
	}
	if p.accept("TRANSACTION", "ISOLATION", "LEVEL") {
		s.What = "transaction_isolation"
		return s, p.finished()
	}
	if p.accept("CREATE") {
		return p.showCreate(s.Node)
	}
	if p.accept("JOB") {
		return p.showJob(s.Node)
	}
	if p.accept("MATERIALIZED", "VIEWS") {
		s.What = "MATERIALIZED VIEWS"
		return s, p.finished()
	}
	n, err := p.dotted("TABLES, VIEWS, FUNCTIONS, CONNECTORS, SETTINGS or a setting's name")
	if err != nil {
		return nil, err
	}
	s.What = n.Text
	switch upper := strings.ToUpper(n.Text); upper {
	case "TABLES", "VIEWS", "FUNCTIONS", "CATALOGS", "JOBS", "CONNECTORS", "SETTINGS", "ALL":
		s.What = upper
	}
	return s, p.finished()
}
