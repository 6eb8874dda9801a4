package file

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/ipc"
	"millrace/formats/json"
	"millrace/formats/parquet"
	"millrace/sinks"
	"millrace/sqlerr"
	"millrace/types"
)

var (
	ctx      = context.Background()
	fmts     = []formats.Format{json.New(), csv.New()}
	columnar = []formats.Columnar{parquet.New(), ipc.New()}
	schema   = types.Schema{{Name: "a", Type: types.Of(types.Int64)}, {Name: "b", Type: types.Of(types.Text)}}
)

func table(opts map[string]string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{"connector": {Value: "file"}}}
	for k, v := range opts {
		t.Options[k] = catalog.Option{Value: v}
	}
	for _, c := range schema {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
	}
	return t
}

func open(t testing.TB, c sinks.Connector, opts map[string]string, index int) sinks.Sink {
	t.Helper()
	s, err := openErr(t, c, opts, index)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func openErr(t testing.TB, c sinks.Connector, opts map[string]string, index int) (sinks.Sink, error) {
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	tab := table(opts)
	if err := catalog.CheckOptions(tab, c.Options()); err != nil {
		return nil, err
	}
	return c.Open(ctx, &sinks.Write{Table: tab, Columns: []int{0}, In: schema[:1], Index: index}, mem)
}

// put writes rows with a = each of values.
func put(t testing.TB, s sinks.Sink, values ...int64) {
	t.Helper()
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema[:1].Arrow())
	defer b.Release()
	b.Field(0).(*array.Int64Builder).AppendValues(values, nil)
	rec := b.NewRecordBatch()
	defer rec.Release()
	if err := s.Write(ctx, &flow.Batch{Rec: rec}); err != nil {
		t.Fatal(err)
	}
}

func prepare(t testing.TB, s sinks.Sink) []byte {
	t.Helper()
	token, err := s.Prepare(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func commit(t testing.TB, s sinks.Sink, token []byte) {
	t.Helper()
	if err := s.Commit(ctx, token); err != nil {
		t.Fatal(err)
	}
}

// visible is the content of all files in a folder that a reader sees, in the order of their names.
func visible(t testing.TB, dir string) string {
	t.Helper()
	var out strings.Builder
	for _, name := range names(t, dir) {
		if name[0] != '.' {
			content, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			out.Write(content)
		}
	}
	return out.String()
}

func names(t testing.TB, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Name()
	}
	return out
}

// lines is what rows with these values look like.
func lines(values ...int64) string {
	var b strings.Builder
	for _, v := range values {
		fmt.Fprintf(&b, "{\"a\":%d,\"b\":null}\n", v)
	}
	return b.String()
}

func expect(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestAFolderGetsAFileAnEpoch(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	s := open(t, New(fmts, columnar), map[string]string{"path": dir + "/", "format": "json"}, 0)
	put(t, s, 1, 2)
	put(t, s, 3)
	first := prepare(t, s)
	put(t, s, 4)
	expect(t, visible(t, dir), "")
	commit(t, s, first)
	commit(t, s, first)
	expect(t, visible(t, dir), lines(1, 2, 3))
	second := prepare(t, s)
	if empty := prepare(t, s); empty != nil {
		t.Errorf("an epoch without rows has the token %s", empty)
	}
	commit(t, s, nil)
	put(t, s, 5)
	dropped := prepare(t, s)
	if err := s.Abort(ctx, dropped); err != nil {
		t.Fatal(err)
	}
	put(t, s, 6) // not prepared
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	// Another process finishes what this one prepared.
	after := open(t, New(fmts, columnar), map[string]string{"path": dir, "format": "json"}, 0)
	commit(t, after, first)
	commit(t, after, second)
	expect(t, visible(t, dir), lines(1, 2, 3, 4))
	if all := names(t, dir); len(all) != 2 {
		t.Errorf("the folder has %v", all)
	}
}

func TestASingleFileIsAddedTo(t *testing.T) {
	for _, before := range []string{"none", "", "kept\n", "kept"} {
		t.Run(fmt.Sprintf("%q", before), func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.jsonl")
			want := ""
			if before != "none" {
				if err := os.WriteFile(path, []byte(before), 0o644); err != nil {
					t.Fatal(err)
				}
				want = before
				if before == "kept" {
					want += "\n"
				}
			}
			c := New(fmts, columnar)
			opts := map[string]string{"path": path, "format": "json"}
			a, b := open(t, c, opts, 0), open(t, c, opts, 1)
			put(t, a, 1)
			put(t, b, 2)
			fromA, fromB := prepare(t, a), prepare(t, b)
			put(t, a, 3)
			if got := visible(t, dir); before == "none" && got != "" || before != "none" && got != before {
				t.Errorf("before the commit there is %q", got)
			}
			commit(t, a, fromB) // any instance commits for any
			commit(t, a, fromA)
			commit(t, b, fromB)
			expect(t, visible(t, dir), want+lines(2, 1))
			commit(t, a, prepare(t, a))
			expect(t, visible(t, dir), want+lines(2, 1, 3))
			if all := names(t, dir); !slices.Equal(all, []string{"out.jsonl"}) {
				t.Errorf("the folder has %v", all)
			}
		})
	}
}

// Wherever a commit to a file that is there was cut off, the next one ends it, and adds the rows once.
func TestACommitCutOffAnywhereIsEnded(t *testing.T) {
	const kept = "{\"a\":0,\"b\":null}\n"
	size := len(kept)
	for _, tc := range []struct {
		name    string
		cut     func(path, part string) error // brings the files to where the crash left them
		another bool                          // another part is committed next, not the same
	}{
		{"before it began", func(string, string) error { return nil }, false},
		{"when its place was known", func(path, part string) error {
			return os.Rename(part, fmt.Sprintf("%s.at-%d-0", part, size))
		}, false},
		{"with some bytes written", func(path, part string) error {
			return first(os.Rename(part, fmt.Sprintf("%s.at-%d-0", part, size)), os.WriteFile(path, []byte(kept+"{\"a\":1,"), 0o644))
		}, false},
		{"with all bytes written", func(path, part string) error {
			return first(os.Rename(part, fmt.Sprintf("%s.at-%d-0", part, size)), os.WriteFile(path, []byte(kept+lines(1, 2)), 0o644))
		}, false},
		{"with some bytes written, and another part is next", func(path, part string) error {
			return first(os.Rename(part, fmt.Sprintf("%s.at-%d-0", part, size)), os.WriteFile(path, []byte(kept+"{\"a\":1,"), 0o644))
		}, true},
		{"when all was done", func(path, part string) error {
			return first(os.Remove(part), os.WriteFile(path, []byte(kept+lines(1, 2)), 0o644))
		}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "out.jsonl")
			if err := os.WriteFile(path, []byte(kept), 0o644); err != nil {
				t.Fatal(err)
			}
			opts := map[string]string{"path": path, "format": "json"}
			s := open(t, New(fmts, columnar), opts, 0)
			put(t, s, 1, 2)
			cut := prepare(t, s)
			put(t, s, 3)
			next := prepare(t, s)
			tok, err := parse(cut)
			if err != nil {
				t.Fatal(err)
			}
			if err := tc.cut(path, tok.path(tok.Part)); err != nil {
				t.Fatal(err)
			}
			after := open(t, New(fmts, columnar), opts, 0)
			if !tc.another {
				commit(t, after, cut)
				expect(t, visible(t, dir), kept+lines(1, 2))
			}
			commit(t, after, next)
			commit(t, after, cut)
			expect(t, visible(t, dir), kept+lines(1, 2, 3))
			if all := names(t, dir); !slices.Equal(all, []string{"out.jsonl"}) {
				t.Errorf("the folder has %v", all)
			}
		})
	}
}

func first(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func TestCSVHasOneHeaderAFile(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct{ path, want string }{
		{filepath.Join(dir, "one", "out.csv"), "a,b\n1,\n2,\n"},
		{filepath.Join(dir, "many") + "/", "a,b\n1,\na,b\n2,\n"},
	} {
		s := open(t, New(fmts, columnar), map[string]string{"path": tc.path, "format": "csv", "csv.header": "true"}, 0)
		for i := range 2 {
			put(t, s, int64(i+1))
			commit(t, s, prepare(t, s))
		}
		expect(t, visible(t, strings.TrimSuffix(tc.path, "out.csv")), tc.want)
	}
}

func TestDeclarationsThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for _, tc := range []struct {
		opts map[string]string
		want string
	}{
		{map[string]string{"format": "json"}, `connector "file" needs the option "path"`},
		{map[string]string{"path": dir, "format": "xml"}, `there is no format "xml"`},
		{map[string]string{"path": dir, "format": "json", "csv.header": "true"}, `option "csv.header" does not go with format "json"`},
		{map[string]string{"path": "x.gz", "format": "json"}, `option "path": "x.gz" is not a file or folder that can be written`},
		{map[string]string{"path": "x*", "format": "json"}, `option "path": "x*" is not a file or folder that can be written`},
		{map[string]string{"path": "/dev/null/x", "format": "json"}, "cannot write: stat /dev/null/x: not a directory"},
	} {
		if _, err := openErr(t, New(fmts, columnar), tc.opts, 0); err == nil || err.Error() != tc.want {
			t.Errorf("%v: %v, want %s", tc.opts, err, tc.want)
		}
	}
	if err := open(t, New(fmts, columnar), map[string]string{"path": dir, "format": "json"}, 0).Commit(ctx, []byte("x")); err == nil {
		t.Error("a token that is none is committed")
	}
}

func TestColumnarFiles(t *testing.T) {
	for _, format := range []string{"parquet", "arrow"} {
		dir := t.TempDir()
		s := open(t, New(fmts, columnar), map[string]string{"path": dir + "/", "format": format}, 0)
		for range 2 {
			put(t, s, 1, 2)
			commit(t, s, prepare(t, s))
		}
		if n := names(t, dir); len(n) != 2 || !strings.HasSuffix(n[0], "."+format) {
			t.Errorf("%s: files %v", format, n)
		}
		single := filepath.Join(dir, "one."+format)
		s = open(t, New(fmts, columnar), map[string]string{"path": single, "format": format}, 0)
		put(t, s, 3)
		put(t, s, 4)
		commit(t, s, prepare(t, s))
		expect(t, valuesOf(t, single, format), "3 4 ")
		rec := array.NewRecordBatch(schema[:1].Arrow(), []arrow.Array{array.MakeArrayOfNull(memory.DefaultAllocator, arrow.PrimitiveTypes.Int64, 1)}, 1)
		if err := s.Write(ctx, &flow.Batch{Rec: rec}); sqlerr.Code(err) != sqlerr.ObjectNotInPrereqState {
			t.Errorf("a second epoch in one file: %v", err)
		}
		if _, err := openErr(t, New(fmts, columnar), map[string]string{"path": single, "format": format}, 0); sqlerr.Code(err) != sqlerr.InvalidParameterValue {
			t.Errorf("a file that is there: %v", err)
		}
		s = open(t, New(fmts, columnar), map[string]string{"path": dir + "/", "format": format}, 0)
		put(t, s, 5)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if n := names(t, dir); len(n) != 3 {
			t.Errorf("an epoch that was not prepared leaves %v", n)
		}
	}
}

// valuesOf reads the first column of a columnar file.
func valuesOf(t *testing.T, path, format string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	file, err := formats.ColumnarOf(table(map[string]string{"format": format}), columnar).Open(f, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	out := ""
	for part := range file.Parts() {
		r, err := file.Read(part, []int{0, 1})
		if err != nil {
			t.Fatal(err)
		}
		cols, n, err := r.Next(10)
		if err != nil || cols[1].NullN() != n {
			t.Fatalf("%v, %v", cols, err)
		}
		for i := range n {
			out += cols[0].ValueStr(i) + " "
		}
		r.Close()
	}
	return out
}
