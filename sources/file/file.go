// Package file reads files: connector 'file', with one record a line (as its format has lines).
//
// The option path is a file, a folder (all files in it but those whose names begin with a dot or an underscore; not
// folders in it) or a pattern such as 'logs/2026-*.jsonl'. Each file is a split; files are read in the order of their
// names. They are read as they are when the query starts, so that a scan always ends. Empty lines are skipped, except
// in CSV of one column, where they are a NULL. A last line without a line end counts.
//
// Files of the formats 'parquet' and 'arrow' hold columns: see columns.go.
//
// A position is the offset of a record and the number of its line, "4711:17"; in a compressed file the offset is that
// in its content.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/sources"
	"millrace/sqlerr"
	"millrace/types"
)

type connector struct {
	formats  []formats.Format
	columnar []formats.Columnar
}

// New makes the connector.
func New(fmts []formats.Format, columnar []formats.Columnar) sources.Connector {
	return &connector{fmts, columnar}
}

func (c *connector) Name() string { return "file" }

func (c *connector) Options() []catalog.OptionSpec {
	return append([]catalog.OptionSpec{
		{Name: "path", Required: true, Doc: "A file, a folder or a pattern such as 'logs/*.jsonl'."},
		{Name: "format", Required: true, Doc: "What the files hold: lines of 'json' or 'csv', or the columns of 'parquet' or 'arrow'."},
		{Name: "compression", Default: "auto", Parse: catalog.OneOf("auto", "none", "gzip"), Doc: "'none', 'gzip', or 'auto': gzip where the name ends in .gz."},
		{Name: "csv.header", Default: "false", Parse: catalog.IsBool, Doc: "Whether each file begins with a line that names its fields."},
		{Name: "on_error", Default: "fail", Parse: catalog.OneOf("fail", "skip"), Doc: "What to do with a record that cannot be read: 'fail', or 'skip' and count it."},
	}, slices.Concat(formats.Specs(c.formats), formats.ColumnarSpecs(c.columnar))...)
}

// Metadata is what can be known about a record beside what is in it.
func (c *connector) Metadata() types.Schema { return sources.Metadata("path", "offset", "line") }

func (c *connector) Check(t *catalog.Table) error {
	if err := sources.CheckMetadata(t, c.Metadata()); err != nil {
		return err
	}
	if f := formats.ColumnarOf(t, c.columnar); f != nil {
		return checkColumnar(t, f)
	}
	f, _, err := formats.Of(t, c.formats)
	if err != nil {
		return err
	}
	if o, ok := t.Options["csv.header"]; ok && f.Name() != "csv" {
		return sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q does not go with format %q", "csv.header", f.Name())
	}
	return nil
}

// Bounded: files are read as they are when the query starts.
func (c *connector) Bounded(*catalog.Table) bool { return true }

// Push: only the wanted columns are decoded.
func (c *connector) Push(_ *catalog.Table, want sources.Pushdown) sources.Pushdown {
	return sources.Pushdown{Columns: want.Columns}
}

func (c *connector) Open(_ context.Context, s *sources.Scan, mem memory.Allocator) (sources.Source, error) {
	if f := formats.ColumnarOf(s.Table, c.columnar); f != nil {
		return openColumnar(s, f, mem)
	}
	f, opts, err := formats.Of(s.Table, c.formats)
	if err != nil {
		return nil, err
	}
	delete(opts, "header") // ours, not the format's
	paths, err := list(s.Table)
	if err != nil {
		return nil, err
	}
	src := &source{scan: s, format: f, opts: opts, mem: mem, paths: paths}
	src.compression = s.Table.Option("compression", "auto")
	if p, ok := f.(formats.Positional); ok {
		src.header = s.Table.Option("csv.header", "false") == "true"
		if src.lines, err = p.Lines(opts); err != nil {
			return nil, err
		}
	}
	return src, nil
}

// list finds the files of a table, sorted by name.
func list(t *catalog.Table) ([]string, error) {
	o := t.Options["path"]
	info, err := os.Stat(o.Value)
	var paths []string
	switch {
	case err == nil && info.Mode().IsRegular():
		return []string{o.Value}, nil
	case err == nil && info.IsDir():
		entries, err := os.ReadDir(o.Value)
		if err != nil {
			return nil, unreadable(o, err)
		}
		for _, e := range entries {
			if name := e.Name(); name[0] != '.' && name[0] != '_' {
				paths = append(paths, filepath.Join(o.Value, name))
			}
		}
	case errors.Is(err, fs.ErrNotExist) && strings.ContainsAny(o.Value, `*?[`):
		if paths, err = filepath.Glob(o.Value); err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q is not a pattern: %v", "path", o.Value, err)
		}
	case err != nil:
		return nil, unreadable(o, err)
	default:
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q is neither a file nor a folder", "path", o.Value)
	}
	// A name that leads to a folder, or to nothing any more, is no file.
	paths = slices.DeleteFunc(paths, func(p string) bool {
		info, err := os.Stat(p)
		return err != nil || !info.Mode().IsRegular()
	})
	if len(paths) == 0 {
		return nil, sqlerr.New(sqlerr.UndefinedFile, o.Pos, "there are no files in %q", o.Value).
			WithHint("Names that begin with a dot or an underscore do not count.")
	}
	slices.Sort(paths)
	return paths, nil
}

func unreadable(o catalog.Option, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return sqlerr.New(sqlerr.IOError, o.Pos, "cannot read %q: %v", o.Value, err)
}

// source is a list of files.
type source struct {
	scan        *sources.Scan
	format      formats.Format
	opts        map[string]string
	lines       formats.Lines // nil: a record is a line
	header      bool
	compression string
	mem         memory.Allocator
	paths       []string
}

func (s *source) Splits(context.Context) ([]sources.Split, error) {
	splits := make([]sources.Split, len(s.paths))
	for i, p := range s.paths {
		splits[i].ID = p
	}
	return splits, nil
}

func (s *source) Open(_ context.Context, split sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	var at place
	if from != "" {
		if _, err := fmt.Sscanf(string(from), "%d:%d", &at.offset, &at.line); err != nil {
			return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is not a position in a file", from).Because(err)
		}
	}
	return open(s, split.ID, at)
}

// Sequential: a file is read to its end before the next.
func (s *source) Sequential() bool { return true }

func (s *source) Close() error { return nil }
