package pgwire

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/formats/pgcopy"
	"millrace/sql"
	"millrace/sqlerr"
)

// copy runs COPY … TO STDOUT and COPY … FROM STDIN.
func (c *conn) copy(ctx context.Context, st *sql.Copy) error {
	if st.From {
		return c.copyIn(ctx, st)
	}
	return c.copyOut(ctx, st)
}

// copyFormats are the format of all and of each column.
func copyFormats(o pgcopy.Options, columns int) (byte, []uint16) {
	format := uint16(pgproto3.TextFormat)
	if o.Format == pgcopy.Binary {
		format = pgproto3.BinaryFormat
	}
	list := make([]uint16, columns)
	for i := range list {
		list[i] = format
	}
	return byte(format), list
}

// copyOut sends a message a row, as clients expect; the signature of binary data goes with the first.
func (c *conn) copyOut(ctx context.Context, st *sql.Copy) error {
	out, err := c.session.CopyTo(ctx, st)
	if err != nil {
		return err
	}
	format, formats := copyFormats(out.Options, len(out.Schema))
	c.send(&pgproto3.CopyOutResponse{OverallFormat: format, ColumnFormatCodes: formats})
	e := pgcopy.NewEncoder(out.Schema, out.Options)
	start := e.Start(nil)
	if out.Options.Format != pgcopy.Binary && len(start) > 0 { // a line of names
		c.send(&pgproto3.CopyData{Data: start})
		start = nil
	}
	w := &copyWriter{to: e, start: start}
	q := open(c.ctx, out.Result, w)
	defer q.close(engine.ErrUnread)
	rows, err := c.sendRows(ctx, q, 0, false)
	if err != nil {
		return err
	}
	if len(w.start) > 0 {
		c.send(&pgproto3.CopyData{Data: w.start})
	}
	if end := e.End(nil); len(end) > 0 {
		c.send(&pgproto3.CopyData{Data: end})
	}
	c.send(&pgproto3.CopyDone{})
	c.send(&pgproto3.CommandComplete{CommandTag: fmt.Appendf(nil, "COPY %d", rows)})
	return nil
}

// copyWriter makes CopyData messages of batches.
type copyWriter struct {
	to    *pgcopy.Encoder
	start []byte // goes in front of the first row
}

func (w *copyWriter) begin(rec arrow.RecordBatch) { w.to.Begin(rec) }

func (w *copyWriter) append(buf []byte, i int) ([]byte, error) {
	start := len(buf)
	buf, err := w.to.Append(append(append(buf, 'd', 0, 0, 0, 0), w.start...), i)
	if err != nil {
		return buf[:start], err
	}
	w.start = nil
	binary.BigEndian.PutUint32(buf[start+1:], uint32(len(buf)-start-1))
	return buf, nil
}

func (c *conn) copyIn(ctx context.Context, st *sql.Copy) error {
	in, err := c.session.CopyFrom(ctx, st)
	if err != nil {
		return err
	}
	format, formats := copyFormats(in.Options, len(in.Columns))
	c.send(&pgproto3.CopyInResponse{OverallFormat: format, ColumnFormatCodes: formats})
	if err := c.flush(); err != nil {
		return err
	}
	r := &copyReader{conn: c, ctx: ctx, closed: make(chan struct{})}
	res, err := in.Run(ctx, r)
	r.Close()
	if r.broken != nil { // the protocol
		return r.broken
	}
	if err != nil {
		return err
	}
	if err := r.finish(); err != nil {
		return err
	}
	c.send(&pgproto3.CommandComplete{CommandTag: []byte(res.Tag)})
	return nil
}

// copyReader is the data that a client sends. It has the connection's messages for itself until it is closed.
type copyReader struct {
	conn   *conn
	ctx    context.Context
	rest   []byte
	ended  bool
	broken error // what ends the connection

	once   sync.Once
	closed chan struct{}
}

func (r *copyReader) Read(p []byte) (int, error) {
	for len(r.rest) == 0 {
		if r.ended {
			return 0, io.EOF
		}
		if err := r.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// next takes a message.
func (r *copyReader) next() error {
	var f frame
	var ok bool
	select {
	case f, ok = <-r.conn.frames:
	case <-r.closed:
		return io.ErrClosedPipe
	case <-r.ctx.Done():
		return context.Cause(r.ctx)
	}
	if !ok || f.err != nil || f.kind == 'X' {
		r.broken = io.EOF
		if f.err != nil {
			r.broken = f.err
		}
		return sqlerr.New(sqlerr.ConnectionFailure, 0, "unexpected EOF on client connection with an open COPY")
	}
	r.conn.took(f)
	switch f.kind {
	case 'd':
		r.rest = f.body
	case 'c':
		r.ended = true
	case 'f':
		var m pgproto3.CopyFail
		if err := m.Decode(f.body); err != nil {
			m.Message = ""
		}
		r.ended = true
		return sqlerr.New(sqlerr.QueryCanceled, 0, "COPY from stdin failed: %s", m.Message)
	case 'H', 'S': // nothing is due in the middle of a COPY
	default:
		r.broken = fatal{violation("unexpected message type 0x%02X during COPY from stdin", f.kind)}
		return r.broken
	}
	return nil
}

// finish takes what is behind the end mark of the data.
func (r *copyReader) finish() error {
	r.closed = make(chan struct{})
	for !r.ended {
		r.rest = nil
		if err := r.next(); err != nil {
			if r.broken != nil {
				return r.broken
			}
			return err
		}
	}
	return nil
}

// Close ends a Read that waits.
func (r *copyReader) Close() error {
	r.once.Do(func() { close(r.closed) })
	return nil
}
