package file

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/flow"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/ipc"
	"millrace/formats/json"
	"millrace/formats/parquet"
	"millrace/sources"
	"millrace/types"
)

var (
	fmts     = []formats.Format{json.New(), csv.New()}
	columnar = []formats.Columnar{parquet.New(), ipc.New()}
)

// table is a table of the connector with columns a BIGINT, b TEXT and the metadata path, offset, line.
func table(opts map[string]string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{"connector": {Value: "file"}}}
	for k, v := range opts {
		t.Options[k] = catalog.Option{Value: v}
	}
	for _, c := range (types.Schema{{Name: "a", Type: types.Of(types.Int64)}, {Name: "b", Type: types.Of(types.Text)}}) {
		t.Columns = append(t.Columns, catalog.Column{Column: c})
	}
	for _, m := range sources.Metadata("path", "offset", "line") {
		t.Columns = append(t.Columns, catalog.Column{Column: m, Metadata: m.Name})
	}
	return t
}

func write(t testing.TB, path, content string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func openTable(t testing.TB, tab *catalog.Table, cols ...int) (sources.Source, error) {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	t.Cleanup(func() { mem.AssertSize(t, 0) })
	c := New(fmts, columnar)
	if err := catalog.CheckOptions(tab, c.Options()); err != nil {
		return nil, err
	}
	if err := c.Check(tab); err != nil {
		return nil, err
	}
	return c.Open(context.Background(), &sources.Scan{Table: tab, Pushdown: sources.Pushdown{Columns: cols}, Bounded: true}, mem)
}

// readSplit reads a split to its end: rows as their values with | between, bad records as "! where: why".
func readSplit(t testing.TB, src sources.Source, split sources.Split, from sources.Position, schema types.Schema) []string {
	t.Helper()
	r, err := src.Open(context.Background(), split, from, func() {})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var out []string
	for {
		b, err := r.Next(context.Background())
		var bad *sources.BadRecord
		switch {
		case errors.As(err, &bad):
			out = append(out, "! "+bad.Error())
		case err == io.EOF:
			if r.Lag() != 0 {
				t.Errorf("at the end the lag is %d", r.Lag())
			}
			return out
		case err != nil:
			t.Fatal(err)
		default:
			out = append(out, rows(b, schema)...)
			b.Release()
		}
	}
}

func rows(b *flow.Batch, schema types.Schema) []string {
	out := make([]string, b.Len())
	for row := range out {
		var parts []string
		for i, c := range schema {
			v := "NULL"
			if !b.Rec.Column(i).IsNull(row) {
				v = string(types.AppendText(nil, b.Rec.Column(i), row, c.Type))
			}
			parts = append(parts, v)
		}
		out[row] = strings.Join(parts, "|")
	}
	return out
}

// readAll reads columns a, b, offset and line of a table of one file.
func readAll(t testing.TB, opts map[string]string) []string {
	t.Helper()
	tab := table(opts)
	src, err := openTable(t, tab, 0, 1, 3, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer src.Close()
	splits, err := src.Splits(context.Background())
	if err != nil || len(splits) != 1 {
		t.Fatalf("%v, %v", splits, err)
	}
	s := tab.Schema()
	return readSplit(t, src, splits[0], "", types.Schema{s[0], s[1], s[3], s[4]})
}

func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestLinesOfJSON(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "bids.jsonl"), "{\"a\":1,\"b\":\"x\"}\n\r\n\n{\"a\":2}\r\n{\"a\":\"no\"}\n{\"a\":4,\"b\":\"last\"}")
	expect(t, readAll(t, map[string]string{"path": path, "format": "json"}),
		"1|x|0|1", "2|NULL|19|4", `! `+path+`:5: field a: "no" is not a BIGINT`, "4|last|39|6")
}

func TestFilesWithNothingInThem(t *testing.T) {
	for _, content := range []string{"", "\n", "\n\n", "\r\n", "\xEF\xBB\xBF"} {
		path := write(t, filepath.Join(t.TempDir(), "x"), content)
		expect(t, readAll(t, map[string]string{"path": path, "format": "json"}))
	}
}

func TestCSVWithAHeader(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.csv"), "\xEF\xBB\xBFc,\"b\",a\r\n,\"two\nlines\",1\r\n\r\n,x,2\n,x\n,,3")
	expect(t, readAll(t, map[string]string{"path": path, "format": "csv", "csv.header": "true"}),
		"1|two\nlines|12|2", "2|x|30|5", "! "+path+":6: has 2 fields where there are 3 columns", "3|NULL|38|7")
	src, err := openTable(t, table(map[string]string{"path": write(t, path, "a,bb\n"), "format": "csv", "csv.header": "true"}), 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = src.Open(context.Background(), sources.Split{ID: path}, "", nil); err == nil || err.Error() != path+` has no field "b"` {
		t.Errorf("a column that is not in the header gives %v", err)
	}
}

func TestCSVWithoutAHeaderGoesByPosition(t *testing.T) {
	path := write(t, filepath.Join(t.TempDir(), "x.csv"), "1;x\n2;'y;z'")
	expect(t, readAll(t, map[string]string{"path": path, "format": "csv", "csv.delimiter": ";", "csv.quote": "'"}), "1|x|0|1", "2|y;z|4|2")
}

func TestCompressedFiles(t *testing.T) {
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprintln(w, `{"a":1}`)
	fmt.Fprintln(w, `{"a":2}`)
	w.Close()
	dir := t.TempDir()
	for _, opts := range []map[string]string{
		{"path": write(t, filepath.Join(dir, "x.jsonl.gz"), z.String())},
		{"path": write(t, filepath.Join(dir, "y"), z.String()), "compression": "gzip"},
	} {
		opts["format"] = "json"
		expect(t, readAll(t, opts), "1|NULL|0|1", "2|NULL|8|2")
	}
	path := write(t, filepath.Join(dir, "cut.gz"), z.String()[:z.Len()-4])
	src, err := openTable(t, table(map[string]string{"path": path, "format": "json"}), 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(context.Background(), sources.Split{ID: path}, "", nil)
	if err == nil {
		defer r.Close()
		for err == nil {
			var b *flow.Batch
			if b, err = r.Next(context.Background()); b != nil {
				b.Release()
			}
		}
	}
	if err == io.EOF || !strings.HasPrefix(err.Error(), "cannot read "+path) {
		t.Errorf("a file that was cut off gives %v", err)
	}
}

// From the position of any record on, the rest of the file comes, with the same lines in errors.
func TestResumeAtEveryRecord(t *testing.T) {
	var plain strings.Builder
	var starts []sources.Position
	for i := range 40 {
		starts = append(starts, sources.Position(fmt.Sprintf("%d:%d", plain.Len(), 2*i+1)))
		switch i % 3 {
		case 0:
			fmt.Fprintf(&plain, "{\"a\":%d}\n\n", i)
		case 1:
			fmt.Fprintf(&plain, "{\"a\":%d,\"b\":\"%s\"}\n\r\n", i, strings.Repeat("x", i*5000))
		default:
			fmt.Fprintf(&plain, "{\"a\":x}\n\n")
		}
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, plain.String())
	w.Close()
	for name, content := range map[string]string{"x.jsonl": plain.String(), "x.jsonl.gz": z.String()} {
		t.Run(name, func(t *testing.T) {
			path := write(t, filepath.Join(t.TempDir(), name), content)
			tab := table(map[string]string{"path": path, "format": "json"})
			src, err := openTable(t, tab, 0, 3, 4)
			if err != nil {
				t.Fatal(err)
			}
			s := tab.Schema()
			s = types.Schema{s[0], s[3], s[4]}
			all := readSplit(t, src, sources.Split{ID: path}, "", s)
			if len(all) != 40 {
				t.Fatalf("%d records", len(all))
			}
			for i, from := range starts {
				expect(t, readSplit(t, src, sources.Split{ID: path}, from, s), all[i:]...)
			}
			end := sources.Position(fmt.Sprintf("%d:%d", plain.Len(), 81))
			expect(t, readSplit(t, src, sources.Split{ID: path}, end, s))
			for _, beyond := range []sources.Position{"9999999:1", "x"} {
				if _, err := src.Open(context.Background(), sources.Split{ID: path}, beyond, nil); err == nil {
					t.Errorf("position %q is taken", beyond)
				}
			}
		})
	}
}

// The position is always that of the first row that was not returned, whether rows or a bad record come next.
func TestPositionFollowsWhatWasReturned(t *testing.T) {
	var text strings.Builder
	for i := range 20_000 {
		if i == 10_000 || i == 10_001 {
			text.WriteString("{\n")
		} else {
			fmt.Fprintf(&text, "{\"a\":%d}\n", i)
		}
	}
	path := write(t, filepath.Join(t.TempDir(), "x"), text.String())
	src, err := openTable(t, table(map[string]string{"path": path, "format": "json"}), 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := src.Open(context.Background(), sources.Split{ID: path}, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	line := 1
	for _, step := range []int{0, 8192, 1808, -1, -1, 8192, 1806} {
		switch {
		case step > 0:
			b, err := r.Next(context.Background())
			if err != nil || b.Len() != step {
				t.Fatalf("%v, %v where %d rows are due", b, err, step)
			}
			b.Release()
			line += step
		case step < 0:
			var bad *sources.BadRecord
			if _, err := r.Next(context.Background()); !errors.As(err, &bad) || bad.Where != fmt.Sprintf("%s:%d", path, line) || string(bad.Value) != "{" {
				t.Fatalf("%v where line %d is bad", err, line)
			}
			line++
		}
		if _, at, _ := strings.Cut(string(r.Position()), ":"); at != fmt.Sprint(line) {
			t.Fatalf("position %s, want line %d", r.Position(), line)
		}
	}
	if _, err := r.Next(context.Background()); err != io.EOF || string(r.Position()) != fmt.Sprintf("%d:20001", text.Len()) {
		t.Errorf("%v at %s", err, r.Position())
	}
}

func TestHugeLines(t *testing.T) {
	good := fmt.Sprintf("{\"a\":1,\"b\":\"%s\"}\n", strings.Repeat("x", 10<<20))
	path := write(t, filepath.Join(t.TempDir(), "x"), good+"{\"b\":\""+strings.Repeat("x", recordMax)+"\"}\n{\"a\":3}\n")
	tab := table(map[string]string{"path": path, "format": "json"})
	src, err := openTable(t, tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, readSplit(t, src, sources.Split{ID: path}, "", tab.Schema()[:1]), "1", "! "+path+":2: is longer than 64 MiB", "3")
}

func TestWhichFilesAreRead(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.jsonl", "a.jsonl", "c.csv", ".hidden", "_tmp", "sub/d.jsonl"} {
		write(t, filepath.Join(dir, name), "")
	}
	for _, tc := range []struct{ path, want string }{
		{"", "a.jsonl b.jsonl c.csv"},
		{"*.jsonl", "a.jsonl b.jsonl"},
		{"*/*", "sub/d.jsonl"},
		{"c.csv", "c.csv"},
		{"x*", `error: there are no files in "DIR/x*"`},
		{"none", `error: cannot read "DIR/none": no such file or directory`},
		{"[", `error: option "path": "DIR/[" is not a pattern: syntax error in pattern`},
	} {
		src, err := openTable(t, table(map[string]string{"path": filepath.Join(dir, tc.path), "format": "json"}), 0)
		got := ""
		if err != nil {
			got = "error: " + strings.ReplaceAll(err.Error(), dir, "DIR")
		} else {
			splits, _ := src.Splits(context.Background())
			for _, s := range splits {
				got += strings.TrimPrefix(s.ID, dir+"/") + " "
			}
			got = strings.TrimSpace(got)
		}
		if got != tc.want {
			t.Errorf("path %q: %s, want %s", tc.path, got, tc.want)
		}
	}
}

func TestDeclarationsThatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		opts map[string]string
		want string
	}{
		{map[string]string{"format": "json"}, `connector "file" needs the option "path"`},
		{map[string]string{"path": "x"}, `connector "file" needs the option "format"`},
		{map[string]string{"path": "x", "format": "jsno"}, `there is no format "jsno"`},
		{map[string]string{"path": "x", "format": "json", "csv.header": "true"}, `option "csv.header" does not go with format "json"`},
		{map[string]string{"path": "x", "format": "json", "compression": "zip"}, `option "compression": "zip" is none of 'auto', 'none', 'gzip'`},
	} {
		if _, err := openTable(t, table(tc.opts), 0); err == nil || err.Error() != tc.want {
			t.Errorf("%v: %v, want %s", tc.opts, err, tc.want)
		}
	}
	tab := table(map[string]string{"path": "x", "format": "json"})
	tab.Columns[3].Type = types.Of(types.Text)
	if _, err := openTable(t, tab, 0); err == nil || err.Error() != `metadata "offset" cannot be a column of type TEXT` {
		t.Errorf("an offset of type TEXT gives %v", err)
	}
}
