// Package millrace is the root of the repository. It holds no code; its tests hold the tree to docs/architecture.md.
package millrace

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "millrace/"

// source is a Go file that is not a test, of a package of ours.
type source struct {
	path string // sql/tidb.go
	pkg  string // sql
	file *ast.File
}

func (s source) imports() []string {
	var all []string
	for _, i := range s.file.Imports {
		if p, err := strconv.Unquote(i.Path.Value); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// tree parses the files that some build of ours includes; those of testdata and hidden folders are no packages.
func tree(t *testing.T) []source {
	t.Helper()
	ctx := build.Default
	ctx.BuildTags = []string{"assert", "services"}
	set := token.NewFileSet()
	var all []source
	err := fs.WalkDir(os.DirFS("."), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if n := d.Name(); p != "." && (n == "testdata" || n[0] == '.' || n[0] == '_') {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(p, ".go") || strings.HasSuffix(p, "_test.go") {
			return nil
		}
		if ok, err := ctx.MatchFile(path.Dir(p), path.Base(p)); err != nil || !ok {
			return err
		}
		f, err := parser.ParseFile(set, p, nil, parser.ParseComments|parser.SkipObjectResolution)
		all = append(all, source{p, path.Dir(p), f})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// row is a line of a table of docs/architecture.md: `name` and what is listed behind it.
type row struct {
	name string
	list []string
}

// table reads the rows below a header.
func table(t *testing.T, header string) []row {
	t.Helper()
	const file = "docs/architecture.md"
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, text, ok := strings.Cut(string(doc), header+"\n|---|---|\n")
	if !ok {
		t.Fatalf("%s has lost its table %s", file, header)
	}
	var rows []row
	for line := range strings.Lines(text) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			break
		}
		r := row{name: strings.Trim(strings.TrimSpace(cells[1]), "`")}
		for name := range strings.SplitSeq(cells[2], ",") {
			if name = strings.TrimSpace(name); name != "" {
				r.list = append(r.list, name)
			}
		}
		rows = append(rows, r)
	}
	return rows
}

func TestPackagesImportOnlyWhatTheTableAllows(t *testing.T) {
	rows := table(t, "| package | may import |")
	allowed := map[string][]string{}
	for _, r := range rows {
		for _, to := range r.list {
			if _, above := allowed[to]; !above {
				t.Errorf("the row of %s allows %s, which is not in a row above it", r.name, to)
			}
		}
		allowed[r.name] = r.list
	}
	seen := map[string]bool{}
	for _, s := range tree(t) {
		seen[s.pkg] = true
		may, ok := allowed[s.pkg]
		if !ok {
			t.Errorf("%s: package %s is not in the table", s.path, s.pkg)
			continue
		}
		for _, imp := range s.imports() {
			if to, ours := strings.CutPrefix(imp, module); ours && !slices.Contains(may, to) {
				t.Errorf("%s may not import %s", s.path, to)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(allowed)) {
		if !seen[name] {
			t.Errorf("the table has %s, the tree has not", name)
		}
	}
}

// library finds the row of the longest path that imp is, or is in.
func library(rows []row, imp string) (row, bool) {
	best, found := row{}, false
	for _, r := range rows {
		if (imp == r.name || strings.HasPrefix(imp, r.name+"/")) && len(r.name) > len(best.name) {
			best, found = r, true
		}
	}
	return best, found
}

func TestLibrariesAreVisibleOnlyWhereTheTableSays(t *testing.T) {
	rows := table(t, "| library | visible in |")
	used := map[string]bool{} // "library in package"
	for _, s := range tree(t) {
		for _, imp := range s.imports() {
			first, _, _ := strings.Cut(imp, "/")
			if !strings.Contains(first, ".") { // the standard library, or ours
				continue
			}
			r, ok := library(rows, imp)
			if !ok {
				t.Errorf("%s imports %s, which is not in the table", s.path, imp)
				continue
			}
			if !slices.Contains(r.list, s.pkg) && !slices.Contains(r.list, s.path) {
				t.Errorf("%s may not import %s", s.path, imp)
			}
			used[fmt.Sprintf("%s in %s", r.name, s.pkg)] = true
			used[fmt.Sprintf("%s in %s", r.name, s.path)] = true
		}
	}
	for _, r := range rows {
		for _, where := range r.list {
			if !used[fmt.Sprintf("%s in %s", r.name, where)] {
				t.Errorf("the table has %s in %s, which does not import it", r.name, where)
			}
		}
	}
}

// TestDependenciesAreExplained holds docs/dependencies.md to go.mod: each direct dependency, with its version.
func TestDependenciesAreExplained(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("docs/dependencies.md")
	if err != nil {
		t.Fatal(err)
	}
	direct := 0
	for line := range strings.Lines(string(mod)) {
		f := strings.Fields(strings.TrimPrefix(strings.TrimSpace(line), "require "))
		if len(f) != 2 || !strings.Contains(f[0], ".") || f[0] == "go" {
			continue // an indirect one has a comment behind it
		}
		direct++
		if want := fmt.Sprintf("| `%s` | %s | ", f[0], f[1]); !strings.Contains(string(doc), want) {
			t.Errorf("docs/dependencies.md has no row that begins with %s", want)
		}
	}
	if rows := strings.Count(string(doc), "\n| `"); rows != direct {
		t.Errorf("docs/dependencies.md has %d rows, go.mod %d direct dependencies", rows, direct)
	}
}

func TestNothingRunsBeforeMain(t *testing.T) {
	for _, s := range tree(t) {
		for _, d := range s.file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
				t.Errorf("%s has a func init", s.path)
			}
		}
	}
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	said := map[string]bool{}
	for _, s := range tree(t) {
		said[s.pkg] = said[s.pkg] || s.file.Doc != nil
	}
	for _, pkg := range slices.Sorted(maps.Keys(said)) {
		if !said[pkg] {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}
