//go:build services

package drivers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"millrace/internal/testkit"
)

const (
	user     = "ann"
	password = "correct horse"
	database = "millrace"
)

// server is a running millrace with one user.
type server struct {
	*testkit.Process
	port int
	dir  string
}

// serve starts a server on a data folder of its own and waits until it can be reached.
func serve(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{port: testkit.FreePort(t, 2), dir: t.TempDir()}
	add := exec.Command(testkit.Binary(t), "user", "add", user, "--data-dir", s.dir)
	add.Stdin = strings.NewReader(password + "\n")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("millrace user add: %v\n%s", err, out)
	}
	s.start(t, flags...)
	return s
}

func (s *server) start(t *testing.T, flags ...string) {
	t.Helper()
	args := append([]string{"serve", "--data-dir", s.dir, "--pg-listen", fmt.Sprintf("127.0.0.1:%d", s.port), "--http-listen", fmt.Sprintf("127.0.0.1:%d", s.port+1)}, flags...)
	s.Process = testkit.Start(t, "", testkit.Binary(t), args...)
	testkit.Eventually(t, time.Minute, "the server answers", func() bool {
		if !s.Running() {
			t.Fatalf("millrace serve ended:\n%s%s", s.Stdout(), s.Stderr())
		}
		_, err := s.psql(t, "-c", "SELECT 1")
		return err == nil
	})
}

// env is what libpq and those who do as it does read.
func (s *server) env() []string {
	return append(os.Environ(), "PGHOST=127.0.0.1", fmt.Sprintf("PGPORT=%d", s.port), "PGUSER="+user, "PGPASSWORD="+password, "PGDATABASE="+database,
		"PGCONNECT_TIMEOUT=10", "PSQL_HISTORY=/dev/null", "PSQLRC=/dev/null", "PAGER=cat", "NO_COLOR=1")
}

// run runs a client's program to its end.
func (s *server) run(t *testing.T, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = s.env()
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	return out.String(), err
}

func (s *server) psql(t *testing.T, args ...string) (string, error) {
	return s.run(t, "psql", append([]string{"-X", "-v", "ON_ERROR_STOP=1"}, args...)...)
}

// schema makes the tables of schema.sql.
func (s *server) schema(t *testing.T) {
	t.Helper()
	if out, err := s.psql(t, "-q", "-f", "schema.sql"); err != nil {
		t.Fatalf("schema.sql: %v\n%s", err, out)
	}
}

// fetched is where scripts/drivers.sh put the clients.
func fetched(t *testing.T) string {
	t.Helper()
	cmd := exec.Command(filepath.Join(testkit.Root(t), "scripts", "drivers.sh"))
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("scripts/drivers.sh: %v\n%s", err, errOut.String())
	}
	return strings.TrimSpace(string(out))
}

var passed = regexp.MustCompile(`(?m)^(\d+) checks passed$`)

func TestEachClientsOwnProgramPasses(t *testing.T) {
	dir := fetched(t)
	node := t.TempDir() // a module's packages are found beside it
	for _, name := range []string{"check.mjs", "package.json"} {
		text, err := os.ReadFile(filepath.Join("node", name))
		if err == nil {
			err = os.WriteFile(filepath.Join(node, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(filepath.Join(dir, "node", "node_modules"), filepath.Join(node, "node_modules")); err != nil {
		t.Fatal(err)
	}
	classes := t.TempDir()
	if out, err := exec.Command("javac", "-encoding", "UTF-8", "-d", classes, "java/Check.java").CombinedOutput(); err != nil {
		t.Fatalf("javac: %v\n%s", err, out)
	}
	s := serve(t)
	s.schema(t)
	for _, c := range []struct {
		name    string
		command []string
		least   int // checks there are; the program counts those that it came to
	}{
		{"psycopg 3", []string{dir + "/python/bin/python", "python/psycopg3.py"}, 200},
		{"psycopg2", []string{dir + "/python/bin/python", "python/psycopg2_.py"}, 40},
		{"asyncpg", []string{dir + "/python/bin/python", "python/asyncpg_.py"}, 60},
		{"SQLAlchemy 2 on psycopg", []string{dir + "/python/bin/python", "python/sqlalchemy_.py", "psycopg"}, 25},
		{"SQLAlchemy 2 on psycopg2", []string{dir + "/python/bin/python", "python/sqlalchemy_.py", "psycopg2"}, 25},
		{"SQLAlchemy 1.4 on psycopg2", []string{dir + "/python14/bin/python", "python/sqlalchemy_.py", "psycopg2"}, 25},
		{"node-postgres", []string{"node", filepath.Join(node, "check.mjs")}, 35},
		{"JDBC", []string{"java", "-Xmx256m", "-cp", classes + ":" + dir + "/java/*", "Check", fmt.Sprintf("jdbc:postgresql://127.0.0.1:%d/%s", s.port, database)}, 160},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := s.run(t, c.command[0], c.command[1:]...)
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			m := passed.FindStringSubmatch(out)
			if m == nil {
				t.Fatalf("it did not tell how much it checked:\n%s", out)
			}
			if n, _ := strconv.Atoi(m[1]); n < c.least {
				t.Errorf("%d checks, want at least %d:\n%s", n, c.least, out)
			}
		})
	}
}
