package catalog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"millrace/sqlerr"
)

func table(name string, options ...string) *Table {
	t := &Table{Name: Name{Table: name}, SQL: "CREATE TABLE " + name, Options: map[string]Option{"connector": {Value: "kafka", Pos: 1}}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = Option{Value: options[i+1], Pos: sqlerr.Pos(11 + i), Key: sqlerr.Pos(10 + i)}
	}
	return t
}

func TestAMissingTableNamesTheNearest(t *testing.T) {
	m := NewMemory()
	if err := m.Create(t.Context(), table("bids")); err != nil {
		t.Fatal(err)
	}
	_, err := m.Table(t.Context(), Name{Table: "bid"})
	var e *sqlerr.Error
	if !errors.As(err, &e) || e.Code != sqlerr.UndefinedTable || e.Hint != `Did you mean "bids"?` {
		t.Errorf("got %v, hint %q", err, e.Hint)
	}
	if err := m.Create(t.Context(), table("bids")); sqlerr.Code(err) != sqlerr.DuplicateTable {
		t.Errorf("a second table of that name: %v", err)
	}
}

func TestCheckOptions(t *testing.T) {
	specs := []OptionSpec{
		{Name: "brokers", Required: true, Doc: "Where the cluster is."},
		{Name: "sasl.password", Secret: true, Parse: func(string) error { return errors.New("is wrong") }},
		{Name: "linger", Parse: IsDuration, Doc: "How long to wait."},
		{Name: "json.*"},
	}
	for _, tc := range []struct {
		name    string
		options []string
		want    string // of the message; empty: no error
		hint    string
	}{
		{"all is well", []string{"brokers", "b:1", "linger", "5 ms", "json.timestamp", "ms"}, "", ""},
		{"an unknown name", []string{"broker", "b:1"}, `connector "kafka" has no option "broker"`, `Did you mean "brokers"?`},
		{"a missing one", nil, `connector "kafka" needs the option "brokers"`, "Where the cluster is."},
		{"a wrong value", []string{"brokers", "b:1", "linger", "soon"}, `option "linger": "soon" is not a duration such as '10s' or '5 minutes'`, "How long to wait."},
		{"a secret is not shown", []string{"brokers", "b:1", "sasl.password", "hunter2"}, `option "sasl.password": *** is wrong`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := CheckOptions(table("t", tc.options...), specs)
			var e *sqlerr.Error
			if tc.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if !errors.As(err, &e) || e.Message != tc.want || e.Hint != tc.hint || e.Pos == 0 {
				t.Errorf("got %v, hint %q, pos %d", err, e.Hint, e.Pos)
			}
		})
	}
}

func TestParseDuration(t *testing.T) {
	for _, tc := range []struct {
		text string
		want time.Duration
	}{
		{"10s", 10 * time.Second}, {"500 ms", 500 * time.Millisecond}, {"1h30m", 90 * time.Minute}, {"1 hour 30 minutes", 90 * time.Minute},
		{"2 days", 48 * time.Hour}, {"1.5 s", 1500 * time.Millisecond}, {"0s", 0},
	} {
		if got, err := ParseDuration(tc.text); err != nil || got != tc.want {
			t.Errorf("ParseDuration(%q) = %v, %v", tc.text, got, err)
		}
	}
	for _, bad := range []string{"", "ten", "10", "5 fortnights", "1 hour 3"} {
		if d, err := ParseDuration(bad); err == nil {
			t.Errorf("ParseDuration(%q) = %v", bad, d)
		}
	}
}

func TestAFolderOutlivesTheProcess(t *testing.T) {
	dir := t.TempDir()
	bind := func(text string) (*Table, *View, error) {
		if name, ok := strings.CutPrefix(strings.TrimSpace(text), "CREATE TABLE "); ok {
			return table(name), nil, nil
		}
		if name, ok := strings.CutPrefix(strings.TrimSpace(text), "CREATE VIEW "); ok {
			return nil, view(name), nil
		}
		return nil, nil, errors.New("odd statement")
	}
	f, err := OpenFolder(t.Context(), dir, bind)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"one", "two", "a/b"} {
		if err := f.Create(t.Context(), table(n)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Drop(t.Context(), Name{Table: "two"}); err != nil {
		t.Fatal(err)
	}
	for _, n := range []string{"v", "w"} {
		if err := f.CreateView(t.Context(), view(n), false); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.DropView(t.Context(), Name{Table: "w"}); err != nil {
		t.Fatal(err)
	}
	again, err := OpenFolder(t.Context(), dir, bind)
	if err != nil {
		t.Fatal(err)
	}
	names, _ := again.Tables(t.Context(), "", "")
	if len(names) != 2 || names[0].Table != "a/b" || names[1].Table != "one" {
		t.Errorf("tables %v", names)
	}
	if views := again.Views(t.Context()); len(views) != 1 || views[0].Name.Table != "v" {
		t.Errorf("views %v", views)
	}
	info, err := os.Stat(filepath.Join(dir, "tables", "one.sql"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a statement that may hold secrets has mode %v, %v", info.Mode(), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tables", "bad.sql"), []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenFolder(t.Context(), dir, bind); err == nil || !strings.Contains(err.Error(), "bad.sql") {
		t.Errorf("a broken file: %v", err)
	}
}

func view(name string) *View {
	return &View{Name: Name{Table: name}, SQL: "CREATE VIEW " + name}
}

func TestTablesAndViewsHaveTheirNamesInCommon(t *testing.T) {
	m := NewMemory()
	if err := m.Create(t.Context(), table("t")); err != nil {
		t.Fatal(err)
	}
	if err := m.CreateView(t.Context(), view("v"), false); err != nil {
		t.Fatal(err)
	}
	if err := m.CreateView(t.Context(), view("v"), true); err != nil {
		t.Errorf("replacing a view: %v", err)
	}
	_, reading := m.Table(t.Context(), Name{Table: "v"})
	for _, tc := range []struct {
		name string
		err  error
		code string
	}{
		{"a table by a view's name", m.Create(t.Context(), table("v")), sqlerr.DuplicateTable},
		{"a view by a table's name", m.CreateView(t.Context(), view("t"), true), sqlerr.WrongObjectType},
		{"a view twice", m.CreateView(t.Context(), view("v"), false), sqlerr.DuplicateTable},
		{"DROP VIEW of a table", m.DropView(t.Context(), Name{Table: "t"}), sqlerr.WrongObjectType},
		{"DROP TABLE of a view", m.Drop(t.Context(), Name{Table: "v"}), sqlerr.WrongObjectType},
		{"DROP VIEW of nothing", m.DropView(t.Context(), Name{Table: "x"}), sqlerr.UndefinedTable},
		{"a view taken for a table", reading, sqlerr.WrongObjectType},
	} {
		if sqlerr.Code(tc.err) != tc.code {
			t.Errorf("%s: %v", tc.name, tc.err)
		}
	}
}
