// Package pgwire is the door of PostgreSQL's wire protocol, version 3: it turns messages into calls of the engine's
// session, and columns into rows. It holds no SQL of its own.
package pgwire

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"log/slog"
	"net"
	"sync"
	"time"

	"millrace/engine"
	"millrace/sqlerr"
)

// Auth is how clients prove who they are.
type Auth string

const (
	Scram Auth = "scram" // by SCRAM-SHA-256, with the users of the data folder
	Trust Auth = "trust" // not at all: for clients on the same machine only
)

// Config is what a server is made of. A limit of 0 is its default.
type Config struct {
	Engine     *engine.Engine
	Auth       Auth        // "": Scram
	TLS        *tls.Config // nil: connections are not encrypted
	RequireTLS bool        // those that are not are refused
	Log        *slog.Logger

	MaxConnections   int           // sessions at a time: 100
	MaxMessage       int           // bytes of a message of a client: 64 MiB
	MaxStatements    int           // prepared statements of a connection: 10,000
	MaxPortals       int           // portals of a connection: 1,000
	MaxParameters    int           // bytes of parameters that a connection's portals hold: 64 MiB
	StartupTimeout   time.Duration // until a client is logged in: 60 s
	StatementTimeout time.Duration // of a statement, where the session does not say; 0: none
	IdleTimeout      time.Duration // between statements; 0: none
}

func (c Config) withDefaults() Config {
	for _, d := range []struct {
		of    *int
		value int
	}{{&c.MaxConnections, 100}, {&c.MaxMessage, 64 << 20}, {&c.MaxStatements, 10_000}, {&c.MaxPortals, 1000}, {&c.MaxParameters, 64 << 20}} {
		if *d.of <= 0 {
			*d.of = d.value
		}
	}
	if c.StartupTimeout <= 0 {
		c.StartupTimeout = time.Minute
	}
	if c.Auth == "" {
		c.Auth = Scram
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}

// LoadTLS reads a certificate and its key.
func LoadTLS(certFile, keyFile string) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, sqlerr.New(sqlerr.IOError, 0, "could not load the TLS certificate %s and its key %s: %v", certFile, keyFile, err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12, NextProtos: []string{"postgresql"}}, nil
}

// shutdownGrace is how long clients have to read what they are told at the end.
const shutdownGrace = 5 * time.Second

// server is the connections of one listener.
type server struct {
	cfg    Config
	logins logins

	mu       sync.Mutex
	sockets  int              // accepted and not closed
	sessions map[uint32]*conn // by process id
	lastPID  uint32
}

// Serve accepts connections until ctx ends. It then closes the listener and all connections, and returns when nothing of
// them runs any more.
func Serve(ctx context.Context, l net.Listener, cfg Config) error {
	cfg = cfg.withDefaults()
	defer l.Close()
	if err := cfg.check(l.Addr()); err != nil {
		return err
	}
	s := &server{cfg: cfg, sessions: map[uint32]*conn{}}
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	connections, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel(errShutdown)
	for delay := time.Duration(0); ; {
		nc, err := l.Accept()
		if err == nil {
			delay = 0
			if s.admit() {
				wg.Go(func() {
					defer s.leave()
					s.serve(connections, nc)
				})
			} else {
				nc.Close()
			}
			continue
		}
		if ctx.Err() != nil {
			return nil
		}
		if errors.Is(err, net.ErrClosed) {
			return err
		}
		// too many open files, or a client that was gone at once: others must still be served
		delay = min(max(2*delay, 5*time.Millisecond), time.Second)
		cfg.Log.Warn("pgwire: accept failed", "error", err)
		select {
		case <-time.After(delay):
		case <-ctx.Done():
			return nil
		}
	}
}

// check refuses what would leave the door open.
func (c Config) check(addr net.Addr) error {
	switch {
	case c.Auth != Scram && c.Auth != Trust:
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "there is no authentication %q", c.Auth).WithHint("There are 'scram' and 'trust'.")
	case c.Auth == Trust && !local(addr):
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "authentication 'trust' is for connections from this machine only, and %s is open to others", addr).
			WithHint("Listen on 127.0.0.1, or use 'scram'.")
	case c.RequireTLS && c.TLS == nil:
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "TLS is required, but there is no certificate")
	}
	return nil
}

// local reports whether an address is of this machine and reached from nowhere else.
func local(addr net.Addr) bool {
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.IP.IsLoopback()
	case *net.UnixAddr:
		return true
	}
	return false
}

// admit counts a socket. There may be more of them than sessions: one asks for a cancel or is told that there are too many.
func (s *server) admit() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sockets >= 2*s.cfg.MaxConnections+64 {
		return false
	}
	s.sockets++
	return true
}

func (s *server) leave() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets--
}

// register gives a connection its number and its secret.
func (s *server) register(c *conn) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.sessions) >= s.cfg.MaxConnections {
		return sqlerr.New(sqlerr.TooManyConnections, 0, "sorry, too many clients already")
	}
	if s.lastPID == 0 {
		var seed [2]byte
		rand.Read(seed[:])
		s.lastPID = uint32(binary.BigEndian.Uint16(seed[:]))
	}
	for {
		s.lastPID = s.lastPID%(1<<31-1) + 1
		if s.sessions[s.lastPID] == nil {
			break
		}
	}
	c.pid, c.secret = s.lastPID, make([]byte, 4)
	rand.Read(c.secret)
	s.sessions[c.pid] = c
	return nil
}

func (s *server) unregister(c *conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sessions[c.pid] == c {
		delete(s.sessions, c.pid)
	}
}

// cancel ends the statement that a session runs. Who asks learns nothing.
func (s *server) cancel(pid uint32, secret []byte) {
	s.mu.Lock()
	c := s.sessions[pid]
	s.mu.Unlock()
	if c != nil && subtle.ConstantTimeCompare(secret, c.secret) == 1 {
		c.cancelRunning(errCanceled)
	}
}
