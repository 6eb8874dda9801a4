package shell

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"millrace/flow"
	"millrace/sql"
	"millrace/sqlerr"
	"millrace/types"
)

// remote runs statements on a server, by the extended protocol of PostgreSQL: values of types that we know come as
// bytes and become columns, all others as text.
type remote struct {
	config  *pgconn.Config
	conn    *pgconn.PgConn
	notices []string
}

// How long a server has to end a query once it was asked to; then the connection is given up.
const cancelWithin = 10 * time.Second

// Dial connects to a server. Where it asks for a password that neither the address, PGPASSWORD nor .pgpass has,
// password is asked; nil: there is nobody to ask.
func Dial(ctx context.Context, address string, password func() (string, error)) (Backend, error) {
	config, err := pgconn.ParseConfig(address)
	if err != nil {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "the address of the server cannot be read").
			WithHint("Write --connect postgres://user@host:5433/millrace.").Because(err)
	}
	r := &remote{config: config}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		r.notices = append(r.notices, strings.ToLower(n.Severity)+": "+n.Message)
	}
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: cancelWithin}
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = 10 * time.Second
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "millrace"
	}
	err = r.connect(ctx)
	if password != nil && config.Password == "" && wantsPassword(err) {
		if config.Password, err = password(); err != nil {
			return nil, err
		}
		err = r.connect(ctx)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// wantsPassword reports whether a server refused for want of a password.
func wantsPassword(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "28P01" || pg.Code == "28000") || err != nil && strings.Contains(err.Error(), "password")
}

func (r *remote) connect(ctx context.Context) error {
	conn, err := pgconn.ConnectConfig(ctx, r.config)
	if err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) {
			return r.errorOf(pg, "")
		}
		var network *net.OpError // each address that was tried has one, and the library's text has them all
		var name *net.DNSError
		cause := err
		switch {
		case errors.As(err, &name):
			cause = errors.New(name.Err)
		case errors.As(err, &network):
			cause = network.Err
		}
		return sqlerr.New(sqlerr.ConnectionFailure, 0, "cannot connect to %s:%d: %v", r.config.Host, r.config.Port, cause).Because(err)
	}
	r.conn = conn
	return nil
}

// again connects once more where the connection is gone, and tells that the session is a new one.
func (r *remote) again(ctx context.Context) error {
	if !r.conn.IsClosed() {
		return nil
	}
	if err := r.connect(ctx); err != nil {
		return err
	}
	r.notices = append(r.notices, "note: the connection was lost; this is a new session")
	return nil
}

func (r *remote) Exec(ctx context.Context, text string) (*Result, error) {
	r.notices = nil
	if err := r.again(ctx); err != nil {
		return nil, err
	}
	switch copies(text) {
	case "FROM":
		return nil, errCopyFrom
	case "TO":
		return r.copyOut(text), nil
	}
	desc, err := r.conn.Prepare(ctx, "", text, nil)
	if err != nil {
		return nil, r.errorOf(err, text)
	}
	res := &Result{Notices: func() []string { return r.notices }}
	if len(desc.Fields) == 0 {
		done := r.conn.ExecPrepared(ctx, "", nil, nil, nil).Read()
		if done.Err != nil {
			return nil, r.errorOf(done.Err, text)
		}
		res.Tag = done.CommandTag.String()
		return res, nil
	}
	formats := make([]int16, len(desc.Fields))
	for i, f := range desc.Fields {
		t := typeOf(f)
		if t.Kind == types.Unknown {
			t = types.Of(types.Text)
		} else {
			formats[i] = 1
		}
		res.Schema = append(res.Schema, types.Column{Name: f.Name, Type: t})
	}
	words := strings.ToUpper(text)
	first := firstWord(text)
	res.Plan = first == "EXPLAIN" && len(res.Schema) == 1
	res.Changes = res.Schema[0].Name == "op" && (first == "SUBSCRIBE" || strings.Contains(words, "EMIT") && strings.Contains(words, "CHANGES"))
	res.Each = func(ctx context.Context, fn func(*flow.Batch) error) error {
		tag, err := r.rows(ctx, res.Schema, formats, fn)
		res.Tag = tag
		return r.errorOf(err, text)
	}
	return res, nil
}

// firstWord is the keyword that a statement begins with.
func firstWord(text string) string {
	for _, t := range sql.Tokens(text) {
		if t.Kind == sql.Word {
			return strings.ToUpper(t.Text)
		}
		if t.Kind != sql.Comment {
			return ""
		}
	}
	return ""
}

// rows runs the prepared query and makes batches of its rows. Rows are handed on when the server has sent no more for now.
func (r *remote) rows(ctx context.Context, schema types.Schema, formats []int16, fn func(*flow.Batch) error) (string, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	rows := r.conn.ExecPrepared(ctx, "", nil, nil, formats)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.Arrow())
	defer b.Release()
	n := 0
	var failed error
	give := func() {
		rec := b.NewRecordBatch()
		n = 0
		failed = fn(&flow.Batch{Rec: rec})
		rec.Release()
	}
	for failed == nil && rows.NextRow() {
		for i, v := range rows.Values() {
			f := b.Field(i)
			switch {
			case v == nil:
				f.AppendNull()
			case formats[i] == 1:
				failed = types.DecodePG(f, v, schema[i].Type)
			default:
				f.(*array.StringBuilder).Append(string(v))
			}
			if failed != nil {
				break
			}
		}
		if n++; failed == nil && (n == flow.BatchRows || r.conn.Frontend().ReadBufferLen() == 0) {
			give()
		}
	}
	if failed == nil && n > 0 {
		give()
	}
	if failed != nil {
		stop() // the server is asked to end the query
		_, _ = rows.Close()
		return "", failed
	}
	tag, err := rows.Close()
	return tag.String(), err
}

// typeOf is the type of a column of the server, by its OID; Unknown where we read its values as text.
func typeOf(f pgconn.FieldDescription) types.Type {
	for _, k := range types.Kinds() {
		switch k {
		case types.Decimal: // a modifier has its digits; without one they vary from row to row
			if mod := f.TypeModifier - 4; f.DataTypeOID == types.Of(k).OID() && mod >= 0 {
				if p, s := int(mod>>16), int(mod&0xffff); p <= 38 && s <= p {
					return types.DecimalOf(p, s)
				}
			}
		case types.Array, types.Map, types.Row, types.Unknown:
		default:
			if types.Of(k).OID() == f.DataTypeOID {
				return types.Of(k)
			}
			if types.ArrayOf(types.Of(k)).OID() == f.DataTypeOID {
				return types.ArrayOf(types.Of(k))
			}
		}
	}
	return types.Type{}
}

// errorOf makes an error of ours out of a server's: with its place in text, its detail and hint.
func (r *remote) errorOf(err error, text string) error {
	var ours *sqlerr.Error
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		return err
	case errors.As(err, &pg):
		e := sqlerr.New(pg.Code, 0, "%s", pg.Message)
		e.Detail, e.Hint, e.Err = pg.Detail, pg.Hint, err
		if pg.Position > 0 {
			e.Pos = sqlerr.At(byteOffset(text, int(pg.Position)-1))
		}
		return e
	case errors.Is(err, context.Canceled):
		return err
	}
	return sqlerr.New(sqlerr.ConnectionFailure, 0, "the connection to the server failed: %v", err).Because(err).
		WithHint("The next statement connects again; what was set in the session is gone.")
}

// byteOffset is where the n-th character of a text is, from 0.
func byteOffset(text string, n int) int {
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

func (r *remote) Conninfo() string {
	secure := "without TLS"
	if _, ok := r.conn.Conn().(*tls.Conn); ok {
		secure = "by TLS"
	}
	return fmt.Sprintf("Connected to %s:%d %s, as user %s, database %s; the server says that it is version %s.",
		r.config.Host, r.config.Port, secure, r.config.User, r.config.Database, r.conn.ParameterStatus("server_version"))
}

func (r *remote) Dialect() Dialect {
	if strings.Contains(strings.ToLower(r.conn.ParameterStatus("server_version")), "millrace") {
		return Millrace
	}
	return Postgres
}

func (r *remote) Busy() bool { return r.conn.IsClosed() || r.conn.TxStatus() != 'I' }

func (r *remote) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	return r.conn.Close(ctx)
}
