package pgwire

import (
	"context"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/planner"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// statement is what Parse has made.
type statement struct {
	text     string
	prepared *engine.Prepared // nil: the text is empty
	oids     []uint32         // of its parameters, as the client knows them
}

// portal is a statement with its parameters, as Bind has made it.
type portal struct {
	of      *statement
	params  []planner.Param
	formats []int16 // of its columns
	bytes   int     // of its parameters
	started bool
	cursor  *cursor // of its rows; nil: not started, or none
}

// checkText refuses what is not UTF-8.
func checkText(text string) error {
	if !utf8.ValidString(text) {
		return sqlerr.New(sqlerr.InvalidCharacter, 0, `invalid byte sequence for encoding "UTF8"`)
	}
	return nil
}

// parse is the Parse message.
func (c *conn) parse(body []byte) (error, string) {
	var m pgproto3.Parse
	if err := m.Decode(body); err != nil {
		return fatal{violation("malformed Parse message")}, ""
	}
	if err := checkText(m.Query); err != nil {
		return err, ""
	}
	stmts, err := c.session.Parse(m.Query)
	switch {
	case err != nil:
		return err, m.Query
	case len(stmts) > 1:
		return sqlerr.New(sqlerr.SyntaxError, stmts[1].Pos(), "cannot insert multiple commands into a prepared statement"), m.Query
	case len(c.statements) >= c.server.cfg.MaxStatements:
		return sqlerr.New(sqlerr.ConfigurationLimit, 0, "this connection has %d prepared statements already", len(c.statements)).WithHint("Close those that are not needed."), ""
	}
	st := &statement{text: m.Query}
	if len(stmts) == 1 {
		declared := make([]types.Type, len(m.ParameterOIDs))
		for i, o := range m.ParameterOIDs {
			t, ok := types.ByOID(o)
			if !ok {
				return sqlerr.New(sqlerr.UndefinedObject, 0, "there is no type with OID %d for parameter $%d", o, i+1), ""
			}
			declared[i] = t
		}
		ctx, done := c.begin()
		defer done()
		if st.prepared, err = c.session.Prepare(ctx, stmts[0], declared); err != nil {
			return because(ctx, err), m.Query
		}
		st.oids = make([]uint32, len(st.prepared.Params))
		for i, t := range st.prepared.Params {
			st.oids[i] = oid(t)
			if i < len(m.ParameterOIDs) && declared[i].Kind != types.Unknown {
				st.oids[i] = m.ParameterOIDs[i]
			}
		}
	}
	if m.Name != "" && st.prepared != nil { // EXECUTE and DEALLOCATE know it too
		if err := c.session.Keep(m.Name, st.prepared); err != nil {
			return err, ""
		}
	}
	c.statements[m.Name] = st
	c.send(&pgproto3.ParseComplete{})
	return nil, ""
}

// statementNamed finds what Parse or PREPARE has made.
func (c *conn) statementNamed(name string) (*statement, error) {
	st := c.statements[name]
	if st != nil && (name == "" || st.prepared == nil) {
		return st, nil
	}
	if name == "" {
		return nil, sqlerr.New("26000", 0, "unnamed prepared statement does not exist")
	}
	p, err := c.session.Named(name)
	if err != nil {
		delete(c.statements, name)
		return nil, err
	}
	if st == nil || st.prepared != p {
		st = &statement{prepared: p}
		for _, t := range p.Params {
			st.oids = append(st.oids, oid(t))
		}
		c.statements[name] = st
	}
	return st, nil
}

// bind is the Bind message.
func (c *conn) bind(body []byte) (error, string) {
	var m pgproto3.Bind
	if err := m.Decode(body); err != nil {
		return fatal{violation("malformed Bind message")}, ""
	}
	st, err := c.statementNamed(m.PreparedStatement)
	if err != nil {
		return err, ""
	}
	if m.DestinationPortal == "" {
		c.dropPortal("")
	} else if c.portals[m.DestinationPortal] != nil {
		return sqlerr.New("42P03", 0, "cursor %q already exists", m.DestinationPortal), ""
	}
	p := &portal{of: st, formats: m.ResultFormatCodes}
	for _, b := range m.Parameters {
		p.bytes += len(b)
	}
	switch n := len(m.Parameters); {
	case len(m.ParameterFormatCodes) > 1 && len(m.ParameterFormatCodes) != n:
		return violation("bind message has %d parameter formats but %d parameters", len(m.ParameterFormatCodes), n), ""
	case n != len(st.oids):
		return violation("bind message supplies %d parameters, but prepared statement %q requires %d", n, m.PreparedStatement, len(st.oids)), ""
	case st.prepared != nil && len(p.formats) > 1 && len(p.formats) != len(st.prepared.Schema):
		return violation("bind message has %d result formats but query has %d columns", len(p.formats), len(st.prepared.Schema)), ""
	case len(c.portals) >= c.server.cfg.MaxPortals:
		return sqlerr.New(sqlerr.ConfigurationLimit, 0, "this connection has %d portals already", len(c.portals)).WithHint("Close those that are not needed."), ""
	case c.bound+p.bytes > c.server.cfg.MaxParameters:
		return sqlerr.New(sqlerr.ConfigurationLimit, 0, "the parameters of this connection's portals are more than %d bytes", c.server.cfg.MaxParameters), ""
	}
	for _, f := range append(m.ResultFormatCodes[:len(m.ResultFormatCodes):len(m.ResultFormatCodes)], m.ParameterFormatCodes...) {
		if f != pgproto3.TextFormat && f != pgproto3.BinaryFormat {
			return sqlerr.New(sqlerr.InvalidParameterValue, 0, "unsupported format code: %d", f), ""
		}
	}
	for i, b := range m.Parameters {
		v, err := parameter(b, formatOf(m.ParameterFormatCodes, i), st.prepared.Params[i], st.oids[i])
		if err != nil {
			return fmt.Errorf("parameter $%d: %w", i+1, err), ""
		}
		p.params = append(p.params, v)
	}
	c.bound += p.bytes
	c.portals[m.DestinationPortal] = p
	c.send(&pgproto3.BindComplete{})
	return nil, ""
}

// parameter reads a value of type t. It is handed on as its text, which every type can be read from.
func parameter(b []byte, format int16, t types.Type, oid uint32) (planner.Param, error) {
	if b == nil {
		return planner.Param{Type: t}, nil
	}
	if format == pgproto3.TextFormat || t.Kind == types.Text && t.Sys == types.Plain || t.Kind == types.Unknown {
		text := string(b)
		if err := checkText(text); err != nil {
			return planner.Param{}, err
		}
		if strings.IndexByte(text, 0) >= 0 {
			return planner.Param{}, sqlerr.New(sqlerr.InvalidCharacter, 0, `invalid byte sequence for encoding "UTF8": 0x00`)
		}
		return planner.Param{Type: t, Value: text}, nil
	}
	if oid == 3802 { // jsonb has a version in front
		if len(b) == 0 || b[0] != 1 {
			return planner.Param{}, sqlerr.New("22P03", 0, "incorrect binary data format for type jsonb")
		}
		b = b[1:]
	}
	of := withDigits(b, t)
	build := array.NewBuilder(memory.DefaultAllocator, of.Arrow())
	defer build.Release()
	if err := types.DecodePG(build, b, of); err != nil {
		return planner.Param{}, err
	}
	a := build.NewArray()
	defer a.Release()
	return planner.Param{Type: t, Value: string(types.AppendText(nil, a, 0, of))}, nil
}

// withDigits is t, and where that is a DECIMAL without digits, with those that the value has.
func withDigits(b []byte, t types.Type) types.Type {
	const most = 38
	switch {
	case t.Kind == types.Decimal && t.Precision == 0 && len(b) >= 8:
		return types.DecimalOf(most, min(int(binary.BigEndian.Uint16(b[6:])), most))
	case t.Kind == types.Decimal && t.Precision == 0:
		return types.DecimalOf(most, 0)
	case t.Kind == types.Array && t.Elem.Kind == types.Decimal && t.Elem.Precision == 0:
		return types.ArrayOf(types.DecimalOf(most, 10))
	}
	return t
}

// describe is the Describe message.
func (c *conn) describe(body []byte) (error, string) {
	var m pgproto3.Describe
	if err := m.Decode(body); err != nil {
		return fatal{violation("malformed Describe message")}, ""
	}
	var st *statement
	var formats []int16
	switch m.ObjectType {
	case 'S':
		var err error
		if st, err = c.statementNamed(m.Name); err != nil {
			return err, ""
		}
		c.send(&pgproto3.ParameterDescription{ParameterOIDs: st.oids})
	case 'P':
		p := c.portals[m.Name]
		if p == nil {
			// A cursor of DECLARE is a portal as well: psycopg asks so for the columns of what it will FETCH.
			schema, ok := c.session.Cursor(m.Name)
			if !ok {
				return noPortal(m.Name), ""
			}
			c.send(rowDescription(schema, nil))
			return nil, ""
		}
		st, formats = p.of, p.formats
	default:
		return fatal{violation("invalid DESCRIBE message subtype %d", m.ObjectType)}, ""
	}
	if st.prepared == nil || st.prepared.Schema == nil {
		c.send(&pgproto3.NoData{})
	} else {
		c.send(rowDescription(st.prepared.Schema, formats))
	}
	return nil, ""
}

func noPortal(name string) error {
	return sqlerr.New("34000", 0, "portal %q does not exist", name)
}

// executePortal is the Execute message.
func (c *conn) executePortal(body []byte) (error, string) {
	var m pgproto3.Execute
	if err := m.Decode(body); err != nil {
		return fatal{violation("malformed Execute message")}, ""
	}
	p := c.portals[m.Portal]
	if p == nil {
		return noPortal(m.Portal), ""
	}
	if p.of.prepared == nil {
		c.send(&pgproto3.EmptyQueryResponse{})
		return nil, ""
	}
	ctx, done := c.begin()
	defer done()
	err := because(ctx, c.runPortal(ctx, p, m.MaxRows))
	if err != nil && p.cursor != nil {
		p.cursor.close(engine.ErrUnread)
	}
	return err, p.of.text
}

func (c *conn) runPortal(ctx context.Context, p *portal, max uint32) error {
	st := p.of.prepared
	if p.started && p.cursor == nil {
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "portal cannot be run")
	}
	if cp, ok := st.Statement.(*sql.Copy); ok {
		p.started = true
		return c.copy(ctx, cp)
	}
	tag, err := c.startPortal(ctx, p)
	if err != nil {
		return err
	}
	if p.cursor != nil {
		tag = p.cursor.result.Tag
		p.cursor.result.Go()
		n, err := c.sendRows(ctx, p.cursor, int64(max), live(p.cursor.result, st.Statement))
		if err != nil {
			return err
		}
		if max > 0 && n == int64(max) {
			p.cursor.result.Wait() // for the client
			c.send(&pgproto3.PortalSuspended{})
			return nil
		}
		tag = rowsTag(tag, n)
	}
	c.send(&pgproto3.CommandComplete{CommandTag: []byte(tag)})
	return nil
}

// startPortal runs the statement of a portal, unless it does already.
func (c *conn) startPortal(ctx context.Context, p *portal) (tag string, err error) {
	if p.started {
		return "", nil
	}
	p.started = true
	r, err := c.session.Run(ctx, p.of.prepared, p.params...)
	if err != nil {
		return "", err
	}
	c.notices(r.Notices)
	if r.Schema != nil {
		p.cursor = open(c.ctx, r, &rowWriter{schema: r.Schema, formats: p.formats})
	}
	return r.Tag, nil
}

// move is MOVE in a portal that Bind has made, which is a cursor as those of DECLARE are: asyncpg does so.
func (c *conn) move(ctx context.Context, p *portal, st *sql.Fetch) error {
	if _, err := c.startPortal(ctx, p); err != nil {
		return err
	}
	if p.cursor == nil {
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, st.Name.Pos(), "portal %q gives no rows", st.Name.Text)
	}
	max := st.Count
	if st.All {
		max = 0
	}
	n, err := p.cursor.skip(ctx, max)
	if err != nil {
		return err
	}
	c.send(&pgproto3.CommandComplete{CommandTag: fmt.Appendf(nil, "MOVE %d", n)})
	return nil
}

// closeNamed is the Close message.
func (c *conn) closeNamed(body []byte) (error, string) {
	var m pgproto3.Close
	if err := m.Decode(body); err != nil {
		return fatal{violation("malformed Close message")}, ""
	}
	switch m.ObjectType {
	case 'S':
		delete(c.statements, m.Name)
		c.session.Forget(m.Name)
	case 'P':
		c.dropPortal(m.Name)
	default:
		return fatal{violation("invalid CLOSE message subtype %d", m.ObjectType)}, ""
	}
	c.send(&pgproto3.CloseComplete{})
	return nil, ""
}

// sync ends what an error has begun, and the portals with their transaction.
func (c *conn) sync() {
	if !c.session.InTransaction() {
		c.closePortals()
	}
	c.ready()
}

func (c *conn) dropPortal(name string) {
	p := c.portals[name]
	if p == nil {
		return
	}
	delete(c.portals, name)
	c.bound -= p.bytes
	if p.cursor != nil {
		p.cursor.close(engine.ErrUnread)
	}
}

func (c *conn) closePortals() {
	for name := range c.portals {
		c.dropPortal(name)
	}
}
