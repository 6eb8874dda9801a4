package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"millrace/engine"
	"millrace/internal/testkit"
)

func TestUsersArePartOfTheDataFolder(t *testing.T) {
	r := start(t, "auth", AuthSCRAM).ready()
	if !strings.Contains(r.log.String(), "millrace user add") {
		t.Errorf("no hint that there are no users: %s", r.log)
	}
	other, err := engine.OpenUsers(r.cfg.DataDir) // as another process does
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Add("ann", "correct horse"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, user, password string
		status               int
		sqlstate             string
	}{
		{"nobody", "", "", 401, "28000"},
		{"a wrong password", "ann", "battery staple", 401, "28P01"},
		{"a user that there is not", "bo", "correct horse", 401, "28P01"},
		{"the right one", "ann", "correct horse", 200, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r.t = t
			req, err := http.NewRequest("GET", r.url+"/v1/jobs", nil)
			if err != nil {
				t.Fatal(err)
			}
			if tc.user != "" {
				req.SetBasicAuth(tc.user, tc.password)
			}
			a := r.send("GET", "/v1/jobs", "", "Authorization", req.Header.Get("Authorization"))
			if a.status != tc.status || tc.status == 401 && (a.problem(t).SQLState != tc.sqlstate || !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Basic ")) {
				t.Errorf("%d %s %v", a.status, a.body, a.header)
			}
		})
	}
	if log := r.log.String(); strings.Contains(log, "correct horse") || strings.Contains(log, "battery staple") {
		t.Error("a password is in the log")
	}
}

// certify writes a certificate for 127.0.0.1 with a number, and its key.
func certify(t *testing.T, dir string, number int64) (cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(number), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, key: {Type: "PRIVATE KEY", Bytes: privateDER}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cert, key
}

func TestBothDoorsSpeakTLSWithACertificateThatCanBeReadAgain(t *testing.T) {
	dir := t.TempDir()
	cert, key := certify(t, dir, 1)
	r := start(t, "tls-cert", cert, "tls-key", key, "pg-require-tls", "true").ready()
	serial := func() int64 {
		t.Helper()
		c, err := tls.Dial("tcp", r.HTTPAddr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	if a := r.send("GET", "/healthz", ""); a.status != 200 || serial() != 1 {
		t.Errorf("answer %d, certificate %d", a.status, serial())
	}
	pg := func(mode string) error {
		c, err := pgconn.Connect(t.Context(), "postgres://x@"+r.PGAddr().String()+"/millrace?sslmode="+mode)
		if err != nil {
			return err
		}
		return c.Close(t.Context())
	}
	if err := pg("require"); err != nil {
		t.Errorf("with TLS: %v", err)
	}
	if err := pg("disable"); err == nil {
		t.Error("a client without TLS was let in")
	}
	certify(t, dir, 2)
	r.Reload()
	if serial() != 2 {
		t.Errorf("after it was read again: certificate %d", serial())
	}
	if err := os.WriteFile(key, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.Reload()
	if serial() != 2 || !strings.Contains(r.log.String(), "the certificate stays what it was") {
		t.Errorf("after nonsense: certificate %d, log %s", serial(), r.log)
	}
}

func TestMoreRequestsThanAllowedAreTurnedAway(t *testing.T) {
	r := start(t, "http-max-requests", "2").ready()
	for range 2 {
		r.requests <- struct{}{}
	}
	a := r.send("GET", "/v1/jobs", "")
	if a.status != 503 || a.problem(t).SQLState != "53300" || a.header.Get("Retry-After") == "" {
		t.Errorf("%d %s", a.status, a.body)
	}
	if a := r.send("GET", "/healthz", ""); a.status != 200 {
		t.Errorf("health needs no slot: %d", a.status)
	}
	<-r.requests
	if a := r.send("GET", "/v1/jobs", ""); a.status != 200 {
		t.Errorf("after one has ended: %d %s", a.status, a.body)
	}
}

func TestMoreConnectionsThanAllowedWait(t *testing.T) {
	r := start(t, "http-max-connections", "1").ready()
	first, err := net.Dial("tcp", r.HTTPAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, 10*time.Second, "the first connection is accepted", func() bool { return r.http.open.Load() == 1 })
	answered := make(chan error, 1)
	go func() {
		res, err := r.client.Get(r.url + "/healthz")
		if err == nil {
			err = res.Body.Close()
		}
		answered <- err
	}()
	select {
	case err := <-answered:
		t.Fatalf("a second one was served beside it: %v", err)
	case <-time.After(50 * time.Millisecond): // time enough to go wrong; it passes however long it takes
	}
	first.Close()
	if err := <-answered; err != nil {
		t.Errorf("once the first is gone: %v", err)
	}
}

func TestPostgresClientsAreToldOfTheStop(t *testing.T) {
	r := start(t).ready()
	c, err := pgconn.Connect(t.Context(), "postgres://x@"+r.PGAddr().String()+"/millrace?sslmode=disable")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	stopped := make(chan error, 1)
	query := c.Exec(t.Context(), "SELECT count(*) FROM generate_series(1, 1000000000000)")
	testkit.Eventually(t, 10*time.Second, "the statement runs", func() bool { return r.engine.Load().Counts().Statements > 0 })
	go func() { stopped <- r.stop() }()
	_, err = query.ReadAll()
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "57P01" {
		t.Errorf("the client was told %v", err)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestASecondSignalCutsTheStopShort(t *testing.T) {
	hold := make(chan struct{})
	r := startWith(t, func(ctx context.Context, cfg *Config, log *slog.Logger) (*engine.Engine, error) {
		return engine.Open(ctx, engine.Config{DataDir: cfg.DataDir, Log: log, Jobs: true})
	}).ready()
	// A request that goes on keeps the stop waiting.
	r.routes[0].handle = func(*Server, *request) (any, error) { <-hold; return Health{"ok"}, nil }
	asked := make(chan struct{})
	go func() {
		defer close(asked)
		res, err := r.client.Get(r.url + r.routes[0].path)
		if err == nil {
			res.Body.Close()
		}
	}()
	testkit.Eventually(t, 10*time.Second, "the request has come", func() bool { return r.http.open.Load() == 1 })
	stopped := make(chan error, 1)
	go func() { stopped <- r.stop() }()
	<-r.stopping
	r.cut()
	if err := <-stopped; err == nil || !strings.Contains(err.Error(), "cut short") {
		t.Errorf("the stop ended with %v", err)
	}
	close(hold)
	<-asked
}
