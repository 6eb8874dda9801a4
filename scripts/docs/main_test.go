package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPagesAreAsTheCodeHasThem(t *testing.T) {
	for _, p := range pages {
		got, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(p.path)))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != p.write() {
			t.Errorf("%s is out of date: run make docs", p.path)
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
		for line := range strings.Lines(p.write()) {
			bars := strings.Count(line, "|") - strings.Count(line, `\|`)
			if strings.HasPrefix(line, "|") && bars != 4 && bars != 6 && bars != 7 {
				t.Errorf("%s: a row of %d cells: %s", p.path, bars-1, line)
			}
		}
	}
}
