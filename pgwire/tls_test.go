package pgwire_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/pgwire"
)

// certificate makes one of 127.0.0.1, and tells where it and its key are.
func certificate(t testing.TB) (certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	of := x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "millrace"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, &of, &of, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("cert.pem", "CERTIFICATE", cert), write("key.pem", "PRIVATE KEY", private)
}

// startTLS serves with a certificate, which the file holds.
func startTLS(t testing.TB, change func(*pgwire.Config)) (addr, certFile string) {
	t.Helper()
	certFile, keyFile := certificate(t)
	e, addr := start(t, func(c *pgwire.Config) {
		var err error
		if c.TLS, err = pgwire.LoadTLS(certFile, keyFile); err != nil {
			t.Fatal(err)
		}
		c.Auth = pgwire.Scram
		if change != nil {
			change(c)
		}
	})
	if err := e.Users().Add("ada", "lovelace"); err != nil {
		t.Fatal(err)
	}
	return addr, certFile
}

func TestWhoIsEncrypted(t *testing.T) {
	optional, certFile := startTLS(t, nil)
	required, requiredFile := startTLS(t, func(c *pgwire.Config) { c.RequireTLS = true })
	e, none := start(t, func(c *pgwire.Config) { c.Auth = pgwire.Scram })
	if err := e.Users().Add("ada", "lovelace"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, addr, options string
		encrypted           bool
		code                string // "" and not encrypted: it is let in, in clear
		refused             bool   // by the client
	}{
		{"a client that asks for it", optional, "sslmode=require", true, "", false},
		{"one that checks the certificate", optional, "sslmode=verify-full&sslrootcert=" + certFile, true, "", false},
		{"one that knows another certificate", optional, "sslmode=verify-full&sslrootcert=" + requiredFile, false, "", true},
		{"one that begins with TLS", optional, "sslmode=require&sslnegotiation=direct", true, "", false},
		{"one that wants none", optional, "sslmode=disable", false, "", false},
		{"one that wants none where it is required", required, "sslmode=disable", false, "28000", false},
		{"one that asks for it where it is required", required, "sslmode=prefer", true, "", false},
		{"one that asks for it where there is no certificate", none, "sslmode=prefer", false, "", false},
		{"one that insists on it where there is no certificate", none, "sslmode=require", false, "", true},
		{"one that insists on channel binding", optional, "sslmode=require&channel_binding=require", false, "", true},
		{"one that prefers channel binding", optional, "sslmode=require&channel_binding=prefer", true, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, err := pgx.Connect(t.Context(), "postgres://ada:lovelace@"+tc.addr+"/millrace?"+tc.options)
			if code(err) != tc.code || (err != nil) != (tc.code != "" || tc.refused) {
				t.Fatalf("%v, want code %q", err, tc.code)
			}
			if err != nil {
				return
			}
			defer c.Close(t.Context())
			if _, encrypted := c.PgConn().Conn().(*tls.Conn); encrypted != tc.encrypted {
				t.Errorf("encrypted: %t", encrypted)
			}
			var user string
			if err := c.QueryRow(t.Context(), "SELECT current_user").Scan(&user); err != nil || user != "ada" {
				t.Error(user, err)
			}
			if err := c.PgConn().CancelRequest(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPlainTextBehindARequestForTLSIsRefused: it might be somebody else's.
func TestPlainTextBehindARequestForTLSIsRefused(t *testing.T) {
	addr, _ := startTLS(t, nil)
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	sent, err := (&pgproto3.SSLRequest{}).Encode(nil)
	if err == nil {
		sent, err = (&pgproto3.StartupMessage{ProtocolVersion: pgproto3.ProtocolVersion30, Parameters: map[string]string{"user": "ada"}}).Encode(sent)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := nc.Write(sent); err != nil {
		t.Fatal(err)
	}
	var answer [1]byte
	if _, err := nc.Read(answer[:]); err != nil || answer[0] != 'S' {
		t.Fatalf("%q %v", answer, err)
	}
	m, err := pgproto3.NewFrontend(nc, nc).Receive()
	if e, ok := m.(*pgproto3.ErrorResponse); !ok || e.Severity != "FATAL" || e.Code != "08P01" {
		t.Errorf("%#v %v", m, err)
	}
}

func TestTLSAtOnceNeedsTheNameOfTheProtocol(t *testing.T) {
	addr, _ := startTLS(t, nil)
	nc, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	m, err := pgproto3.NewFrontend(nc, nc).Receive()
	if e, ok := m.(*pgproto3.ErrorResponse); !ok || e.Code != "08P01" {
		t.Errorf("%#v %v", m, err)
	}
}

func TestACertificateThatIsMissingIsSaid(t *testing.T) {
	certFile, _ := certificate(t)
	if _, err := pgwire.LoadTLS(certFile, certFile+"x"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}
