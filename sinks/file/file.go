// Package file writes files: connector 'file', with one record a line (as its format has lines).
//
// The option path is a file, or a folder where it ends in a slash or is one already.
//
// In a folder each epoch of each instance is a file of its own, which appears whole, by a rename, when the epoch is
// committed. Names sort in the order in which their epochs were begun.
//
// A single file appears by a rename too, when it was not there before. One that is there is added to, as INSERT says:
// each epoch goes to its end when it is committed. Whoever reads the file meanwhile may see a part of an epoch; a crash
// does not leave one behind, nor an epoch twice, since the length of the file before it is written down in the name
// of what is to be added.
//
// A file of a columnar format has an end and cannot be added to: a single one must not be there yet, and takes one epoch.
//
// What is not committed yet is in files whose names begin with a dot, beside the others.
package file

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/catalog"
	"millrace/formats"
	"millrace/sinks"
	"millrace/sqlerr"
)

type connector struct {
	formats  []formats.Format
	columnar []formats.Columnar
	mu       sync.Mutex // held while something is added to a file that is there
}

// New makes the connector.
func New(fmts []formats.Format, columnar []formats.Columnar) sinks.Connector {
	return &connector{formats: fmts, columnar: columnar}
}

func (c *connector) Name() string { return "file" }

func (c *connector) Options() []catalog.OptionSpec {
	return append([]catalog.OptionSpec{
		{Name: "path", Required: true, Doc: "A file, or a folder where it ends in a slash."},
		{Name: "format", Required: true, Doc: "What is written: lines of 'json' or 'csv', or the columns of 'parquet' or 'arrow'."},
		{Name: "csv.header", Default: "false", Parse: catalog.IsBool, Doc: "Whether each file begins with a line that names its fields."},
	}, slices.Concat(formats.Specs(c.formats), formats.ColumnarSpecs(c.columnar))...)
}

func (c *connector) Check(t *catalog.Table) error {
	if formats.ColumnarOf(t, c.columnar) == nil {
		if _, _, err := formats.Of(t, c.formats); err != nil {
			return err
		}
	}
	format := t.Options["format"].Value
	if o, ok := t.Options["csv.header"]; ok && format != "csv" {
		return sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q does not go with format %q", "csv.header", format)
	}
	if o := t.Options["compression"]; o.Value == "gzip" {
		return sqlerr.Unsupported(o.Pos, "writing compressed files", "Leave the option out, and compress the files when they are there.")
	}
	if o := t.Options["path"]; strings.HasSuffix(o.Value, ".gz") || strings.ContainsAny(o.Value, "*?[") {
		return sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q is not a file or folder that can be written", "path", o.Value)
	}
	return nil
}

// Accepts: a file has no place for changes.
func (c *connector) Accepts(*catalog.Table) sinks.Changes { return sinks.Appends }

func (c *connector) Open(_ context.Context, w *sinks.Write, mem memory.Allocator) (sinks.Sink, error) {
	if err := c.Check(w.Table); err != nil {
		return nil, err
	}
	s := &sink{conn: c, mem: mem, index: w.Index}
	var err error
	if s.layout, err = sinks.NewLayout(w); err != nil {
		return nil, err
	}
	if s.format, err = c.formatOf(w.Table, s.layout.Schema, mem); err != nil {
		return nil, err
	}
	o := w.Table.Options["path"]
	info, err := os.Stat(o.Value)
	switch {
	case err == nil && info.IsDir(), strings.HasSuffix(o.Value, "/"):
		s.dir = filepath.Clean(o.Value)
	case err == nil && !info.Mode().IsRegular():
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %q is neither a file nor a folder", "path", o.Value)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return nil, failed("write", err)
	default:
		s.dir, s.single = filepath.Dir(o.Value), filepath.Base(o.Value)
	}
	if s.dir, err = filepath.Abs(s.dir); err != nil {
		return nil, failed("write", err)
	}
	if err := os.MkdirAll(s.dir, 0o755); err != nil {
		return nil, failed("write", err)
	}
	if s.run, err = runName(); err != nil {
		return nil, err
	}
	if s.ext = "." + w.Table.Options["format"].Value; s.ext == ".json" {
		s.ext = ".jsonl"
	}
	return s, s.checkSingle(o)
}

// checkSingle refuses a single file that cannot be added to.
func (s *sink) checkSingle(o catalog.Option) error {
	if s.single == "" || s.format.appends() {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.dir, s.single)); err == nil {
		return sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "%q is there already, and a file of this format can't be added to", o.Value).
			WithHint("Remove it, or give a folder as the path: one that ends in a slash.")
	}
	return nil
}

// runName tells the files of one instance of one run from all others; names sort by time.
func runName() (string, error) {
	var random [4]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", failed("write", err)
	}
	return time.Now().UTC().Format("20060102T150405.000000Z") + "-" + hex.EncodeToString(random[:]), nil
}

func failed(what string, err error) error {
	return sqlerr.New(sqlerr.IOError, 0, "cannot %s: %v", what, err).Because(err)
}
