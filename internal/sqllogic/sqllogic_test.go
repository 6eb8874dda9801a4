package sqllogic

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	update            = flag.Bool("update", false, "start a PostgreSQL and write what it answers into the files")
	updateUnsupported = flag.Bool("update-unsupported", false, "write what millrace refuses into unsupported.txt")
)

const (
	dir  = "../../testdata/sqllogic"
	diff = "../../docs/sql/differences.md"
)

func schema(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "schema.sql"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func load(t testing.TB) []*File {
	t.Helper()
	files, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestFiles runs every record of every file. To run one file: -run 'TestFiles/joins.test'.
func TestFiles(t *testing.T) {
	if *update {
		if *generate > 0 {
			generateFiles(t)
		}
		updateFiles(t)
		return
	}
	files := load(t)
	n := 0
	for _, f := range files {
		n += len(f.Records)
	}
	if n < wantRecords {
		t.Errorf("only %d records", n)
	}
	known, err := loadUnsupported(filepath.Join(dir, "unsupported.txt"))
	if err != nil {
		t.Fatal(err)
	}
	found := &unsupported{}
	t.Run("files", func(t *testing.T) {
		for _, f := range files {
			t.Run(f.Name, func(t *testing.T) {
				t.Parallel()
				m, err := OpenMillrace(t.Context(), t.TempDir(), schema(t))
				if err != nil {
					t.Fatal(err)
				}
				spilling, err := OpenMillrace(t.Context(), t.TempDir(), schema(t))
				if err == nil {
					err = spilling.session.Settings().Set("debug.spill", "on", 0, 0)
				}
				if err != nil {
					t.Fatal(err)
				}
				failed := 0
				for _, r := range f.Records {
					if !r.For("millrace") {
						continue
					}
					if r.New {
						t.Fatalf("%s:%d: nobody has written what comes of it: run with -update", f.Path, r.Line)
					}
					got := m.Run(t.Context(), r.SQL)
					how, wrong := judge(r, got)
					onDisk := spilling.Run(t.Context(), r.SQL)
					if how == right {
						if how, _ := judge(r, onDisk); how != right {
							wrong = fmt.Sprintf("with debug.spill = on: %s %s\n%s", onDisk.Code, onDisk.Err, strings.Join(onDisk.Rows, "\n"))
						}
					}
					key := entry{f.Name, r.ID()}
					switch {
					case how == refused && *updateUnsupported:
						found.add(key, got)
					case how == refused && !known.has(key):
						wrong = fmt.Sprintf("refused with %s: %s", got.Code, got.Err)
					case how == right && known.has(key) && !*updateUnsupported:
						wrong = "it works, and is in unsupported.txt: run with -update-unsupported"
					case how == refused:
						wrong = ""
					}
					if wrong == "" {
						continue
					}
					if failed++; failed <= 20 {
						t.Errorf("%s:%d: %s\n%s\nto run this file: go test ./internal/sqllogic -run 'TestFiles/files/%s$'",
							f.Path, r.Line, wrong, r.SQL, regexp.QuoteMeta(f.Name))
					}
				}
				if failed > 20 {
					t.Errorf("%s: %d failures, of which 20 are shown", f.Path, failed)
				}
			})
		}
	})
	if *updateUnsupported {
		if err := found.write(filepath.Join(dir, "unsupported.txt")); err != nil {
			t.Fatal(err)
		}
		known = found
	}
	t.Logf("%d records in %d files; millrace refuses %d", n, len(files), len(known.all))
}

// wantRecords is how many there are at least: a file that is not read must not go unseen.
const wantRecords = 2200

type outcome int

const (
	right outcome = iota
	bad
	refused
)

// judge compares an answer with what a record wants. A query that is refused is none that is answered wrongly: the
// list of those is kept.
func judge(r *Record, got Answer) (outcome, string) {
	if r.Error != "" {
		switch {
		case got.Code == r.Error:
			return right, ""
		case got.Code == "":
			return bad, fmt.Sprintf("wanted error %s, got\n%s", r.Error, strings.Join(got.Rows, "\n"))
		case refusal(got.Code) && refusal(r.Error): // both refuse the query; which of its faults comes first may differ
			return right, ""
		case refusal(got.Code):
			return refused, ""
		}
		return bad, fmt.Sprintf("wanted error %s, got %s: %s", r.Error, got.Code, got.Err)
	}
	switch {
	case refusal(got.Code):
		return refused, ""
	case got.Code != "":
		return bad, fmt.Sprintf("wanted rows, got error %s: %s", got.Code, got.Err)
	case r.Kind == "statement":
		return right, ""
	case got.Types != r.Types:
		return bad, fmt.Sprintf("wanted columns %s, got %s, with the rows\n%s", r.Types, got.Types, strings.Join(got.Rows, "\n"))
	}
	want, have := comparable(r.Rows, r.Types, r.Sort), comparable(got.Rows, r.Types, r.Sort)
	if len(want) != len(have) || strings.Join(want, "\n") != strings.Join(have, "\n") {
		return bad, fmt.Sprintf("wanted\n%s\ngot\n%s", strings.Join(want, "\n"), strings.Join(have, "\n"))
	}
	return right, ""
}

const unsupportedCode = "0A000"

// refusal tells whether an error says that a query is not supported, or holds something that is not known. One that
// comes of the values of a row is none: that query was accepted, and its answer is wrong.
func refusal(code string) bool { return code == unsupportedCode || strings.HasPrefix(code, "42") }

func TestReasonsToSkipNameASectionOfTheDifferences(t *testing.T) {
	text, err := os.ReadFile(diff)
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if title, ok := strings.CutPrefix(strings.TrimSpace(line), "## "); ok {
			sections[strings.ReplaceAll(strings.ToLower(title), " ", "-")] = true
		}
	}
	n := 0
	for _, f := range load(t) {
		for _, r := range f.Records {
			for _, s := range r.Skip {
				n++
				if s.System != "millrace" && s.System != "postgresql" {
					t.Errorf("%s:%d: there is no system %q", f.Path, r.Line, s.System)
				}
				if name, ok := strings.CutPrefix(s.Reason, "differences.md#"); !ok || !sections[name] {
					t.Errorf("%s:%d: the reason %q is no section of %s", f.Path, r.Line, s.Reason, diff)
				}
			}
		}
	}
	t.Logf("%d records are for one system", n)
}

func TestFilesAreWrittenAsTheyAreRead(t *testing.T) {
	for _, f := range load(t) {
		text, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		if f.String() != string(text) {
			t.Errorf("%s changes when it is written again", f.Path)
		}
	}
}
