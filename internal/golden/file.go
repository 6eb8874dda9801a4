// Package golden runs the queries of testdata/queries in every way that must not matter: as a batch, as a stream, over
// several splits in any order, killed and restored. Each must give the rows that stand in the file, which somebody
// else's engine wrote there.
package golden

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Query is one file: SQL that a user can run as it is, with its story, the source of its answer and its rows as
// comments.
//
//	-- What it is about.
//	-- from: postgres 15
//	-- oracle: the same query as that engine spells it, where it differs
//	SELECT …;
//	-- rows:
//	-- window_start | n
//	-- 2026-01-01 00:00:00 | 3
type Query struct {
	Path   string
	Name   string // area/name
	Head   []string
	From   string // who wrote the rows: "postgres 15"
	Oracle string // the query in that engine's words; empty: the same
	SQL    string
	Header []string
	Rows   []string // as row prints them
	HasAny bool     // rows were written
}

// Load reads every query below dir; files in folders named schema are not queries.
func Load(dir string) ([]*Query, error) {
	var out []*Query
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".sql" || filepath.Base(filepath.Dir(path)) == "schema" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		q, err := parse(string(text))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		rel, err := filepath.Rel(dir, path)
		q.Path, q.Name = path, strings.TrimSuffix(filepath.ToSlash(rel), ".sql")
		out = append(out, q)
		return err
	})
	slices.SortFunc(out, func(a, b *Query) int { return strings.Compare(a.Name, b.Name) })
	return out, err
}

func parse(text string) (*Query, error) {
	q := &Query{}
	var body []string
	inRows := false
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		comment, isComment := strings.CutPrefix(line, "--")
		comment = strings.TrimPrefix(comment, " ")
		switch {
		case inRows && isComment && q.Header == nil:
			q.Header = strings.Split(comment, " | ")
		case inRows && isComment:
			q.Rows = append(q.Rows, comment)
		case inRows && strings.TrimSpace(line) == "":
		case inRows:
			return nil, fmt.Errorf("a line behind the rows is no comment: %q", line)
		case isComment && comment == "rows:":
			inRows, q.HasAny = true, true
		case isComment && len(body) == 0:
			q.Head = append(q.Head, line)
			if from, ok := strings.CutPrefix(comment, "from: "); ok {
				q.From = from
			}
			if sql, ok := strings.CutPrefix(comment, "oracle: "); ok {
				q.Oracle += sql + "\n"
			}
		default:
			body = append(body, line)
		}
	}
	q.SQL = strings.TrimSpace(strings.Join(body, "\n"))
	if q.SQL == "" {
		return nil, fmt.Errorf("no query")
	}
	return q, nil
}

// Write puts the file back with new rows.
func (q *Query) Write(from string, header []string, rows []string) error {
	var b strings.Builder
	for _, h := range q.Head {
		if strings.HasPrefix(h, "-- from: ") {
			h = "-- from: " + from
		}
		b.WriteString(h + "\n")
	}
	b.WriteString(q.SQL + "\n-- rows:\n-- " + strings.Join(header, " | ") + "\n")
	for _, r := range rows {
		b.WriteString("-- " + r + "\n")
	}
	return os.WriteFile(q.Path, []byte(b.String()), 0o644)
}

// cell prints a value so that no two values look alike: a text that could be taken for something else is quoted.
func cell(text string, null bool) string {
	if null {
		return "NULL"
	}
	if text == "" || text == "NULL" || strings.TrimSpace(text) != text || strings.ContainsAny(text, "|\"\n\r\t") {
		return strconv.Quote(text)
	}
	return text
}

// row prints cells as one line of a file.
func row(cells []string) string { return strings.Join(cells, " | ") }
