package main

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"millrace/internal/testkit"
)

// TestStatementsThatReturnedSurviveAKill runs the command over statements without end, kills it -9 at some moment, and
// looks which statements are there: each whose tag it had printed, and at most the one behind.
func TestStatementsThatReturnedSurviveAKill(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	binary := testkit.Binary(t)
	must := func(text string) string {
		t.Helper()
		out, err := exec.Command(binary, "sql", "--data-dir", dir, "--format", "csv", "-c", text).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", text, err, out)
		}
		return string(out)
	}
	number := func(text string) int {
		t.Helper()
		n, err := strconv.Atoi(strings.TrimSpace(must(text)[len("n\n"):]))
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	must(`CREATE TABLE log (id INT PRIMARY KEY, text TEXT); CREATE TABLE counter (n INT); INSERT INTO counter VALUES (0);
		CREATE VIEW newest AS SELECT max(id) AS n FROM log`)
	rng := rand.New(rand.NewPCG(1, 4))
	inserted, updated := 0, 0
	for range 4 {
		var text strings.Builder
		for i := range 5000 {
			fmt.Fprintf(&text, "INSERT INTO log VALUES (%d, 'x'), (%d, 'y');\nUPDATE counter SET n = n + 1;\nDELETE FROM log WHERE id = %d;\n",
				2*(inserted+i), 2*(inserted+i)+1, 2*(inserted+i))
		}
		file := filepath.Join(t.TempDir(), "statements.sql")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(binary, "sql", "--data-dir", dir, "-f", file)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		tags, enough := map[string]int{}, 1+rng.IntN(60)
		for lines := bufio.NewScanner(out); lines.Scan(); { // also what it printed before it was dead
			tag := lines.Text()
			tags[tag]++
			if tags["INSERT 0 2"] == enough {
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil {
			t.Fatal("it came to its end before it was killed")
		}
		deleted := tags["DELETE 1"]
		rows, n := number("SELECT count(*) AS n FROM log"), number("SELECT n FROM counter")
		wantInserts, wantUpdates := inserted+tags["INSERT 0 2"], updated+tags["UPDATE 1"]
		// of each three statements the first adds two rows and the last takes one away
		low := inserted + 2*tags["INSERT 0 2"] - deleted
		if n != wantUpdates && n != wantUpdates+1 || rows < low-1 || rows > low+2 {
			t.Errorf("after %v of %d and %d: %d rows, counter %d", tags, wantInserts, wantUpdates, rows, n)
		}
		newest := number("SELECT n FROM newest")
		inserted, updated = (newest+1)/2, n
		must("DELETE FROM log WHERE id % 2 = 0")
		if got := number("SELECT count(*) AS n FROM log"); got != inserted {
			t.Errorf("%d rows where the newest is %d: a statement was half done", got, newest)
		}
	}
}

func TestAFileFillsATableAndReadsIt(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out.jsonl")
	path := filepath.Join(dir, "job.sql")
	text := fmt.Sprintf(`
CREATE TABLE t (id INT PRIMARY KEY, name TEXT);
INSERT INTO t VALUES (1, 'a'), (2, 'b');
UPDATE t SET name = upper(name) WHERE id = 2;
CREATE TABLE out (id INT, name TEXT) WITH (connector = 'file', path = '%s', format = 'json');
INSERT INTO out SELECT * FROM t;
`, out)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, stderr := try(t, "", "run", "--parallelism", "1", path); code != 0 {
		t.Fatal(stderr)
	}
	got, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"id":1,"name":"a"}` + "\n" + `{"id":2,"name":"B"}` + "\n"; string(got) != want {
		t.Errorf("got\n%s", got)
	}
}
