package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"millrace/engine"
)

func TestUsersOfADataFolder(t *testing.T) {
	dir := t.TempDir()
	run := func(in string, args ...string) (int, string) {
		var out bytes.Buffer
		n := command(append(append([]string{"user"}, args...), "--data-dir", dir), strings.NewReader(in), &out, io.Discard)
		return n, out.String()
	}
	for _, tc := range []struct {
		name, in string
		args     []string
		code     int
		out      string
	}{
		{"added", "one\n", []string{"add", "ann"}, 0, ""},
		{"twice", "two\n", []string{"add", "ann"}, exitFailed, ""},
		{"a new password", "three", []string{"add", "ann", "--replace"}, 0, ""},
		{"no password", "", []string{"add", "bob"}, exitFailed, ""},
		{"listed", "", []string{"list"}, 0, "ann\n"},
	} {
		if n, out := run(tc.in, tc.args...); n != tc.code || out != tc.out {
			t.Errorf("%s: %d %q, want %d %q", tc.name, n, out, tc.code, tc.out)
		}
	}
	users, err := engine.OpenUsers(dir)
	if err != nil {
		t.Fatal(err)
	}
	if users.Verify("ann", "three") != nil || users.Verify("ann", "one") == nil {
		t.Error("the password is not the last that was given")
	}
	if n, _ := run("", "remove", "ann"); n != 0 || users.Verify("ann", "three") == nil {
		t.Error("the user is still there")
	}
}
