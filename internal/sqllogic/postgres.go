package sqllogic

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"millrace/sqlerr"
)

// Postgres is a connection to a PostgreSQL that lets anybody in. It speaks the few messages of the protocol that a
// statement with no parameters takes.
type Postgres struct {
	conn net.Conn
	r    *bufio.Reader
}

// DialPostgres logs in as postgres.
func DialPostgres(address, database string) (*Postgres, error) {
	conn, err := net.DialTimeout("tcp", address, 10*time.Second)
	if err != nil {
		return nil, err
	}
	p := &Postgres{conn: conn, r: bufio.NewReader(conn)}
	var start []byte
	start = binary.BigEndian.AppendUint32(start, 3<<16)
	for _, s := range []string{
		"user", "postgres", "database", database, "TimeZone", "UTC", "DateStyle", "ISO, MDY", "IntervalStyle", "postgres",
		"client_encoding", "UTF8", "statement_timeout", "10000", "client_min_messages", "error", "",
	} {
		start = append(append(start, s...), 0)
	}
	if _, err := conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(start)+4)), start...)); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	for {
		kind, body, err := p.message()
		if err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		switch {
		case kind == 'Z':
			return p, nil
		case kind == 'E':
			return nil, errors.Join(serverError(body), conn.Close())
		case kind == 'R' && binary.BigEndian.Uint32(body) != 0:
			return nil, errors.Join(errors.New("the server asks for a password"), conn.Close())
		}
	}
}

// Close ends the session.
func (p *Postgres) Close() error { return p.conn.Close() }

func (p *Postgres) message() (byte, []byte, error) {
	var head [5]byte
	if _, err := io.ReadFull(p.r, head[:]); err != nil {
		return 0, nil, err
	}
	body := make([]byte, binary.BigEndian.Uint32(head[1:])-4)
	_, err := io.ReadFull(p.r, body)
	return head[0], body, err
}

// Run answers a text of one or more statements: the last one's rows, or the first one's error. The error that it
// returns itself is one of the connection.
func (p *Postgres) Run(text string) (Answer, error) {
	var a Answer
	if err := p.conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return a, err
	}
	q := append([]byte{'Q'}, binary.BigEndian.AppendUint32(nil, uint32(len(text)+5))...)
	if _, err := p.conn.Write(append(append(q, text...), 0)); err != nil {
		return a, err
	}
	for {
		kind, body, err := p.message()
		if err != nil {
			return a, fmt.Errorf("%w, of %s", err, text)
		}
		switch kind {
		case 'T':
			a.Types, a.Rows = rowDescription(body), nil
		case 'D':
			a.Rows = append(a.Rows, dataRow(body, a.Types))
		case 'E':
			e := serverError(body)
			a = Answer{Code: e.Code, Err: e.Message}
		case 'Z':
			return a, nil
		}
	}
}

// Must runs a text that must not fail.
func (p *Postgres) Must(text string) error {
	a, err := p.Run(text)
	if err == nil && a.Code != "" {
		err = fmt.Errorf("%s: %s: %s", text, a.Code, a.Err)
	}
	return err
}

func rowDescription(b []byte) string {
	n := int(binary.BigEndian.Uint16(b))
	b = b[2:]
	letters := make([]byte, n)
	for i := range letters {
		end := strings.IndexByte(string(b), 0)
		b = b[end+1:]
		letters[i] = letterOf(binary.BigEndian.Uint32(b[6:]))
		b = b[18:]
	}
	return string(letters)
}

func dataRow(b []byte, letters string) string {
	row := make([]string, binary.BigEndian.Uint16(b))
	b = b[2:]
	for i := range row {
		n := int32(binary.BigEndian.Uint32(b))
		b = b[4:]
		if n < 0 {
			row[i] = cell("", true)
			continue
		}
		row[i] = cell(string(b[:n]), false)
		b = b[n:]
	}
	return strings.Join(row, "\t")
}

func serverError(b []byte) *sqlerr.Error {
	e := &sqlerr.Error{}
	for len(b) > 1 {
		field := b[0]
		end := strings.IndexByte(string(b), 0)
		switch value := string(b[1:end]); field {
		case 'C':
			e.Code = value
		case 'M':
			e.Message = value
		}
		b = b[end+1:]
	}
	return e
}

func code(err error) string { return sqlerr.Code(err) }
