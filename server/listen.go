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
func listen(ctx context.Context, key, address string) (net.Listener, error) {
	if address == off {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", address)
	if err != nil {
		return nil, listenError(key, address, err)
	}
	return l, nil
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
	return &limitedConn{Conn: c, slots: l.slots}, nil
}

func (l *limited) Close() error {
	l.once.Do(func() { close(l.closed) })
	return l.Listener.Close()
}

type limitedConn struct {
	net.Conn
	slots chan struct{}
	once  sync.Once
}

func (c *limitedConn) Close() error {
	c.once.Do(func() { <-c.slots })
	return c.Conn.Close()
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
