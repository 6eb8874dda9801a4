package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"millrace/engine"
	"millrace/internal/testkit"
	"millrace/server"
)

func writeFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestJobsAreSubmittedAndChangedByCommands(t *testing.T) {
	dir := t.TempDir()
	users, err := engine.OpenUsers(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := users.Add("ann", "secret"); err != nil {
		t.Fatal(err)
	}
	port := testkit.FreePort(t, 2)
	address := fmt.Sprint("127.0.0.1:", port)
	stop := serving(t, testkit.Binary(t), "serve", "--data-dir", dir, "--http-listen", address, "--pg-listen", fmt.Sprint("127.0.0.1:", port+1))
	t.Setenv("MILLRACE_SERVER", "http://"+address)
	t.Setenv("MILLRACE_USER", "ann")
	t.Setenv("MILLRACE_PASSWORD", "secret")
	good := writeFile(t, "bids.sql", `CREATE SOURCE bids (auction BIGINT) WITH (connector = 'nexmark', event = 'bid', rate = '${RATE}');
CREATE SINK gone (auction BIGINT) WITH (connector = 'blackhole');
INSERT INTO gone SELECT auction FROM bids`)
	bad := writeFile(t, "bad.sql", "CREATE SINK gone (a BIGINT) WITH (connector = 'blackhole');\nINSERT INTO gone SELECT nope FROM (VALUES (1)) AS v(a)")
	for _, tc := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string // parts
	}{
		{"no jobs", []string{"jobs"}, 0, "NAME", ""},
		{"a file", []string{"submit", good, "--set", "RATE=10"}, 0, "submitted job bids", ""},
		{"a name that is taken", []string{"submit", good, "--set", "RATE=10"}, exitFailed, "", "already exists -- 42710"},
		{"another name", []string{"submit", good, "--set", "RATE=10", "--name", "more bids"}, 0, "submitted job more bids", ""},
		{"a wrong file is shown with its line", []string{"submit", bad}, exitFailed, "", "bad.sql line 2, column 25\n  2 | INSERT INTO gone SELECT nope FROM"},
		{"a value that is missing", []string{"submit", good, "--set", "RATE"}, exitFailed, "", "lacks a value"},
		{"a list", []string{"jobs", "list"}, 0, "more bids", ""},
		{"one", []string{"jobs", "show", "bids"}, 0, "CREATE SOURCE bids", ""},
		{"pause", []string{"jobs", "pause", "bids"}, 0, "job bids: paused", ""},
		{"logs", []string{"jobs", "logs", "bids"}, 0, "paused", ""},
		{"resume", []string{"jobs", "resume", "bids"}, 0, "job bids: ", ""},
		{"cancel", []string{"jobs", "cancel", "bids"}, 0, "job bids: cancelled", ""},
		{"one that there is not", []string{"jobs", "cancel", "bidz"}, exitFailed, "", `Did you mean "bids"?`},
		{"another user", []string{"jobs", "--server", "http://bo:x@" + address}, exitFailed, "", "28P01"},
		{"no server", []string{"jobs", "--server", "http://127.0.0.1:1"}, exitFailed, "", "cannot reach the server at http://127.0.0.1:1"},
		{"no address", []string{"jobs", "--server", "127.0.0.1"}, exitFailed, "", "--server is not the address"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, stdout, stderr := try(t, "", tc.args...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
			if strings.Contains(stdout+stderr, "secret") {
				t.Error("the password is printed")
			}
		})
	}
	code, stdout, stderr := try(t, "", "jobs", "--format", "json")
	var jobs []server.Job
	if err := json.Unmarshal([]byte(stdout), &jobs); code != 0 || err != nil || len(jobs) != 2 {
		t.Errorf("code %d, %v, stdout %q, stderr %q", code, err, stdout, stderr)
	}
	stop()
}

func TestServeIsToldByFileEnvironmentAndFlags(t *testing.T) {
	config := writeFile(t, "millrace.toml", "[http]\nlisten = \"127.0.0.1:1001\"\n[pg]\nlisten = \"127.0.0.1:1002\"\n")
	t.Setenv("MILLRACE_CONFIG", config)
	t.Setenv("MILLRACE_PG_LISTEN", "127.0.0.1:1003")
	code, stdout, stderr := try(t, "", "serve", "--print-config", "--auth", "trust", "--log", "debug")
	for _, line := range []string{
		`listen = "127.0.0.1:1001" # ` + config, `listen = "127.0.0.1:1003" # MILLRACE_PG_LISTEN`, `auth = "trust" # --auth`, `level = "debug" # --log`,
	} {
		if printed := strings.Join(strings.Fields(stdout), " "); code != 0 || !strings.Contains(printed, line) {
			t.Errorf("code %d, %q is not in %s, stderr %s", code, line, printed, stderr)
		}
	}
	if code, _, stderr := try(t, "", "serve", "--config", writeFile(t, "x.toml", "[http]\nlisen = 1")); code != exitFailed || !strings.Contains(stderr, `Did you mean "http.listen"?`) {
		t.Errorf("code %d, %s", code, stderr)
	}
	if code, _, stderr := try(t, "", "serve", "--http-lisen", "x"); code != exitUsage || !strings.Contains(stderr, "--http-listen") {
		t.Errorf("code %d, %s", code, stderr)
	}
}

func TestAKilledServerHasItsJobsBack(t *testing.T) {
	dir, binary := t.TempDir(), testkit.Binary(t)
	port := testkit.FreePort(t, 2)
	args := []string{"serve", "--auth", "trust", "--data-dir", dir, "--http-listen", fmt.Sprint("127.0.0.1:", port), "--pg-listen", fmt.Sprint("127.0.0.1:", port+1)}
	t.Setenv("MILLRACE_SERVER", fmt.Sprint("http://127.0.0.1:", port))
	first := testkit.Start(t, "", binary, args...)
	testkit.Eventually(t, 30*time.Second, "the server is ready", func() bool { return strings.Contains(first.Stderr(), "msg=ready") })
	job := writeFile(t, "j.sql", `SET checkpoint.interval = '100ms';
CREATE SOURCE bids (auction BIGINT) WITH (connector = 'nexmark', event = 'bid', rate = '1000');
CREATE SINK gone (auction BIGINT) WITH (connector = 'blackhole');
INSERT INTO gone SELECT auction FROM bids`)
	if code, _, stderr := try(t, "", "submit", job); code != 0 {
		t.Fatal(stderr)
	}
	show := func() (j server.Job) {
		_, stdout, _ := try(t, "", "jobs", "show", "j", "--format", "json")
		_ = json.Unmarshal([]byte(stdout), &j) // where there is no answer: no job
		return j
	}
	testkit.Eventually(t, 30*time.Second, "a checkpoint", func() bool { return show().Progress.Checkpoint > 1 })
	before := show()
	first.Kill()
	stop := serving(t, binary, args...)
	testkit.Eventually(t, 30*time.Second, "the job runs again", func() bool {
		j := show()
		return j.State == "running" && j.ID == before.ID && j.Progress.Checkpoint > before.Progress.Checkpoint
	})
	stop()
}

// A first signal lets the server end in good order.
func TestTermEndsTheServer(t *testing.T) {
	server := testkit.Start(t, "", testkit.Binary(t), "serve", "--auth", "trust", "--data-dir", t.TempDir(), "--http-listen", "127.0.0.1:0", "--pg-listen", "off", "--log", "info")
	testkit.Eventually(t, 30*time.Second, "the server is ready", func() bool { return strings.Contains(server.Stderr(), "msg=ready") })
	server.Signal(syscall.SIGTERM)
	if code := server.Wait(30 * time.Second); code != 0 || !strings.Contains(server.Stderr(), "msg=stopped") {
		t.Errorf("code %d: %s", code, server.Stderr())
	}
}
