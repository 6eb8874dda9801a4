package clients

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"millrace/sqlerr"
)

// mostRows is how many rows of an answer are kept. Longer ones list what comes with the system, of which PostgreSQL has
// more: their columns alone are compared, and that there are rows.
const mostRows = 40

// brief is an answer as it is kept.
func (a answer) brief() answer {
	if len(a) > mostRows+1 {
		return answer{a[0], "many rows"}
	}
	return a
}

func codeOf(err error) (code, text string) {
	var e *sqlerr.Error
	if errors.As(err, &e) {
		return e.Code, e.Message
	}
	return "XX000", err.Error()
}

// readAnswers reads answers by the line of their statement: a line with a number, then those of the answer.
func readAnswers(t *testing.T, path string) map[int]answer {
	t.Helper()
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	out := map[int]answer{}
	at := 0
	for _, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
		if n, ok := strings.CutPrefix(line, "-- LINE "); ok {
			if at, err = strconv.Atoi(n); err != nil {
				t.Fatal(err)
			}
			out[at] = nil
			continue
		}
		if at > 0 {
			out[at] = append(out[at], line)
		}
	}
	return out
}

// write keeps the answers of PostgreSQL, and those of millrace that are others.
func write(t *testing.T, base string, f *File, theirs, ours []answer) {
	t.Helper()
	var all, differ bytes.Buffer
	fmt.Fprintln(&all, "-- What PostgreSQL 15 answers. Written by go test ./internal/clients -update.")
	fmt.Fprintln(&differ, "-- What millrace answers where PostgreSQL 15 answers something else. Written by go test ./internal/clients -update.")
	add := func(b *bytes.Buffer, line int, a answer) {
		fmt.Fprintf(b, "-- LINE %d\n", line)
		for _, l := range a.brief() {
			fmt.Fprintln(b, l)
		}
	}
	n := 0
	for i, st := range f.Statements {
		add(&all, st.Line, theirs[i])
		if !same(theirs[i].brief(), ours[i].brief()) {
			n++
			add(&differ, st.Line, ours[i])
		}
	}
	t.Logf("%d of %d answers are PostgreSQL's", len(f.Statements)-n, len(f.Statements))
	for suffix, b := range map[string]*bytes.Buffer{".postgres": &all, ".millrace": &differ} {
		if err := os.WriteFile(base+suffix, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// same reports whether two answers have the same columns and rows, in whatever order.
func same(a, b answer) bool {
	if len(a) != len(b) {
		return false
	}
	x, y := slices.Clone(a), slices.Clone(b)
	if len(x) > 1 {
		slices.Sort(x[1:])
		slices.Sort(y[1:])
	}
	return slices.Equal(x, y)
}

func compare(t *testing.T, f *File, theirs, known map[int]answer, got []answer) {
	t.Helper()
	for i, st := range f.Statements {
		want, ok := theirs[st.Line]
		if !ok {
			t.Errorf("line %d: nobody has asked PostgreSQL for it: run with -update", st.Line)
		}
		if differs, ok := known[st.Line]; ok {
			want = differs
		}
		if a := got[i].brief(); !same(a, want) {
			t.Errorf("line %d:\n%s\nanswers\n%s\nwant\n%s", st.Line, st.Text, strings.Join(a, "\n"), strings.Join(want, "\n"))
		}
	}
}
