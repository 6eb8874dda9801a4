// Package sqllogic runs the queries of testdata/sqllogic, in the file format of sqllogictest. What a query gives was
// written into the files by a real PostgreSQL and by nobody else.
package sqllogic

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// File is a file of records.
type File struct {
	Path    string
	Name    string // its base name
	Records []*Record
	Tail    []string // comments behind the last record
}

// Record is a statement or a query, with what must come of it.
//
//	# why it is interesting
//	skipif millrace # differences.md#section
//	query IT rowsort
//	SELECT …
//	----
//	1	a
//
// The cells of a row stand between tabs. Instead of types and sort mode there may be error and an SQLSTATE.
type Record struct {
	Head []string // comments and blank lines above it
	Skip []Skip
	Line int    // of its first word
	Kind string // "statement" or "query"
	// Error is the SQLSTATE that it must fail with; empty: it must not fail.
	Error string
	Types string // a letter a column, see Letter; empty in a query that no PostgreSQL has seen yet
	Sort  string // "nosort" or "rowsort"
	SQL   string
	Rows  []string
	New   bool // nobody has written what comes of it
}

// Skip is a line skipif SYSTEM # reason, or onlyif.
type Skip struct {
	Only   bool
	System string
	Reason string
}

// For reports whether the record is run on a system: "millrace" or "postgresql".
func (r *Record) For(system string) bool {
	for _, s := range r.Skip {
		if (s.System == system) != s.Only {
			return false
		}
	}
	return true
}

// ID names the record in a list: it stays the same as long as its text does.
func (r *Record) ID() string {
	sum := sha256.Sum256([]byte(r.SQL))
	return hex.EncodeToString(sum[:5])
}

// Load reads every *.test file of a folder, in the order of their names.
func Load(dir string) ([]*File, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.test"))
	if err != nil {
		return nil, err
	}
	var files []*File
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			return nil, err
		}
		f, err := Parse(p, string(text))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

// Parse reads a file's text. An error says path:line.
func Parse(path, text string) (*File, error) {
	f := &File{Path: path, Name: filepath.Base(path)}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	r := &Record{}
	for i := 0; i < len(lines); {
		line := lines[i]
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "skipif", "onlyif":
			system, reason, _ := strings.Cut(rest, "#")
			r.Skip = append(r.Skip, Skip{word == "onlyif", strings.TrimSpace(system), strings.TrimSpace(reason)})
			i++
			continue
		case "statement", "query":
			r.Line, r.Kind = i+1, word
			if err := r.header(strings.Fields(rest)); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
			}
			i = r.body(lines, i+1)
			if r.SQL == "" {
				return nil, fmt.Errorf("%s:%d: a %s with no text", path, r.Line, r.Kind)
			}
			f.Records = append(f.Records, r)
			r = &Record{}
			continue
		}
		if line != "" && line[0] != '#' {
			return nil, fmt.Errorf("%s:%d: %q begins no record", path, i+1, line)
		}
		r.Head = append(r.Head, line)
		i++
	}
	f.Tail = r.Head
	return f, nil
}

func (r *Record) header(words []string) error {
	switch {
	case len(words) == 0:
		r.New = true
		return nil
	case words[0] == "error" && len(words) == 2:
		r.Error = words[1]
		return nil
	case r.Kind == "statement" && words[0] == "ok" && len(words) == 1:
		return nil
	case r.Kind == "query" && len(words) == 1 && (words[0] == "nosort" || words[0] == "rowsort"):
		r.Sort, r.New = words[0], true
		return nil
	case r.Kind == "query" && len(words) == 2 && (words[1] == "nosort" || words[1] == "rowsort"):
		r.Types, r.Sort = words[0], words[1]
		return nil
	}
	return fmt.Errorf("%s %s: what comes of it is TYPES nosort, TYPES rowsort, ok or error SQLSTATE", r.Kind, strings.Join(words, " "))
}

// body reads the text and the rows from line i on, and returns the line behind.
func (r *Record) body(lines []string, i int) int {
	var text []string
	for ; i < len(lines) && lines[i] != "" && lines[i] != "----"; i++ {
		text = append(text, lines[i])
	}
	r.SQL = strings.Join(text, "\n")
	if i < len(lines) && lines[i] == "----" {
		for i++; i < len(lines) && lines[i] != ""; i++ {
			r.Rows = append(r.Rows, lines[i])
		}
	}
	return i
}

// String is the file's text.
func (f *File) String() string {
	var b strings.Builder
	for _, r := range f.Records {
		for _, h := range r.Head {
			b.WriteString(h + "\n")
		}
		for _, s := range r.Skip {
			fmt.Fprintf(&b, "%s %s # %s\n", map[bool]string{true: "onlyif", false: "skipif"}[s.Only], s.System, s.Reason)
		}
		b.WriteString(r.Kind)
		switch {
		case r.Error != "":
			b.WriteString(" error " + r.Error)
		case r.Kind == "statement" && !r.New:
			b.WriteString(" ok")
		case r.Types != "":
			b.WriteString(" " + r.Types + " " + r.Sort)
		}
		b.WriteString("\n" + r.SQL + "\n")
		if r.Types != "" && r.Error == "" {
			b.WriteString("----\n")
			for _, row := range r.Rows {
				b.WriteString(row + "\n")
			}
		}
	}
	for _, t := range f.Tail {
		b.WriteString(t + "\n")
	}
	return b.String()
}
