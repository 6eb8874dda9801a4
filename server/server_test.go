package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
	"go.uber.org/goleak"

	"millrace/builtin"
	"millrace/engine"
	"millrace/internal/testkit"
)

func TestMain(m *testing.M) {
	openapi3filter.RegisterBodyDecoder("text/html", openapi3filter.FileBodyDecoder) // a text, as the document says
	goleak.VerifyTestMain(m)
}

// lines is a log that may be read while it is written.
type lines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// running is a server in this process; it is stopped with the test.
type running struct {
	*Server
	t      *testing.T
	url    string
	client *http.Client
	log    *lines
	stop   func() error // and waits
	cut    context.CancelFunc
	doc    routers.Router
}

// start runs a server with flags of the command, as name and value, on free ports and in a folder of its own.
func start(t *testing.T, flags ...string) *running {
	t.Helper()
	return startWith(t, func(ctx context.Context, cfg *Config, log *slog.Logger) (*engine.Engine, error) {
		return engine.Open(ctx, engine.Config{Sources: builtin.Sources(), Sinks: builtin.Sinks(io.Discard), DataDir: cfg.DataDir, Log: log, Jobs: true})
	}, flags...)
}

func startWith(t *testing.T, open func(context.Context, *Config, *slog.Logger) (*engine.Engine, error), flags ...string) *running {
	t.Helper()
	given := map[string]string{"auth": AuthTrust, "http-listen": "127.0.0.1:0", "pg-listen": "127.0.0.1:0", "log": "debug", "data-dir": t.TempDir()}
	for i := 0; i < len(flags); i += 2 {
		given[flags[i]] = flags[i+1]
	}
	cfg, err := Load("", given, env())
	if err != nil {
		t.Fatal(err)
	}
	r := &running{t: t, log: &lines{}}
	log := cfg.Logger(r.log)
	if r.Server, err = Listen(t.Context(), cfg, log, "test"); err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	r.client = &http.Client{Transport: transport, Timeout: 30 * time.Second}
	scheme := "http"
	if r.cert != nil {
		scheme = "https"
	}
	r.url = scheme + "://" + r.HTTPAddr().String()
	ctx, stop := context.WithCancel(context.Background())
	cut, cancel := context.WithCancel(context.Background())
	r.cut = cancel
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		err = r.Run(ctx, cut, func(ctx context.Context) (*engine.Engine, error) { return open(ctx, cfg, log) })
	}()
	r.stop = func() error {
		stop()
		<-ended
		return err
	}
	t.Cleanup(func() {
		_ = r.stop()
		cancel()
		transport.CloseIdleConnections()
	})
	return r
}

// ready waits until the server answers.
func (r *running) ready() *running {
	r.t.Helper()
	testkit.Eventually(r.t, 10*time.Second, "the server is ready", func() bool { return r.Server.ready() })
	return r
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem is the error that came back.
func (a answer) problem(t *testing.T) Problem {
	t.Helper()
	var p Problem
	if err := json.Unmarshal([]byte(a.body), &p); err != nil {
		t.Fatalf("no problem: %v in %s", err, a.body)
	}
	return p
}

// send sends a request; headers are name and value. A body that is not empty is JSON unless a header says otherwise.
// What comes back is held to the server's own OpenAPI document.
func (r *running) send(method, path, body string, headers ...string) answer {
	r.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, in)
	if err != nil {
		r.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		} else {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	res, err := r.client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	a := answer{res.StatusCode, res.Header, string(got)}
	r.checkAgainstDocument(req, body, a)
	return a
}

// router is the server's own document, as a reader of OpenAPI understands it.
func (r *running) router() routers.Router {
	r.t.Helper()
	if r.doc != nil {
		return r.doc
	}
	res, err := r.client.Get(r.url + "/v1/openapi.json")
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := doc.Validate(r.t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		r.t.Fatalf("the document is not OpenAPI 3.1: %v", err)
	}
	if r.doc, err = gorillamux.NewRouter(doc); err != nil {
		r.t.Fatal(err)
	}
	return r.doc
}

// checkAgainstDocument fails the test where an answer is not as the document says; and where a request that was taken
// is not.
func (r *running) checkAgainstDocument(req *http.Request, body string, a answer) {
	r.t.Helper()
	asked, err := http.NewRequest(req.Method, req.URL.Path+"?"+req.URL.RawQuery, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	asked.Header = req.Header
	route, params, err := r.router().FindRoute(asked)
	if err != nil {
		if a.status != http.StatusNotFound && a.status != http.StatusMethodNotAllowed {
			r.t.Errorf("%s %s answers %d and is not in the document: %v", req.Method, req.URL.Path, a.status, err)
		}
		return
	}
	in := &openapi3filter.RequestValidationInput{Request: asked, PathParams: params, Route: route, Options: &openapi3filter.Options{
		IncludeResponseStatus: true, AuthenticationFunc: openapi3filter.NoopAuthenticationFunc,
	}}
	if err := openapi3filter.ValidateRequest(r.t.Context(), in); err != nil && a.status < 400 {
		r.t.Errorf("%s %s was taken, and is not what the document says: %v", req.Method, req.URL, err)
	}
	out := &openapi3filter.ResponseValidationInput{RequestValidationInput: in, Status: a.status, Header: a.header, Options: in.Options}
	out.SetBodyBytes([]byte(a.body))
	if err := openapi3filter.ValidateResponse(r.t.Context(), out); err != nil {
		r.t.Errorf("%s %s: the answer is not what the document says: %v\n%s", req.Method, req.URL, err, a.body)
	}
}

func TestHealthIsToldToEverybody(t *testing.T) {
	r := start(t, "auth", AuthSCRAM).ready()
	for _, path := range []string{"/healthz", "/readyz", "/v1/openapi.json"} {
		if a := r.send("GET", path, ""); a.status != 200 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
}

func TestAServerThatStartsSaysSo(t *testing.T) {
	hold := make(chan struct{})
	r := startWith(t, func(ctx context.Context, cfg *Config, log *slog.Logger) (*engine.Engine, error) {
		<-hold
		return engine.Open(ctx, engine.Config{DataDir: cfg.DataDir, Log: log, Jobs: true})
	})
	for path, status := range map[string]int{"/healthz": 200, "/readyz": 503, "/metrics": 503} {
		a := r.send("GET", path, "")
		if a.status != status || status == 503 && a.problem(t).SQLState != cannotConnectNow {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	close(hold)
	r.ready()
	if a := r.send("GET", "/readyz", ""); a.status != 200 {
		t.Errorf("ready: %d %s", a.status, a.body)
	}
}

func TestWhatIsWrongWithARequestIsAProblem(t *testing.T) {
	r := start(t, "http-max-body", "1kB").ready()
	for _, tc := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		sqlstate, detail, hint   string
	}{
		{"a path that there is not", "GET", "/v2/jobs", "", nil, 404, "42704", "/v2/jobs", "openapi.json"},
		{"a method that there is not", "PUT", "/metrics", "", nil, 405, "08P01", "PUT", "GET, HEAD"},
		{"a parameter that there is not", "GET", "/healthz?verbose=1", "", nil, 400, "22023", "verbose", ""},
		{"a body where none is read", "GET", "/healthz", "{}", nil, 400, "08P01", "no body", ""},
		{"a name of another machine", "GET", "/healthz", "", []string{"Host", "rebound.example:8080"}, 403, "42501", "rebound.example", "localhost"},
		{"localhost by name", "GET", "/healthz", "", []string{"Host", "localhost:1234"}, 200, "", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.t = t
			a := r.send(tc.method, tc.path, tc.body, tc.headers...)
			if a.status != tc.status {
				t.Fatalf("status %d, want %d: %s", a.status, tc.status, a.body)
			}
			if tc.status < 400 {
				return
			}
			p := a.problem(t)
			if a.header.Get("Content-Type") != "application/problem+json" || p.Status != tc.status || p.SQLState != tc.sqlstate ||
				!strings.Contains(p.Detail, tc.detail) || !strings.Contains(p.Hint, tc.hint) {
				t.Errorf("got %+v", p)
			}
		})
	}
}

func TestAPanicOfOneRequestIsAnAnswerAndALogWithItsStack(t *testing.T) {
	r := start(t).ready()
	h := r.guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") }))
	w := &recordedAnswer{header: http.Header{}}
	h.ServeHTTP(w, &http.Request{Method: "GET", URL: &url.URL{Path: "/x"}, Host: "localhost", Header: http.Header{}})
	if w.status != 500 || !strings.Contains(w.String(), `"sqlstate":"XX000"`) || strings.Contains(w.String(), "boom") {
		t.Errorf("answer %d %s", w.status, w.String())
	}
	if log := r.log.String(); !strings.Contains(log, "boom") || !strings.Contains(log, "server_test.go") {
		t.Errorf("the log has no stack: %s", log)
	}
}

type recordedAnswer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (w *recordedAnswer) Header() http.Header    { return w.header }
func (w *recordedAnswer) WriteHeader(status int) { w.status = status }

func TestAnAddressThatIsTakenAndAFolderInUseAreNamed(t *testing.T) {
	r := start(t).ready()
	cfg, err := Load("", map[string]string{"http-listen": r.HTTPAddr().String()}, env())
	if err != nil {
		t.Fatal(err)
	}
	_, err = Listen(t.Context(), cfg, slog.New(slog.DiscardHandler), "test")
	if err == nil || !strings.Contains(err.Error(), "another process listens there") || !strings.Contains(err.Error(), r.HTTPAddr().String()) {
		t.Errorf("a taken address: %v", err)
	}
	second := start(t, "data-dir", r.cfg.DataDir)
	if err := second.stop(); err == nil || !strings.Contains(err.Error(), "in use by another millrace") {
		t.Errorf("a folder in use: %v", err)
	}
}

func TestAStopEndsWithoutAnError(t *testing.T) {
	r := start(t).ready()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Get(r.url + "/healthz"); err == nil {
		t.Error("it still answers")
	}
	for _, line := range []string{"msg=listening", "msg=ready", "msg=stopping", "msg=stopped"} {
		if !strings.Contains(r.log.String(), line) {
			t.Errorf("the log has no %s:\n%s", line, r.log)
		}
	}
	if err := os.RemoveAll(r.cfg.DataDir); err != nil {
		t.Error(err)
	}
}
