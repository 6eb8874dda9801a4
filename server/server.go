package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"millrace/engine"
	"millrace/pgwire"
	"millrace/sqlerr"
)

// Server is one running server.
type Server struct {
	cfg     *Config
	log     *slog.Logger
	version string
	routes  []route
	metrics *metrics
	started time.Time

	engine   atomic.Pointer[engine.Engine] // nil until what the data folder has is back
	stopping chan struct{}                 // closed when the server begins to stop

	requests, followers chan struct{} // slots

	http, pg *counted     // nil: that door stays shut
	cert     *certificate // nil: no TLS
}

// Listen takes the addresses of the configuration, so that what stands in the way is known before anything is begun.
func Listen(ctx context.Context, cfg *Config, log *slog.Logger, version string) (*Server, error) {
	s := &Server{
		cfg: cfg, log: log, version: version, started: time.Now(), stopping: make(chan struct{}),
		requests: make(chan struct{}, cfg.HTTPMaxRequests), followers: make(chan struct{}, cfg.HTTPMaxRequests),
	}
	s.routes = routes()
	s.metrics = newMetrics(s)
	if cfg.TLSCert != "" {
		s.cert = &certificate{cert: cfg.TLSCert, key: cfg.TLSKey}
		if err := s.cert.Load(); err != nil {
			return nil, err
		}
	}
	var err error
	if s.http, err = listen(ctx, "http.listen", cfg.HTTPListen); err != nil {
		return nil, err
	}
	if s.pg, err = listen(ctx, "pg.listen", cfg.PGListen); err != nil {
		if s.http != nil {
			_ = s.http.Close()
		}
		return nil, err
	}
	return s, nil
}

// HTTPAddr and PGAddr are where the doors are; nil: nowhere.
func (s *Server) HTTPAddr() net.Addr { return s.http.address() }
func (s *Server) PGAddr() net.Addr   { return s.pg.address() }

// Reload reads the certificate again.
func (s *Server) Reload() {
	if s.cert == nil {
		s.log.Info("nothing to read again: there is no tls.cert")
		return
	}
	if err := s.cert.Load(); err != nil {
		s.log.Error("the certificate stays what it was", "error", err)
		return
	}
	s.log.Info("the certificate was read again", "file", s.cfg.TLSCert)
}

// Run opens the engine and serves until ctx ends; then it stops in good order, for which it has the configured time or until
// cut ends.
func (s *Server) Run(ctx, cut context.Context, open func(context.Context) (*engine.Engine, error)) (err error) {
	ctx, shut := context.WithCancel(ctx)
	defer shut()
	failed := make(chan error, 2)
	var doors sync.WaitGroup
	web := s.startHTTP(&doors, failed)
	var e *engine.Engine
	defer func() {
		deadline, cancel := context.WithTimeout(cut, s.cfg.StopTimeout)
		defer cancel()
		shut()
		err = errors.Join(err, s.stop(deadline, web, &doors, e))
	}()
	if e, err = open(ctx); err != nil {
		return err
	}
	s.engine.Store(e)
	s.startPG(ctx, e, &doors, failed)
	s.tellReady(ctx, e)
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

// startHTTP answers by HTTP, at first only that the server is starting.
func (s *Server) startHTTP(doors *sync.WaitGroup, failed chan<- error) *http.Server {
	if s.http == nil {
		return nil
	}
	web := &http.Server{
		Handler: s.handler(), ReadHeaderTimeout: headerTimeout, ReadTimeout: s.cfg.HTTPReadTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: s.cfg.HTTPIdleTimeout, MaxHeaderBytes: maxHeader,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	serve := func(l net.Listener) error { return web.Serve(l) }
	if s.cert != nil {
		web.TLSConfig = s.cert.Config("h2", "http/1.1")
		serve = func(l net.Listener) error { return web.ServeTLS(l, "", "") }
	}
	doors.Go(func() {
		if err := serve(limit(s.http, s.cfg.HTTPMaxConnections)); !errors.Is(err, http.ErrServerClosed) {
			failed <- sqlerr.New(sqlerr.IOError, 0, "listening on http.listen ended: %v", cause(err)).Because(err)
		}
	})
	return web
}

// startPG serves PostgreSQL clients until ctx ends. Those that came before waited in the queue of the listener.
func (s *Server) startPG(ctx context.Context, e *engine.Engine, doors *sync.WaitGroup, failed chan<- error) {
	if s.pg == nil {
		return
	}
	cfg := pgwire.Config{
		Engine: e, Auth: pgwire.Auth(s.cfg.Auth), RequireTLS: s.cfg.PGRequireTLS, Log: s.log,
		MaxConnections: s.cfg.PGMaxConnections, MaxMessage: int(s.cfg.PGMaxMessage), StartupTimeout: s.cfg.PGStartupTimeout,
		StatementTimeout: s.cfg.PGStatementTimeout, IdleTimeout: s.cfg.PGIdleTimeout,
	}
	if s.cert != nil {
		cfg.TLS = s.cert.Config("postgresql")
	}
	doors.Go(func() {
		if err := pgwire.Serve(ctx, s.pg, cfg); err != nil {
			failed <- sqlerr.New(sqlerr.IOError, 0, "listening on pg.listen ended: %v", cause(err)).Because(err)
		}
	})
}

// tellReady logs what a person or a supervisor wants to know at the start.
func (s *Server) tellReady(ctx context.Context, e *engine.Engine) {
	if s.http != nil {
		scheme := "http"
		if s.cert != nil {
			scheme = "https"
		}
		s.log.Info("listening", "door", "http", "url", fmt.Sprintf("%s://%s", scheme, s.http.Addr()))
	}
	if s.pg != nil {
		s.log.Info("listening", "door", "postgres", "url", fmt.Sprintf("postgres://%s/%s", s.pg.Addr(), engine.Database))
	}
	if s.cfg.Auth == AuthTrust {
		s.log.Warn("auth is trust: whoever is on this machine is let in")
	} else if names, err := e.Users().List(); err != nil {
		s.log.Error("the users can't be read: nobody is let in", "error", err)
	} else if len(names) == 0 {
		s.log.Warn("there are no users: nobody is let in yet; make one: millrace user add NAME --data-dir " + s.cfg.DataDir)
	}
	jobs := 0
	for _, j := range e.Jobs() {
		if !j.State.Rests() {
			jobs++
		}
	}
	views, err := e.Views(ctx)
	if err != nil {
		s.log.Error("the materialized views can't be listed", "error", err)
	}
	s.log.Info("ready", "jobs", jobs, "views", len(views), "version", s.version, "data_dir", s.cfg.DataDir, "took", time.Since(s.started).Round(time.Millisecond))
	if err := notify("READY=1"); err != nil {
		s.log.Warn("systemd can't be told that the server is ready", "error", err)
	}
}

// stop ends everything: first nobody is let in any more, then what runs is ended.
func (s *Server) stop(ctx context.Context, web *http.Server, doors *sync.WaitGroup, e *engine.Engine) error {
	close(s.stopping)
	_ = notify("STOPPING=1")
	if e != nil {
		s.log.Info("stopping")
	}
	ended := make(chan error, 1)
	go func() {
		var err error
		if s.pg != nil && e == nil { // nobody serves it
			err = s.pg.Close()
		}
		if web != nil {
			if serr := web.Shutdown(ctx); serr != nil {
				s.log.Warn("http: requests were cut off", "error", serr)
				err = web.Close()
			}
		}
		doors.Wait()
		if e != nil {
			err = errors.Join(err, e.Close())
		}
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil && e != nil {
			s.log.Info("stopped")
		}
		return err
	case <-ctx.Done():
		return sqlerr.New(sqlerr.QueryCanceled, 0, "the stop was cut short: %v", context.Cause(ctx)).
			WithHint("Jobs go on from their last checkpoint when the server starts again.")
	}
}

// ready tells whether the server answers: what the data folder has is back, and it is not stopping.
func (s *Server) ready() bool {
	select {
	case <-s.stopping:
		return false
	default:
		return s.engine.Load() != nil
	}
}
