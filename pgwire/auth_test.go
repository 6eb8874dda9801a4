package pgwire_test

import (
	"net"
	"testing"

	"github.com/jackc/pgx/v5"

	"millrace/pgwire"
)

func TestWhoMayLogIn(t *testing.T) {
	e, addr := start(t, func(c *pgwire.Config) { c.Auth = pgwire.Scram })
	if err := e.Users().Add("ada", "pass ﬁ"); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, user, password, database, code string }{
		{"the password as SASLprep makes it", "ada", "pass fi", "millrace", ""},
		{"a wrong password", "ada", "pass", "millrace", "28P01"},
		{"a user that does not exist", "bob", "pass fi", "millrace", "28P01"},
		{"a database that does not exist", "ada", "pass fi", "postgres", "3D000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg, err := pgx.ParseConfig("postgres://" + addr + "/" + tc.database + "?sslmode=disable")
			if err != nil {
				t.Fatal(err)
			}
			cfg.User, cfg.Password = tc.user, tc.password
			c, err := pgx.ConnectConfig(t.Context(), cfg)
			if code(err) != tc.code || (err == nil) != (tc.code == "") {
				t.Fatalf("%v, want code %q", err, tc.code)
			}
			if err == nil {
				c.Close(t.Context())
			}
		})
	}
}

func TestTrustIsForThisMachineAlone(t *testing.T) {
	l, err := net.Listen("tcp", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := pgwire.Serve(t.Context(), l, pgwire.Config{Auth: pgwire.Trust}); err == nil {
		t.Error("the server serves everybody")
	}
}
