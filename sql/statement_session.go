package sql

import (
	"strconv"
	"strings"

	"millrace/sqlerr"
)

// sessionReader reads a statement on the session, its transaction, its prepared statements or its cursors behind its first
// word; nil: the word is that of another.
func sessionReader(word string) func(*parser, Node) (Statement, error) {
	switch word {
	case "BEGIN", "START":
		return (*parser).begin
	case "COMMIT", "END":
		return (*parser).commit
	case "ROLLBACK", "ABORT":
		return (*parser).rollback
	case "SAVEPOINT", "RELEASE":
		return (*parser).savepoint
	case "PREPARE":
		return (*parser).prepare
	case "EXECUTE":
		return (*parser).execute
	case "DEALLOCATE":
		return (*parser).deallocate
	case "DECLARE":
		return (*parser).declare
	case "FETCH", "MOVE":
		return (*parser).fetch
	case "CLOSE":
		return (*parser).closeCursor
	case "DISCARD":
		return (*parser).discard
	case "VACUUM", "ANALYZE", "ANALYSE", "CHECKPOINT":
		return (*parser).upkeep
	case "LOCK":
		return (*parser).lock
	case "UNLISTEN":
		return (*parser).unlisten
	}
	return nil
}

// sessionStatement reads such a statement; nil: it is none.
func (p *parser) sessionStatement() (Statement, error) {
	t := p.peek()
	read := sessionReader(strings.ToUpper(t.Text))
	if read == nil || t.Kind != Word {
		return nil, nil
	}
	n := p.node()
	p.at++
	s, err := read(p, n)
	if err != nil {
		return nil, err
	}
	return s, p.finished()
}

// word is the word that was read last, in upper case.
func (p *parser) word() string { return strings.ToUpper(p.tokens[p.at-1].Text) }

func (p *parser) begin(n Node) (Statement, error) {
	if p.word() == "START" {
		if err := p.expect("TRANSACTION"); err != nil {
			return nil, err
		}
	} else if !p.accept("TRANSACTION") {
		p.accept("WORK")
	}
	modes, err := p.transactionModes()
	return &Transaction{Node: n, Kind: "BEGIN", Name: Name{Node: n}, Modes: modes}, err
}

// transactionModes reads a list of modes, with commas between them or without.
func (p *parser) transactionModes() (m TransactionModes, err error) {
	yes, no := true, false
	for first := true; !p.done(); first = false {
		if p.peek().op(",") && !first {
			p.at++
		}
		switch {
		case p.accept("ISOLATION", "LEVEL"):
			level := ""
			for _, l := range []string{"READ UNCOMMITTED", "READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"} {
				if p.accept(strings.Fields(l)...) {
					level = strings.ToLower(l)
					break
				}
			}
			if level == "" {
				return m, p.unexpected("READ COMMITTED, REPEATABLE READ or SERIALIZABLE")
			}
			m.Isolation = level
		case p.accept("READ", "ONLY"):
			m.ReadOnly = &yes
		case p.accept("READ", "WRITE"):
			m.ReadOnly = &no
		case p.accept("DEFERRABLE"):
			m.Deferrable = &yes
		case p.accept("NOT", "DEFERRABLE"):
			m.Deferrable = &no
		default:
			return m, p.unexpected("ISOLATION LEVEL, READ ONLY, READ WRITE or DEFERRABLE")
		}
	}
	return m, nil
}

// ofTransaction reads WORK or TRANSACTION and AND [NO] CHAIN.
func (p *parser) ofTransaction(t *Transaction) error {
	if p.peek().is("PREPARED") {
		return sqlerr.Unsupported(sqlerr.At(p.peek().Pos), "a transaction in two phases", "Use COMMIT.")
	}
	if !p.accept("WORK") {
		p.accept("TRANSACTION")
	}
	if p.accept("AND") {
		t.Chain = !p.accept("NO")
		return p.expect("CHAIN")
	}
	return nil
}

func (p *parser) commit(n Node) (Statement, error) {
	t := &Transaction{Node: n, Kind: "COMMIT", Name: Name{Node: n}}
	return t, p.ofTransaction(t)
}

func (p *parser) rollback(n Node) (Statement, error) {
	t := &Transaction{Node: n, Kind: "ROLLBACK", Name: Name{Node: n}}
	if err := p.ofTransaction(t); err != nil {
		return nil, err
	}
	if !p.accept("TO") {
		return t, nil
	}
	t.Kind = "ROLLBACK TO"
	p.accept("SAVEPOINT")
	var err error
	t.Name, err = p.name("a savepoint's name")
	return t, err
}

func (p *parser) savepoint(n Node) (Statement, error) {
	t := &Transaction{Node: n, Kind: p.word()}
	if t.Kind == "RELEASE" {
		p.accept("SAVEPOINT")
	}
	var err error
	t.Name, err = p.name("a savepoint's name")
	return t, err
}

// setTransaction reads what follows SET TRANSACTION and SET SESSION CHARACTERISTICS AS TRANSACTION.
func (p *parser) setTransaction(n Node, session bool) (Statement, error) {
	if p.peek().is("SNAPSHOT") {
		return nil, sqlerr.Unsupported(sqlerr.At(p.peek().Pos), "SET TRANSACTION SNAPSHOT", "")
	}
	modes, err := p.transactionModes()
	if err == nil && modes == (TransactionModes{}) {
		err = p.unexpected("ISOLATION LEVEL, READ ONLY, READ WRITE or DEFERRABLE")
	}
	return &SetTransaction{Node: n, Session: session, Modes: modes}, err
}

func (p *parser) prepare(n Node) (Statement, error) {
	if p.peek().is("TRANSACTION") {
		return nil, sqlerr.Unsupported(n.At, "a transaction in two phases", "Use COMMIT.")
	}
	s := &Prepare{Node: n}
	var err error
	if s.Name, err = p.name("a name for the statement"); err != nil {
		return nil, err
	}
	if p.peek().op("(") {
		for more := true; more; more = p.peek().op(",") {
			p.at++
			t, err := p.typ()
			if err != nil {
				return nil, err
			}
			s.Types = append(s.Types, t)
		}
		if err := p.expectOp(")"); err != nil {
			return nil, err
		}
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	if t := p.peek(); !t.is("SELECT", "WITH", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE") && !t.op("(") {
		return nil, p.unexpected("SELECT, VALUES, INSERT, UPDATE or DELETE")
	}
	s.Statement, err = p.statement()
	return s, err
}

func (p *parser) execute(n Node) (Statement, error) {
	s := &Execute{Node: n}
	var err error
	if s.Name, err = p.name("the name of a prepared statement"); err != nil {
		return nil, err
	}
	if !p.peek().op("(") {
		return s, nil
	}
	for more := true; more; more = p.peek().op(",") {
		p.at++
		e, err := p.expr(p.upTo())
		if err != nil {
			return nil, err
		}
		s.Args = append(s.Args, e)
	}
	return s, p.expectOp(")")
}

// nameOrAll reads a name; none for ALL.
func (p *parser) nameOrAll(what string) (Name, error) {
	if n := p.node(); p.accept("ALL") {
		return Name{Node: n}, nil
	}
	return p.name(what + ", or ALL")
}

func (p *parser) deallocate(n Node) (Statement, error) {
	p.accept("PREPARE")
	name, err := p.nameOrAll("the name of a prepared statement")
	return &Deallocate{Node: n, Name: name}, err
}

func (p *parser) declare(n Node) (Statement, error) {
	d := &DeclareCursor{Node: n}
	var err error
	if d.Name, err = p.name("a name for the cursor"); err != nil {
		return nil, err
	}
	for p.peek().is("BINARY", "INSENSITIVE", "ASENSITIVE", "SCROLL", "NO") {
		t := p.peek()
		p.at++
		switch {
		case t.is("NO"):
			if err := p.expect("SCROLL"); err != nil {
				return nil, err
			}
		case t.is("SCROLL"):
			return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "SCROLL", "Leave it out: a cursor goes forward.")
		case t.is("BINARY"):
			return nil, sqlerr.Unsupported(sqlerr.At(t.Pos), "a BINARY cursor", "Leave it out, and ask for binary rows in the protocol.")
		}
	}
	if err := p.expect("CURSOR"); err != nil {
		return nil, err
	}
	switch {
	case p.accept("WITH", "HOLD"):
		d.Hold = true
	case p.accept("WITHOUT", "HOLD"):
	}
	if err := p.expect("FOR"); err != nil {
		return nil, err
	}
	if t := p.peek(); !t.is("SELECT", "WITH", "VALUES", "TABLE") && !t.op("(") {
		return nil, p.unexpected("a query: SELECT, WITH or VALUES")
	}
	d.Query, err = p.query(p.rest())
	return d, err
}

func (p *parser) fetch(n Node) (Statement, error) {
	f := &Fetch{Node: n, Move: p.word() == "MOVE", Count: 1}
	at := p.node()
	backward := func(what string) error {
		return sqlerr.New("55000", at.At, "cursor can only scan forward").WithDetail("This asks for %s.", what).WithHint("FETCH NEXT, FETCH n and FETCH ALL go forward.")
	}
	number := func() (ok bool, err error) {
		t := p.peek()
		negative := t.op("-")
		if negative || t.op("+") {
			t = p.peekAt(1)
		}
		if t.Kind != Number {
			return false, nil
		}
		if negative || p.peek().op("+") {
			p.at++
		}
		p.at++
		if f.Count, err = strconv.ParseInt(t.Text, 10, 64); err != nil {
			return true, sqlerr.New(sqlerr.SyntaxError, sqlerr.At(t.Pos), "%s is not a number of rows", t.Text)
		}
		if negative && f.Count > 0 {
			return true, backward("rows before the ones that came")
		}
		return true, nil
	}
	switch {
	case p.accept("NEXT"):
	case p.accept("ALL"):
		f.All = true
	case p.accept("FORWARD"):
		if f.All = p.accept("ALL"); !f.All {
			if _, err := number(); err != nil {
				return nil, err
			}
		}
	case p.peek().is("PRIOR", "FIRST", "LAST", "BACKWARD") && !p.peekAt(1).op(";") && p.at+1 < len(p.tokens):
		return nil, backward(strings.ToUpper(p.peek().Text))
	case p.peek().is("ABSOLUTE", "RELATIVE") && p.at+1 < len(p.tokens):
		return nil, backward(strings.ToUpper(p.peek().Text))
	default:
		if _, err := number(); err != nil {
			return nil, err
		}
	}
	if !f.Move && !f.All && f.Count == 0 {
		return nil, backward("the row that came last")
	}
	if !p.accept("FROM") {
		p.accept("IN")
	}
	var err error
	f.Name, err = p.name("the cursor's name")
	return f, err
}

func (p *parser) closeCursor(n Node) (Statement, error) {
	name, err := p.nameOrAll("the cursor's name")
	return &CloseCursor{Node: n, Name: name}, err
}

func (p *parser) discard(n Node) (Statement, error) {
	d := &Discard{Node: n}
	switch t := p.peek(); {
	case t.is("ALL", "PLANS", "SEQUENCES", "TEMPORARY"):
		d.What = strings.ToUpper(t.Text)
	case t.is("TEMP"):
		d.What = "TEMPORARY"
	default:
		return nil, p.unexpected("ALL, PLANS, SEQUENCES or TEMPORARY")
	}
	p.at++
	return d, nil
}

// upkeep reads VACUUM, ANALYZE and CHECKPOINT with their options, in parentheses or as words, and their tables.
func (p *parser) upkeep(n Node) (Statement, error) {
	u := &Upkeep{Node: n, Kind: strings.Replace(p.word(), "ANALYSE", "ANALYZE", 1)}
	if u.Kind == "CHECKPOINT" {
		return u, nil
	}
	if p.peek().op("(") {
		p.at++
		for !p.done() && !p.peek().op(")") {
			p.at++
		}
		if err := p.expectOp(")"); err != nil {
			return nil, err
		}
	}
	for p.accept("FULL") || p.accept("FREEZE") || p.accept("VERBOSE") || u.Kind == "VACUUM" && p.accept("ANALYZE") || u.Kind == "VACUUM" && p.accept("ANALYSE") {
	}
	return u, p.tables(u, true)
}

// tables reads a list of tables, each maybe with columns.
func (p *parser) tables(u *Upkeep, columns bool) error {
	for !p.done() {
		name, err := p.objectName("a table's name")
		if err != nil {
			return err
		}
		u.Tables = append(u.Tables, name)
		if columns && p.peek().op("(") {
			if _, err := p.nameList("a column's name"); err != nil {
				return err
			}
		}
		if !p.peek().op(",") {
			return nil
		}
		p.at++
		if p.done() {
			return p.unexpected("a table's name")
		}
	}
	return nil
}

// lock reads LOCK TABLE. Only locks that let others read and write are taken: there are no others.
func (p *parser) lock(n Node) (Statement, error) {
	u := &Upkeep{Node: n, Kind: "LOCK TABLE"}
	p.accept("TABLE")
	p.accept("ONLY")
	if p.done() {
		return nil, p.unexpected("a table's name")
	}
	if err := p.tables(u, false); err != nil {
		return nil, err
	}
	if !p.accept("IN", "ACCESS", "SHARE", "MODE") && !p.accept("IN", "ROW", "SHARE", "MODE") {
		return nil, sqlerr.Unsupported(n.At, "LOCK TABLE in a mode that keeps others out",
			"A statement has its table to itself while it writes; put what belongs together into one statement. IN ACCESS SHARE MODE is accepted.")
	}
	p.accept("NOWAIT")
	return u, nil
}

func (p *parser) unlisten(n Node) (Statement, error) {
	if p.peek().op("*") {
		p.at++
		return &Upkeep{Node: n, Kind: "UNLISTEN"}, nil
	}
	_, err := p.name("a channel, or *")
	return &Upkeep{Node: n, Kind: "UNLISTEN"}, err
}
