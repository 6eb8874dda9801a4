package pgwire

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/sqlerr"
)

// conn is one connection. Once the client has logged in, one goroutine reads messages and hands them on, so that it is seen when
// the client goes or asks for the end while a statement runs; another executes them, one after the other.
type conn struct {
	server *server
	net    net.Conn
	in     *bufio.Reader
	log    *slog.Logger
	ctx    context.Context // ends with the server or the connection
	end    context.CancelCauseFunc

	user     string
	pid      uint32
	secret   []byte
	session  *engine.Session
	greeting []string // notices of the login

	told map[string]string // parameters by what the client was told last

	frames chan frame
	held   atomic.Int64  // bytes of the frames that wait
	room   chan struct{} // says that there are fewer

	out      []byte
	writeErr error // the first: nothing is sent behind it
	farewell bool  // the client was told why the connection ends

	mu      sync.Mutex
	running context.CancelCauseFunc // of the statement; nil: none runs
	rows    bool                    // it gives rows, which nobody reads once the client is gone
	gone    bool

	skipping   bool // up to the next Sync
	statements map[string]*statement
	portals    map[string]*portal
	bound      int // bytes of parameters that the portals hold
}

// frame is a message as it came.
type frame struct {
	kind byte
	body []byte
	err  error // the last frame: why there are no more
}

const (
	maxHeld   = 1 << 20  // bytes of messages that wait for one that runs; the client is then not read
	flushSize = 64 << 10 // bytes to send at once

	lingerTime = 2 * time.Second
)

// readFrame reads a message. A body is believed to be as long as it says only as far as it comes.
func (c *conn) readFrame(limit int) (frame, error) {
	var head [5]byte
	if _, err := io.ReadFull(c.in, head[:]); err != nil {
		return frame{}, err
	}
	f := frame{kind: head[0]}
	n := int64(binary.BigEndian.Uint32(head[1:])) - 4
	switch f.kind {
	case 'Q', 'P', 'B', 'F', 'd', 'p', 'f':
	default: // the others hold a name at most
		limit = min(limit, maxStartup)
	}
	if n < 0 || n > int64(limit) {
		return f, violation("invalid message length").WithDetail("A message of this type has at most %d bytes.", limit)
	}
	const step = 64 << 10
	for int64(len(f.body)) < n {
		have := len(f.body)
		more := int(min(n-int64(have), int64(max(step, have))))
		f.body = slices.Grow(f.body, more)[:have+more]
		if _, err := io.ReadFull(c.in, f.body[have:]); err != nil {
			return f, err
		}
	}
	return f, nil
}

// read hands on what the client sends until it is gone.
func (c *conn) read() {
	defer close(c.frames)
	for {
		f, err := c.readFrame(c.server.cfg.MaxMessage)
		f.err = err
		if err != nil || f.kind == 'X' {
			c.lost()
		}
		c.held.Add(int64(len(f.body)))
		select {
		case c.frames <- f:
		case <-c.ctx.Done():
			return
		}
		if err != nil || f.kind == 'X' {
			return
		}
		for c.held.Load() > maxHeld {
			select {
			case <-c.room:
			case <-c.ctx.Done():
				return
			}
		}
	}
}

// took says that a message waits no more.
func (c *conn) took(f frame) {
	c.held.Add(-int64(len(f.body)))
	select {
	case c.room <- struct{}{}:
	default:
	}
}

// next is the next message to execute.
func (c *conn) next(idle <-chan time.Time) (frame, error) {
	select {
	case f, ok := <-c.frames:
		if !ok {
			return f, io.EOF
		}
		c.took(f)
		return f, f.err
	case <-idle:
		return frame{}, fatal{errIdle}
	case <-c.ctx.Done():
		return frame{}, because(c.ctx, fatal{context.Cause(c.ctx)})
	}
}

// run executes messages until the end.
func (c *conn) run() {
	c.frames, c.room = make(chan frame, 16), make(chan struct{}, 1)
	c.statements, c.portals = map[string]*statement{}, map[string]*portal{}
	var reader sync.WaitGroup
	reader.Go(c.read)
	defer reader.Wait()
	defer c.close() // which ends the reader
	defer c.closePortals()
	c.notices(c.greeting)
	c.ready()
	for {
		f, err := c.wait()
		if err == nil && f.kind == 'X' {
			return
		}
		if err == nil {
			err = c.execute(f)
		}
		if c.writeErr != nil {
			return
		}
		if err != nil {
			if !disconnected(err) {
				c.fail(fatal{err})
			}
			return
		}
	}
}

// wait is next with the time that a client may be idle.
func (c *conn) wait() (frame, error) {
	select { // most often there is one
	case f, ok := <-c.frames:
		if !ok {
			return f, io.EOF
		}
		c.took(f)
		return f, f.err
	default:
	}
	var idle <-chan time.Time
	if d := c.session.Settings().IdleTimeout(); d > 0 && !c.session.InTransaction() {
		t := time.NewTimer(d)
		defer t.Stop()
		idle = t.C
	}
	return c.next(idle)
}

// execute does what a message asks for. An error that it returns ends the connection.
func (c *conn) execute(f frame) error {
	if c.skipping && f.kind != 'S' {
		return nil
	}
	switch f.kind {
	case 'Q':
		var m pgproto3.Query
		if err := m.Decode(f.body); err != nil {
			return violation("malformed Query message")
		}
		return c.query(m.String)
	case 'P':
		return c.extended(c.parse(f.body))
	case 'B':
		return c.extended(c.bind(f.body))
	case 'D':
		return c.extended(c.describe(f.body))
	case 'E':
		return c.extended(c.executePortal(f.body))
	case 'C':
		return c.extended(c.closeNamed(f.body))
	case 'H':
		return c.flush()
	case 'S':
		c.skipping = false
		c.sync()
		return nil
	case 'F':
		c.session.Fail()
		c.fail(sqlerr.Unsupported(0, "the function call protocol", "Write SELECT with the function."))
		c.ready()
		return nil
	case 'd', 'c', 'f': // what is left of a COPY that has failed
		return nil
	}
	return violation("invalid frontend message type %d", f.kind)
}

// extended tells an error of the extended protocol, behind which all is skipped up to Sync. It is sent at once, as the Flush
// that a client may have written instead of Sync is skipped too: asyncpg waits for the error before it syncs.
func (c *conn) extended(err error, text string) error {
	if err == nil || isFatal(err) {
		return err
	}
	c.session.Fail()
	c.failAt(err, text)
	c.skipping = true
	if c.session.InTransaction() { // which has failed: its portals can't be read on
		c.closePortals()
	}
	return c.flush()
}

// send adds a message to what is sent.
func (c *conn) send(m pgproto3.BackendMessage) {
	out, err := m.Encode(c.out)
	if err != nil {
		c.writeErr = errors.Join(c.writeErr, err)
		return
	}
	c.out = out
}

// flush sends it.
func (c *conn) flush() error {
	if c.writeErr == nil && len(c.out) > 0 {
		_, c.writeErr = c.net.Write(c.out)
	}
	if cap(c.out) > 2*flushSize {
		c.out = nil
	}
	c.out = c.out[:0]
	return c.writeErr
}

// fail tells an error.
func (c *conn) fail(err error) { c.failAt(err, "") }

// failAt tells an error whose place is in text.
func (c *conn) failAt(err error, text string) {
	c.send(response(err, text))
	if isFatal(err) {
		c.farewell = c.flush() == nil && !errors.Is(err, errShutdown)
	}
}

// ready says that the next statement may come.
func (c *conn) ready() {
	c.report()
	c.send(&pgproto3.ReadyForQuery{TxStatus: c.txStatus()})
	_ = c.flush()
	if cap(c.out) > 4096 { // an idle connection is small
		c.out = nil
	}
}

// close ends the connection and frees its place.
func (c *conn) close() {
	c.end(io.EOF)
	_ = c.flush()
	c.server.unregister(c)
	if c.session != nil {
		c.session.End()
	}
	if c.farewell {
		c.linger()
	}
	_ = c.net.Close()
}

// linger reads what the client still sends, for a while. Closing a connection of which not all is read resets it, which
// may take from the client what it was told.
func (c *conn) linger() {
	if half, ok := c.net.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
		_ = c.net.SetReadDeadline(time.Now().Add(lingerTime))
		_, _ = io.Copy(io.Discard, c.net)
	}
}

// begin gives the context of a statement, and what ends it.
func (c *conn) begin() (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(c.ctx)
	c.mu.Lock()
	c.running, c.rows = cancel, false
	c.mu.Unlock()
	return ctx, func() {
		c.mu.Lock()
		c.running = nil
		c.mu.Unlock()
		cancel(nil)
	}
}

// streams says that the statement that runs gives rows: it ends when the client goes.
func (c *conn) streams() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rows = true
	if c.gone && c.running != nil {
		c.running(errGone)
	}
}

// lost says that the client is gone, or leaves.
func (c *conn) lost() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = true
	if c.running != nil && c.rows {
		c.running(errGone)
	}
}

// stop does what another session asks for: it cancels the statement that runs, or ends the connection.
func (c *conn) stop(end bool) {
	if end {
		c.end(errShutdown)
		return
	}
	c.cancelRunning(errCanceled)
}

// cancelRunning ends the statement that runs.
func (c *conn) cancelRunning(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running != nil {
		c.running(cause)
	}
}
