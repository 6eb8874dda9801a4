package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// try runs the command in this process.
func try(t *testing.T, stdin string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errOut bytes.Buffer
	code = command(args, strings.NewReader(stdin), &out, &errOut)
	return code, out.String(), errOut.String()
}

func TestExitCodes(t *testing.T) {
	for _, tc := range []struct {
		name   string
		args   []string
		code   int
		stdout string // a part of it
		stderr string
	}{
		{"no arguments are a call for help", nil, 0, "Commands:", ""},
		{"help", []string{"--help"}, 0, "demo", ""},
		{"the version", []string{"--version"}, 0, "millrace", ""},
		{"an unknown command", []string{"rum"}, exitUsage, "", "rum"},
		{"an unknown flag", []string{"run", "--fast", "x.sql"}, exitUsage, "", "--fast"},
		{"a mode that there is not", []string{"run", "--mode", "slow", "x.sql"}, exitUsage, "", "mode"},
		{"a file that there is not", []string{"run", "no such file.sql"}, exitFailed, "", "no such file.sql"},
		{"a wrong statement", []string{"sql", "-c", "SELECT nope FROM nowhere"}, exitFailed, "", "hint:"},
		{"a setting without a value", []string{"sql", "-s", "parallelism", "-c", "SELECT 1"}, exitFailed, "", "lacks a value"},
		{"a setting that is out of range", []string{"sql", "-s", "parallelism=0", "-c", "SELECT 1"}, exitFailed, "", "parallelism"},
		{"rows", []string{"sql", "-c", "SELECT 1 + 1 AS two", "--format", "csv"}, 0, "two\n2\n", ""},
		{"an error of a value", []string{"sql", "-c", "SELECT 1 / column1 FROM (VALUES (0)) AS v"}, exitFailed, "", "division by zero"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			code, stdout, stderr := try(t, "", tc.args...)
			if code != tc.code || !strings.Contains(stdout, tc.stdout) || !strings.Contains(stderr, tc.stderr) {
				t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
			}
		})
	}
}

func TestStatementsComeFromStandardInput(t *testing.T) {
	code, stdout, stderr := try(t, "SET parallelism = 3; SHOW parallelism;", "sql", "--format", "csv")
	if code != 0 || stdout != "parallelism\n3\n" {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestAFileRunsAsAJob(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "in.jsonl")
	if err := os.WriteFile(data, []byte("{\"k\":\"a\",\"v\":1}\n{\"k\":\"b\",\"v\":2}\n{\"k\":\"a\",\"v\":3}\nnonsense\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	job := filepath.Join(dir, "job.sql")
	text := `CREATE TABLE t (k TEXT, v BIGINT) WITH (connector = 'file', path = '${DATA}', format = 'json', on_error = '${ON_ERROR}');
CREATE SINK shown (k TEXT, total DECIMAL(38, 0)) WITH (connector = 'print', format = 'json');
INSERT INTO shown SELECT k, sum(v) FROM t GROUP BY k;`
	if err := os.WriteFile(job, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := try(t, "", "run", job, "--set", "DATA="+data, "--set", "ON_ERROR=skip")
	if code != 0 || !strings.Contains(stdout, `{"k":"a","total":4}`) || !strings.Contains(stderr, "3 rows in, 2 rows out, 1 bad records skipped") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	code, _, stderr = try(t, "", "run", job, "--set", "DATA="+data, "--set", "ON_ERROR=fail")
	if code != exitFailed || !strings.Contains(stderr, "in.jsonl:4") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	code, _, stderr = try(t, "", "run", job, "--set", "ON_ERROR=fail")
	if code != exitFailed || !strings.Contains(stderr, "${DATA}") || !strings.Contains(stderr, "--set DATA=") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	code, stdout, _ = try(t, "", "explain", job, "--set", "DATA="+data, "--set", "ON_ERROR=fail")
	if code != 0 || !strings.Contains(stdout, "columns: [k, v]") {
		t.Errorf("code %d, plan %q", code, stdout)
	}
}

func TestTheDemoShowsWindowsAndEndsByItself(t *testing.T) {
	code, stdout, stderr := try(t, "", "demo", "--for", "6s", "--rate", "2000")
	found := regexp.MustCompile(`events_in ([\d,]+)  rows_out ([\d,]+)  late 0  errors 0`).FindStringSubmatch(stdout)
	if code != 0 || found == nil {
		t.Fatalf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	for i, least := range []int{2000, 5} {
		n, err := strconv.Atoi(strings.ReplaceAll(found[i+1], ",", ""))
		if err != nil || n < least {
			t.Errorf("%s: fewer than %d", found[0], least)
		}
	}
	for _, part := range []string{"CREATE TABLE bids", "window_start", "Google", "watermark behind the clock"} {
		if !strings.Contains(stdout, part) {
			t.Errorf("the demo does not show %q", part)
		}
	}
}

func TestCountsAreReadable(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1234: "-1,234"} {
		if got := count(n); got != want {
			t.Errorf("count(%d) = %q, want %q", n, got, want)
		}
	}
}
