package pgwire_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/pgwire"
)

// raw is a client that sends messages as it is told.
type raw struct {
	net.Conn
	*pgproto3.Frontend
	key pgproto3.BackendKeyData
}

// open connects.
func open(t testing.TB, addr string) *raw {
	t.Helper()
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { nc.Close() })
	return &raw{Conn: nc, Frontend: pgproto3.NewFrontend(nc, nc)}
}

// dial logs in.
func dial(t testing.TB, addr string, params map[string]string) *raw {
	t.Helper()
	r := open(t, addr)
	all := map[string]string{"user": "tester", "database": "millrace"}
	for k, v := range params {
		all[k] = v
	}
	r.Send(&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: all})
	r.say(t)
	return r
}

// say sends messages and gives what comes up to ReadyForQuery, a word a message.
func (r *raw) say(t testing.TB, messages ...pgproto3.FrontendMessage) string {
	t.Helper()
	for _, m := range messages {
		r.Send(m)
	}
	if err := r.Flush(); err != nil {
		t.Fatal(err)
	}
	var words []string
	for {
		m, err := r.Receive()
		if err != nil {
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Fatal(err)
			}
			return strings.Join(append(words, "end"), " ")
		}
		switch m := m.(type) {
		case *pgproto3.BackendKeyData:
			r.key = pgproto3.BackendKeyData{ProcessID: m.ProcessID, SecretKey: append([]byte(nil), m.SecretKey...)}
		case *pgproto3.ParameterStatus, *pgproto3.AuthenticationOk:
		case *pgproto3.DataRow:
			values := make([]string, len(m.Values))
			for i, v := range m.Values {
				if values[i] = string(v); v == nil {
					values[i] = "NULL"
				}
			}
			words = append(words, "("+strings.Join(values, ",")+")")
		case *pgproto3.CommandComplete:
			words = append(words, "["+string(m.CommandTag)+"]")
		case *pgproto3.ErrorResponse:
			words = append(words, m.Severity+":"+m.Code)
		case *pgproto3.ReadyForQuery:
			return strings.Join(append(words, string(m.TxStatus)), " ")
		default:
			name := strings.TrimPrefix(fmt.Sprintf("%T", m), "*pgproto3.")
			words = append(words, name)
		}
	}
}

func TestMessagesAreAnsweredAsPostgreSQLDoes(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxPortals, c.MaxMessage = 3, 1<<11 })
	const numbers = "SELECT n FROM (VALUES (1), (2), (3)) AS t(n)"
	q := func(s string) *pgproto3.Query { return &pgproto3.Query{String: s} }
	parse := func(name, s string) *pgproto3.Parse { return &pgproto3.Parse{Name: name, Query: s} }
	bind := func(portal, name string, params ...string) *pgproto3.Bind {
		b := &pgproto3.Bind{DestinationPortal: portal, PreparedStatement: name}
		for _, p := range params {
			b.Parameters = append(b.Parameters, []byte(p))
		}
		return b
	}
	execute := func(portal string, max uint32) *pgproto3.Execute {
		return &pgproto3.Execute{Portal: portal, MaxRows: max}
	}
	sync := &pgproto3.Sync{}
	type round struct {
		messages []pgproto3.FrontendMessage
		want     string
	}
	type m = []pgproto3.FrontendMessage
	for _, tc := range []struct {
		name   string
		rounds []round
	}{
		{"an empty query", []round{{m{q(" ; -- nothing")}, "EmptyQueryResponse I"}}},
		{"an error skips the statements behind it", []round{{m{q("SELECT 1; SELECT 1/0; SELECT 2")}, "RowDescription (1) [SELECT 1] ERROR:22012 I"}}},
		{"a mistake in a text runs none of it", []round{{m{q("SELECT 1; SELEC 2")}, "ERROR:42601 I"}}},
		{"a transaction that fails", []round{
			{m{q("BEGIN; SELECT 1/0")}, "[BEGIN] ERROR:22012 E"}, {m{q("SELECT 1")}, "ERROR:25P02 E"}, {m{q("COMMIT")}, "[ROLLBACK] I"},
		}},
		{"a transaction within a text", []round{
			{m{q("CREATE TABLE begun (a INT); BEGIN; INSERT INTO begun VALUES (1)")}, "[CREATE TABLE] [BEGIN] [INSERT 0 1] T"},
			{m{q("INSERT INTO begun VALUES (2); COMMIT; SELECT count(*) FROM begun; SELECT 1/0; BEGIN")}, "[INSERT 0 1] [COMMIT] RowDescription (2) [SELECT 1] ERROR:22012 I"},
			{m{q("BEGIN; COMMIT; BEGIN; ROLLBACK; BEGIN")}, "[BEGIN] [COMMIT] [BEGIN] [ROLLBACK] [BEGIN] T"}, {m{q("ROLLBACK; SELECT 1")}, "[ROLLBACK] RowDescription (1) [SELECT 1] I"},
		}},
		{"what stands before a mistake in a text stays", []round{
			{m{q("CREATE TABLE stays (a INT)")}, "[CREATE TABLE] I"}, {m{q("INSERT INTO stays VALUES (1); INSERT INTO stays SELECT 1/0; INSERT INTO stays VALUES (3)")}, "[INSERT 0 1] ERROR:22012 I"},
			{m{q("SELECT count(*), min(a) FROM stays")}, "RowDescription (1,1) [SELECT 1] I"},
		}},
		{"the extended protocol", []round{{m{parse("", "SELECT $1::INT + 1"), bind("", "", "41"), &pgproto3.Describe{ObjectType: 'P'}, execute("", 0), sync},
			"ParseComplete BindComplete RowDescription (42) [SELECT 1] I"}}},
		{"an error skips up to Sync", []round{{m{parse("", "SELECT x"), bind("", ""), execute("", 0), sync, q("SELECT 2")}, "ERROR:42703 I"}, {nil, "RowDescription (2) [SELECT 1] I"}}},
		{"a portal in pieces", []round{{m{parse("", numbers), bind("", ""), execute("", 2), execute("", 2), sync, q("SELECT 0")},
			"ParseComplete BindComplete (1) (2) PortalSuspended (3) [SELECT 1] I"}, {nil, "RowDescription (0) [SELECT 1] I"}}},
		{"a portal that gives exactly as many", []round{{m{parse("", numbers), bind("", ""), execute("", 3), execute("", 3), sync},
			"ParseComplete BindComplete (1) (2) (3) PortalSuspended [SELECT 0] I"}}},
		{"a portal ends with its transaction", []round{
			{m{q("BEGIN")}, "[BEGIN] T"}, {m{parse("s", numbers), bind("p", "s"), execute("p", 1), sync}, "ParseComplete BindComplete (1) PortalSuspended T"},
			{m{execute("p", 1), sync}, "(2) PortalSuspended T"}, {m{q("COMMIT")}, "[COMMIT] I"}, {m{sync}, "I"}, {m{execute("p", 1), sync}, "ERROR:34000 I"},
		}},
		{"a portal that is closed before its end", []round{
			{m{q("BEGIN")}, "[BEGIN] T"}, {m{parse("s", "SELECT n FROM generate_series(1, 1000000) AS t(n)"), bind("p", "s"), execute("p", 1), sync}, "ParseComplete BindComplete (1) PortalSuspended T"},
			{m{&pgproto3.Close{ObjectType: 'P', Name: "p"}, sync}, "CloseComplete T"}, {m{q("SELECT 1")}, "RowDescription (1) [SELECT 1] T"},
			{m{bind("", "s"), execute("", 1), bind("", "s"), execute("", 1), sync}, "BindComplete (1) PortalSuspended BindComplete (1) PortalSuspended T"}, {m{q("COMMIT")}, "[COMMIT] I"},
		}},
		{"MOVE in a portal", []round{
			{m{q("BEGIN")}, "[BEGIN] T"}, {m{parse("s", numbers), bind("p", "s"), sync}, "ParseComplete BindComplete T"}, {m{q("MOVE FORWARD 1 IN p")}, "[MOVE 1] T"},
			{m{execute("p", 1), sync}, "(2) PortalSuspended T"}, {m{q("MOVE ALL IN p")}, "[MOVE 1] T"}, {m{q("ROLLBACK")}, "[ROLLBACK] I"},
		}},
		{"Describe of a cursor of DECLARE", []round{
			{m{q("BEGIN; DECLARE c CURSOR FOR SELECT 1")}, "[BEGIN] [DECLARE CURSOR] T"}, {m{&pgproto3.Describe{ObjectType: 'P', Name: "c"}, sync}, "RowDescription T"},
			{m{q("ROLLBACK")}, "[ROLLBACK] I"},
		}},
		{"DEALLOCATE knows what Parse has named", []round{
			{m{parse("s", "SELECT 7"), sync}, "ParseComplete I"}, {m{parse("s", "SELECT 8"), sync}, "ERROR:42P05 I"}, {m{q("EXECUTE s")}, "RowDescription (7) [SELECT 1] I"},
			{m{q("DEALLOCATE s")}, "[DEALLOCATE] I"}, {m{bind("", "s"), sync}, "ERROR:26000 I"},
		}},
		{"Bind finds what PREPARE has named", []round{
			{m{q("PREPARE s AS SELECT $1::INT")}, "[PREPARE] I"}, {m{bind("", "s", "5"), execute("", 0), sync}, "BindComplete (5) [SELECT 1] I"},
			{m{&pgproto3.Close{ObjectType: 'S', Name: "s"}, sync}, "CloseComplete I"}, {m{q("EXECUTE s(1)")}, "ERROR:26000 I"},
		}},
		{"Describe of a statement", []round{{m{parse("", "SELECT $1::INT"), &pgproto3.Describe{ObjectType: 'S'}, sync}, "ParseComplete ParameterDescription RowDescription I"}}},
		{"a statement that gives no rows", []round{{m{parse("", "SET application_name = 'x'"), bind("", ""), &pgproto3.Describe{ObjectType: 'P'}, execute("", 0), execute("", 0), sync},
			"ParseComplete BindComplete NoData [SET] ERROR:55000 I"}}},
		{"an empty statement", []round{{m{parse("", ""), bind("", ""), &pgproto3.Describe{ObjectType: 'P'}, execute("", 0), sync}, "ParseComplete BindComplete NoData EmptyQueryResponse I"}}},
		{"two statements at once", []round{{m{parse("", "SELECT 1; SELECT 2"), sync}, "ERROR:42601 I"}}},
		{"too few parameters", []round{{m{parse("", "SELECT $1::INT"), bind("", ""), sync}, "ParseComplete ERROR:08P01 I"}}},
		{"a parameter that is no number", []round{{m{parse("", "SELECT $1::INT"), bind("", "", "x"), execute("", 0), sync}, "ParseComplete BindComplete ERROR:22P02 I"}}},
		{"too many portals", []round{{m{parse("", "SELECT 1"), bind("a", ""), bind("b", ""), bind("c", ""), bind("d", ""), sync}, "ParseComplete BindComplete BindComplete BindComplete ERROR:53400 I"}}},
		{"a function call", []round{{m{&pgproto3.FunctionCall{Function: 1}}, "ERROR:0A000 I"}}},
		{"a message that is too long ends the connection", []round{{m{q(strings.Repeat(" ", 3000))}, "FATAL:08P01 end"}}},
		{"COPY that the client gives up", []round{{m{q("CREATE TABLE copied (a INT)")}, "[CREATE TABLE] I"},
			{m{q("COPY copied FROM STDIN"), &pgproto3.CopyData{Data: []byte("1\n")}, &pgproto3.CopyFail{Message: "no more"}}, "CopyInResponse ERROR:57014 I"},
			{m{q("COPY copied FROM STDIN"), &pgproto3.CopyData{Data: []byte("x\n")}, &pgproto3.CopyData{Data: []byte("1\n")}, &pgproto3.CopyDone{}}, "CopyInResponse ERROR:22P02 I"},
			{m{q("SELECT count(*) FROM copied")}, "RowDescription (0) [SELECT 1] I"}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := dial(t, addr, nil)
			for _, x := range tc.rounds {
				if got := r.say(t, x.messages...); got != x.want {
					t.Errorf("got  %s\nwant %s", got, x.want)
				}
			}
		})
	}
}

func TestStartup(t *testing.T) {
	_, addr := start(t, func(c *pgwire.Config) { c.MaxConnections = 2 })
	for _, tc := range []struct {
		name   string
		params map[string]string
		query  string
		want   string
	}{
		{"options", map[string]string{"options": `-c application_name=my\ own --default-transaction-read-only=on`}, "SHOW application_name; CREATE TABLE x (a INT)", "RowDescription (my own) [SHOW] ERROR:25006 I"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := dial(t, addr, tc.params).say(t, &pgproto3.Query{String: tc.query}); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	for _, tc := range []struct {
		name    string
		version uint32
		want    string
	}{
		{"a later minor version", pgproto3.ProtocolVersion32, "*pgproto3.NegotiateProtocolVersion"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			nc, err := net.Dial("tcp", addr)
			if err != nil {
				t.Fatal(err)
			}
			defer nc.Close()
			f := pgproto3.NewFrontend(nc, nc)
			f.Send(&pgproto3.StartupMessage{ProtocolVersion: tc.version, Parameters: map[string]string{"user": "x", "_pq_.more": "1"}})
			if err := f.Flush(); err != nil {
				t.Fatal(err)
			}
			m, err := f.Receive()
			if got := fmt.Sprintf("%T", m); err != nil || got != tc.want {
				t.Errorf("%s %v, want %s", got, err, tc.want)
			}
		})
	}
}

// FuzzMessages sends anything to a client's session: others must go on.
func FuzzMessages(f *testing.F) {
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.Query{String: "SELECT 1"}, &pgproto3.Parse{Query: "SELECT $1::INT", ParameterOIDs: []uint32{23}},
		&pgproto3.Bind{Parameters: [][]byte{{0, 0, 0, 1}}, ParameterFormatCodes: []int16{1}, ResultFormatCodes: []int16{1}}, &pgproto3.Execute{MaxRows: 1},
		&pgproto3.Describe{ObjectType: 'S'}, &pgproto3.Close{ObjectType: 'P'}, &pgproto3.Sync{}, &pgproto3.CopyData{Data: []byte("x")}, &pgproto3.FunctionCall{}, &pgproto3.Terminate{},
	} {
		b, err := m.Encode(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	_, addr := start(f, func(c *pgwire.Config) { c.MaxMessage = 1 << 16 })
	fuzz(f, addr, func(t *testing.T) net.Conn { return dial(t, addr, nil).Conn })
}

// FuzzStartup sends anything in place of a startup message.
func FuzzStartup(f *testing.F) {
	for _, m := range []pgproto3.FrontendMessage{
		&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "x", "options": "-c a=b"}},
		&pgproto3.SSLRequest{}, &pgproto3.GSSEncRequest{}, &pgproto3.CancelRequest{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}},
	} {
		b, err := m.Encode(nil)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	_, addr := start(f, func(c *pgwire.Config) { c.Auth = pgwire.Scram })
	fuzz(f, "", func(t *testing.T) net.Conn {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		return nc
	})
}

// fuzz sends data, reads what comes to its end, and asks somebody else whether the server lives.
func fuzz(f *testing.F, alive string, open func(*testing.T) net.Conn) {
	f.Fuzz(func(t *testing.T, data []byte) {
		nc := open(t)
		if _, err := nc.Write(data); err == nil {
			_ = nc.(*net.TCPConn).CloseWrite()
		}
		_, _ = io.Copy(io.Discard, nc)
		nc.Close()
		if alive != "" {
			if got := dial(t, alive, nil).say(t, &pgproto3.Query{String: "SELECT 1"}); got != "RowDescription (1) [SELECT 1] I" {
				t.Errorf("the server says %s", got)
			}
		}
	})
}
