package main

import (
	"strings"
	"testing"

	"millrace/types"
)

func TestPagesAreAsTheCodeHasThem(t *testing.T) {
	for _, p := range pages {
		got, want, err := p.texts("../..")
		if err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s is out of date: run make docs", p.path)
		}
	}
}

func TestAPartIsWrittenWhereItStands(t *testing.T) {
	write := parts(part{"a", func() string { return "new\n" }})
	got, err := write("x\n<!-- a: made by make docs -->\nold\n<!-- end -->\ny <!-- end -->\n")
	if want := "x\n<!-- a: made by make docs -->\nnew\n<!-- end -->\ny <!-- end -->\n"; err != nil || got != want {
		t.Errorf("%q, %v; want %q", got, err, want)
	}
	for _, page := range []string{"", "<!-- a: made by make docs -->\n", "<!-- b: made by make docs -->\n<!-- end -->"} {
		if got, err := write(page); err == nil {
			t.Errorf("%q has no place for the part, and is written: %q", page, got)
		}
	}
}

// What is said of a type by hand is said of every type.
func TestNoTypeIsMissing(t *testing.T) {
	for _, k := range types.Kinds() {
		n := typeNotes[k]
		if n.holds == "" || n.literal == "" || n.postgres == "" || n.json == "" {
			t.Errorf("%s: typeNotes says too little: %+v", k, n)
		}
		for _, text := range []string{typeTable(), typeMapping()} {
			if !strings.Contains(text, "\n| `"+k.String()) {
				t.Errorf("%s has no row in\n%s", k, text)
			}
		}
	}
}

func TestCastsAreThoseOfExpressions(t *testing.T) {
	for _, tc := range []struct {
		from, to types.Kind
		want     string
	}{
		{types.Int32, types.Int64, "implicit"},
		{types.Int64, types.Int32, "assignment"},
		{types.Float64, types.Int32, "explicit"},
		{types.Int32, types.Text, "assignment"},
		{types.Text, types.Int32, "explicit"},
		{types.UUID, types.Int32, ""},
		{types.Date, types.Timestamp, "implicit"},
	} {
		if got := castOf(tc.from, tc.to); got != tc.want {
			t.Errorf("%s to %s is %q, want %q", tc.from, tc.to, got, tc.want)
		}
	}
}

func TestCellsDoNotBreakTheirTable(t *testing.T) {
	for _, tc := range []struct{ text, want string }{
		{"a || b", "`a \\|\\| b`"},
		{"two\nlines", "`two lines`"},
		{"a`b", "`` a`b ``"},
		{"", ""},
	} {
		if got := code(tc.text); got != tc.want {
			t.Errorf("%q is %s, want %s", tc.text, got, tc.want)
		}
	}
	for _, p := range pages {
		_, text, err := p.texts("../..")
		if err != nil {
			t.Fatal(err)
		}
		head := 0 // bars in the first row of the table
		for line := range strings.Lines(text) {
			bars := strings.Count(line, "|") - strings.Count(line, `\|`)
			switch {
			case !strings.HasPrefix(line, "|"):
				head = 0
			case head == 0:
				head = bars
			case bars != head:
				t.Errorf("%s: a row of %d cells in a table of %d: %s", p.path, bars-1, head-1, line)
			}
		}
	}
}
