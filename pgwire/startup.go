package pgwire

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/sqlerr"
)

const (
	maxStartup    = 10_000 // bytes of a message of a client who has not logged in: PostgreSQL's own limit
	cancelRequest = 80877102
	sslRequest    = 80877103
	gssRequest    = 80877104
)

// serve has one connection from its first byte to its last. A panic in it ends it alone.
func (s *server) serve(ctx context.Context, nc net.Conn) {
	c := &conn{server: s, net: nc, in: bufio.NewReaderSize(nc, 4096), log: s.cfg.Log.With("client", nc.RemoteAddr().String())}
	c.ctx, c.end = context.WithCancelCause(ctx)
	defer func() {
		if p := recover(); p != nil {
			c.log.Error("pgwire: a connection panicked", "panic", p, "stack", string(debug.Stack()))
			c.fail(fatal{sqlerr.New(sqlerr.Internal, 0, "internal error").WithHint("This is a mistake in millrace; the log has where.")})
		}
		c.close()
	}()
	_ = nc.SetDeadline(time.Now().Add(s.cfg.StartupTimeout))
	unblock := context.AfterFunc(c.ctx, func() { _ = nc.SetDeadline(time.Now().Add(shutdownGrace)) })
	defer unblock()
	params, err := c.startup()
	if err == nil && params == nil { // a cancel request
		return
	}
	if err == nil {
		err = c.login(params)
	}
	if err != nil {
		if !disconnected(err) {
			c.log.Info("pgwire: a client was refused", "user", params["user"], "code", sqlerr.Code(err), "error", err)
			c.fail(fatal{because(c.ctx, err)})
		}
		return
	}
	_ = nc.SetDeadline(time.Time{})
	if c.ctx.Err() != nil { // the deadline of the end was just taken away
		_ = c.net.SetDeadline(time.Now().Add(shutdownGrace))
	}
	c.log = c.log.With("user", c.user, "pid", c.pid)
	c.log.Debug("pgwire: a client has logged in")
	c.run()
}

// disconnected reports whether an error is that there is nobody to tell it to.
func disconnected(err error) bool {
	var e *sqlerr.Error
	return !errors.As(err, &e)
}

// startup reads up to the startup message, and gives its parameters; none for a cancel request, which it serves.
func (c *conn) startup() (map[string]string, error) {
	if b, err := c.in.Peek(1); err != nil {
		return nil, err
	} else if b[0] == 0x16 && c.server.cfg.TLS != nil { // TLS at once, without a request
		if err := c.encrypt(); err != nil {
			return nil, err
		}
		if c.net.(*tls.Conn).ConnectionState().NegotiatedProtocol != "postgresql" {
			return nil, violation("received direct SSL connection request without ALPN protocol negotiation extension")
		}
	}
	for range 3 { // encryption is asked for twice at most
		body, err := c.readStartup()
		if err != nil {
			return nil, err
		}
		switch code := binary.BigEndian.Uint32(body); code {
		case sslRequest:
			if c.server.cfg.TLS == nil || c.encrypted() {
				_, err = c.net.Write([]byte{'N'})
			} else if _, err = c.net.Write([]byte{'S'}); err == nil {
				err = c.encrypt()
			}
			if err != nil {
				return nil, err
			}
		case gssRequest:
			if _, err := c.net.Write([]byte{'N'}); err != nil {
				return nil, err
			}
		case cancelRequest:
			if len(body) >= 8 {
				c.server.cancel(binary.BigEndian.Uint32(body[4:]), body[8:])
			}
			return nil, nil
		default:
			return c.parameters(code, body)
		}
	}
	return nil, violation("a startup message is expected")
}

func (c *conn) readStartup() ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return nil, err
	}
	n := int64(binary.BigEndian.Uint32(head[:]))
	if n < 8 || n > maxStartup {
		return nil, violation("invalid length of startup packet")
	}
	body := make([]byte, n-4)
	_, err := io.ReadFull(c.in, body)
	return body, err
}

func (c *conn) encrypted() bool {
	_, ok := c.net.(*tls.Conn)
	return ok
}

// encrypt goes on in TLS. What a client has sent in clear behind its request might be somebody else's.
func (c *conn) encrypt() error {
	plain := net.Conn(c.net)
	if b, _ := c.in.Peek(c.in.Buffered()); len(b) > 0 {
		if b[0] != 0x16 {
			return violation("received unencrypted data after SSL request").WithDetail("This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.")
		}
		plain = &buffered{c.net, c.in}
	}
	t := tls.Server(plain, c.server.cfg.TLS)
	if err := t.HandshakeContext(c.ctx); err != nil {
		c.log.Info("pgwire: TLS failed", "error", err)
		return io.EOF // nothing can be said to this client
	}
	c.net, c.in = t, bufio.NewReaderSize(t, 4096)
	return nil
}

// buffered is a connection of which the first bytes have been read.
type buffered struct {
	net.Conn
	in *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.in.Read(p) }

// parameters reads the startup message. Of later minor versions and of options that it does not know, the client is told.
func (c *conn) parameters(version uint32, body []byte) (map[string]string, error) {
	if version>>16 != 3 {
		return nil, sqlerr.New(sqlerr.FeatureNotSupported, 0, "unsupported frontend protocol %d.%d: server supports 3.0", version>>16, version&0xffff)
	}
	if c.server.cfg.RequireTLS && !c.encrypted() {
		return nil, sqlerr.New(sqlerr.InvalidAuthorization, 0, "connection requires TLS").WithHint("Connect with sslmode=require.")
	}
	binary.BigEndian.PutUint32(body, pgproto3.ProtocolVersion30)
	var m pgproto3.StartupMessage
	if len(body) == 5 && body[4] == 0 { // no parameters at all
		m.Parameters = map[string]string{}
	} else if err := m.Decode(body); err != nil {
		return nil, violation("invalid startup packet layout: expected terminator as last byte")
	}
	var unknown []string
	for name := range m.Parameters {
		if strings.HasPrefix(name, "_pq_.") {
			unknown = append(unknown, name)
			delete(m.Parameters, name)
		}
	}
	if version != pgproto3.ProtocolVersion30 || len(unknown) > 0 {
		slices.Sort(unknown)
		c.send(&pgproto3.NegotiateProtocolVersion{NewestMinorProtocol: pgproto3.ProtocolVersion30, UnrecognizedOptions: unknown})
	}
	return m.Parameters, nil
}

// login proves who the client is and starts its session.
func (c *conn) login(params map[string]string) error {
	c.user = params["user"]
	if c.user == "" {
		return sqlerr.New(sqlerr.InvalidAuthorization, 0, "no PostgreSQL user name specified in startup packet")
	}
	if replication := params["replication"]; replication != "" && replication != "false" && replication != "off" && replication != "0" {
		return sqlerr.Unsupported(0, "a replication connection", "")
	}
	if err := c.server.register(c); err != nil {
		return err
	}
	if err := c.authenticate(); err != nil {
		return err
	}
	if db := params["database"]; db != engine.Database && db != "" {
		return sqlerr.New(sqlerr.InvalidCatalogName, 0, "database %q does not exist", db).WithHint("The database is called %q.", engine.Database)
	}
	if err := c.startSession(params); err != nil {
		return err
	}
	c.send(&pgproto3.AuthenticationOk{})
	c.report()
	c.send(&pgproto3.BackendKeyData{ProcessID: c.pid, SecretKey: c.secret})
	return nil
}

// authenticate asks for the password, unless all are trusted.
func (c *conn) authenticate() error {
	if c.server.cfg.Auth == Trust {
		if !local(c.net.RemoteAddr()) {
			return sqlerr.New(sqlerr.InvalidAuthorization, 0, "authentication 'trust' is for connections from this machine only")
		}
		return nil
	}
	exchange, err := c.server.cfg.Engine.Users().Scram(c.user)
	if err != nil {
		c.log.Error("pgwire: the users can't be read", "error", err)
		return sqlerr.New(sqlerr.Internal, 0, "the users can't be read").WithHint("The server's log has why.")
	}
	if err := c.scram(exchange); err != nil {
		if sqlerr.Code(err) == sqlerr.InvalidPassword {
			select {
			case <-time.After(c.server.logins.failure(c.net.RemoteAddr(), time.Now())):
			case <-c.ctx.Done():
			}
		}
		return err
	}
	return nil
}

func (c *conn) scram(exchange *engine.Scram) error {
	c.send(&pgproto3.AuthenticationSASL{AuthMechanisms: []string{engine.ScramSHA256}})
	body, err := c.password()
	if err != nil {
		return err
	}
	var first pgproto3.SASLInitialResponse
	if err := first.Decode(body); err != nil {
		return violation("malformed SASL message")
	}
	if first.AuthMechanism != engine.ScramSHA256 {
		return violation("client selected an invalid SASL authentication mechanism")
	}
	answer, err := exchange.First(first.Data)
	if err != nil {
		return err
	}
	c.send(&pgproto3.AuthenticationSASLContinue{Data: answer})
	if body, err = c.password(); err != nil {
		return err
	}
	if answer, err = exchange.Final(body); err != nil {
		return err
	}
	c.send(&pgproto3.AuthenticationSASLFinal{Data: answer})
	return nil
}

// password sends what there is to send and reads a message of a login.
func (c *conn) password() ([]byte, error) {
	if err := c.flush(); err != nil {
		return nil, err
	}
	f, err := c.readFrame(maxStartup)
	if err != nil {
		return nil, err
	}
	if f.kind != 'p' {
		return nil, violation("expected SASL response, got message type %d", f.kind)
	}
	return f.body, nil
}
