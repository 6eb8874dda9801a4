package server

import (
	"context"
	"crypto/tls"
	"errors"
	"io/fs"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"millrace/sqlerr"
)

// cause is the error that the system gave, without what Go says around it.
func cause(err error) error {
	var e *os.SyscallError
	if errors.As(err, &e) {
		return e.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func isInUse(err error) bool  { return errors.Is(err, syscall.EADDRINUSE) }
func isDenied(err error) bool { return errors.Is(err, fs.ErrPermission) }

// listen opens the address of a door; nil where it stays shut.
func listen(ctx context.Context, key, address string) (*counted, error) {
	if address == off {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, listenError(key, address, err)
	}
	return &counted{Listener: l}, nil
}

// counted knows how many of its connections there have been, and are.
type counted struct {
	net.Listener
	open, total atomic.Int64
}

func (l *counted) address() net.Addr {
	if l == nil {
		return nil
	}
	return l.Addr()
}

// Accept counts the connection until it is closed.
func (l *counted) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.total.Add(1)
	l.open.Add(1)
	return &closing{Conn: c, then: func() { l.open.Add(-1) }}, nil
}

// closing is a connection that something is done for when it is closed.
type closing struct {
	net.Conn
	once sync.Once
	then func()
}

func (c *closing) Close() error {
	c.once.Do(c.then)
	return c.Conn.Close()
}

// limited accepts no more connections than there are slots; others wait in the queue of the system.
type limited struct {
	net.Listener
	slots  chan struct{}
	closed chan struct{}
	once   sync.Once
}

func limit(l net.Listener, n int) net.Listener {
	return &limited{Listener: l, slots: make(chan struct{}, n), closed: make(chan struct{})}
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.slots <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	c, err := l.Listener.Accept()
	if err != nil {
		<-l.slots
		return nil, err
	}
	return &closing{Conn: c, then: func() { <-l.slots }}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

// certificate is what the doors show; it can be read again while they are open.
type certificate struct {
	cert, key string
	now       atomic.Pointer[tls.Certificate]
}

// Load reads the files. Where they can't be used, what was read before stays.
func (c *certificate) Load() error {
	pair, err := tls.LoadX509KeyPair(c.cert, c.key)
	if err != nil {
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "cannot use tls.cert = %q with tls.key = %q: %v", c.cert, c.key, err)
	}
	c.now.Store(&pair)
	return nil
}

// Config is TLS 1.2 or newer with the certificate, for the given application protocols.
func (c *certificate) Config(protocols ...string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12, NextProtos: protocols,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.now.Load(), nil },
	}
}
