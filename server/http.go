package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime/debug"
	"strings"
	"time"

	"millrace/sqlerr"
)

const (
	headerTimeout = 10 * time.Second // to send the headers of a request
	writeTimeout  = 2 * time.Minute  // to answer one; what follows a log has as much for each piece
	maxHeader     = 64 << 10         // bytes
)

// handler answers requests by the table of routes.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	allowed := map[string][]string{}
	for i := range s.routes {
		rt := &s.routes[i]
		mux.HandleFunc(rt.method+" "+rt.path, func(w http.ResponseWriter, r *http.Request) { s.serve(rt, w, r) })
		allowed[rt.path] = append(allowed[rt.path], rt.method)
		if rt.method == http.MethodGet {
			allowed[rt.path] = append(allowed[rt.path], http.MethodHead)
		}
	}
	for path, methods := range allowed {
		allow := strings.Join(methods, ", ")
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			writeProblem(w, s.log, refuse(http.StatusMethodNotAllowed, sqlerr.ProtocolViolation, "%s can't be asked by %s", path, r.Method).
				withHint("There are: %s.", allow).withHeader("Allow", allow), "")
		})
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeProblem(w, s.log, refuse(http.StatusNotFound, sqlerr.UndefinedObject, "there is no %s here", r.URL.Path).
			withHint("/v1/openapi.json lists what there is."), "")
	})
	return s.guard(mux)
}

// recorder sees what is answered.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	route  string
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// guard is around every request: a panic is one request's, and whom a browser may speak for is looked at first.
func (s *Server) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w, started := &recorder{ResponseWriter: rw, route: "none"}, time.Now()
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p)
				}
				s.log.Error("http: a request made its handler panic", "method", r.Method, "path", r.URL.Path, "panic", p, "stack", string(debug.Stack()))
				if w.status != 0 {
					panic(http.ErrAbortHandler) // what was sent is not whole, and the client must see that
				}
				writeProblem(w, s.log, sqlerr.New(sqlerr.Internal, 0, "answering this request failed").WithHint("This is a mistake in millrace; the log has where."), "")
			}
			took := time.Since(started)
			s.metrics.answered(w.route, w.status, took)
			s.log.Debug("http: answered", "method", r.Method, "path", r.URL.Path, "status", w.status, "bytes", w.bytes, "took", took, "client", r.RemoteAddr)
		}()
		w.Header().Set("X-Content-Type-Options", "nosniff")
		if err := s.checkHost(r); err != nil {
			writeProblem(w, s.log, err, "")
			return
		}
		if err := origin.Check(r); err != nil {
			writeProblem(w, s.log, refuse(http.StatusForbidden, sqlerr.InsufficientPrivilege, "this request comes from a page of another site").
				withHint("Requests that change something are not taken from other sites' pages."), "")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// checkHost keeps out pages whose name leads to this machine (DNS rebinding): a server that only this machine reaches is
// asked for by an address or name of this machine.
func (s *Server) checkHost(r *http.Request) error {
	if !loopback(s.cfg.HTTPListen) {
		return nil
	}
	host := r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(host); host == "localhost" || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return refuse(http.StatusForbidden, sqlerr.InsufficientPrivilege, "this server is not %q", r.Host).
		withHint("It listens on %s alone: ask for that, or for localhost.", s.cfg.HTTPListen)
}

// serve answers a request of a route.
func (s *Server) serve(rt *route, w http.ResponseWriter, hr *http.Request) {
	if rec, ok := w.(*recorder); ok {
		rec.route = rt.id
	}
	r := &request{Request: hr, header: w.Header()}
	fail := func(err error) {
		if hr.Context().Err() != nil {
			s.log.Debug("http: the client is gone", "path", hr.URL.Path, "error", err)
		} else if statusOf(err) >= http.StatusInternalServerError {
			s.log.Warn("http: a request failed", "method", hr.Method, "path", hr.URL.Path, "error", err)
		}
		writeProblem(w, s.log, err, r.text)
	}
	if !rt.open {
		if r.engine = s.engine.Load(); r.engine == nil {
			fail(refuse(http.StatusServiceUnavailable, cannotConnectNow, "the server is starting").withHint("/readyz tells when it is ready.").withHeader("Retry-After", "1"))
			return
		}
	}
	slots := s.requests
	if rt.stream && hr.URL.Query().Get("follow") == "true" {
		slots = s.followers
	}
	if !rt.open {
		select {
		case slots <- struct{}{}:
			defer func() { <-slots }()
		default:
			fail(refuse(http.StatusServiceUnavailable, sqlerr.TooManyConnections, "%d requests are being answered already", cap(slots)).
				withHint("The setting http.max_requests says how many at a time.").withHeader("Retry-After", "1"))
			return
		}
		if err := s.authenticate(r); err != nil {
			fail(err)
			return
		}
	}
	r.Body = http.MaxBytesReader(w, hr.Body, int64(s.cfg.HTTPMaxBody))
	err := rt.readQuery(r)
	if err == nil {
		err = rt.readBody(r)
	}
	if err != nil {
		fail(err)
		return
	}
	if rt.write != nil {
		if err := rt.write(s, w, r); err != nil {
			fail(err)
		}
		return
	}
	answer, err := rt.handle(s, r)
	if err != nil {
		fail(err)
		return
	}
	if answer == nil {
		w.WriteHeader(rt.status)
		return
	}
	writeJSON(w, s.log, rt.status, "application/json", answer)
}

// authenticate checks the user and password of HTTP Basic.
func (s *Server) authenticate(r *request) error {
	if s.cfg.Auth == AuthTrust {
		return nil
	}
	user, password, ok := r.BasicAuth()
	err := sqlerr.New(sqlerr.InvalidAuthorization, 0, "a user and a password are needed").
		WithHint("Send them by HTTP Basic; millrace user add makes a user.")
	if ok {
		verr := r.engine.Users().Verify(user, password)
		if verr == nil {
			return nil
		}
		if statusOf(verr) != http.StatusUnauthorized || !errors.As(verr, &err) {
			return verr
		}
		s.log.Warn("http: a login failed", "user", user, "client", r.RemoteAddr)
	}
	return (&httpError{status: http.StatusUnauthorized, sqlError: err}).withHeader("WWW-Authenticate", `Basic realm="millrace", charset="UTF-8"`)
}

// listenError says why nobody can listen at an address.
func listenError(key, address string, err error) error {
	e := sqlerr.New(sqlerr.IOError, 0, "cannot listen on %s = %q: %v", key, address, cause(err)).Because(err)
	switch {
	case isInUse(err):
		e.Message = fmt.Sprintf("cannot listen on %s = %q: another process listens there", key, address)
		e.Hint = "Stop it, or choose another address; port 0 takes any that is free."
	case isDenied(err):
		e.Hint = "Ports below 1024 need the right to use them; choose a higher one."
	}
	return e
}
