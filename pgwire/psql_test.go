//go:build services

package pgwire_test

import (
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"millrace/pgwire"
)

// TestPsqlLogsInByTLS has libpq, which prefers channel binding where it is offered.
func TestPsqlLogsInByTLS(t *testing.T) {
	addr, certFile := startTLS(t, func(c *pgwire.Config) { c.RequireTLS = true })
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ name, options, want string }{
		{"it prefers channel binding", "sslmode=require channel_binding=prefer", "ada"},
		{"it checks the certificate", "sslmode=verify-full sslrootcert=" + certFile, "ada"},
		{"it insists on channel binding", "sslmode=require channel_binding=require", "channel binding is required, but server did not offer"},
		{"it wants no TLS", "sslmode=disable", "connection requires TLS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := exec.Command("psql", "-XAt", "-c", "SELECT current_user", "host="+host+" port="+port+" user=ada dbname=millrace "+tc.options)
			cmd.Env = append(os.Environ(), "PGPASSWORD=lovelace")
			if out, _ := cmd.CombinedOutput(); !strings.Contains(string(out), tc.want) {
				t.Errorf("%s", out)
			}
		})
	}
}
