package file

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/sinks"
	"millrace/sqlerr"
)

// sink is one instance. The rows of an epoch go to a hidden file that Prepare ends.
type sink struct {
	conn   *connector
	layout *sinks.Layout
	format format
	mem    memory.Allocator
	dir    string
	single string // the one file in dir that is written; "": a file an epoch
	ext    string
	run    string
	index  int
	epochs int // with rows, begun so far

	part *os.File // of the epoch that is being written; nil: it has no rows yet
	w    *bufio.Writer
	body body // of part
}

// token says how the rows of an epoch become visible.
type token struct {
	Dir    string `json:"dir"`              // absolute
	Part   string `json:"part"`             // the hidden file
	Name   string `json:"name"`             // what it becomes, or is added to
	Append bool   `json:"append,omitempty"` // Name may be there already
	Header int    `json:"header,omitempty"` // bytes of the part that are not added to a file that is there
}

// Write puts rows behind those of the epoch.
func (s *sink) Write(_ context.Context, b *flow.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	rec, err := s.layout.Record(b.Rec, s.mem)
	if err != nil {
		return err
	}
	defer rec.Release()
	if err := s.begin(); err != nil {
		return err
	}
	return s.body.Write(rec)
}

// begin makes the hidden file of an epoch.
func (s *sink) begin() error {
	if s.part != nil {
		return nil
	}
	if s.epochs > 0 && s.single != "" && !s.format.appends() {
		return sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "%s holds the rows of one checkpoint, and can't be added to", s.single).
			WithHint("Give a folder as the path, one that ends in a slash: each checkpoint makes a file in it.")
	}
	s.epochs++
	var err error
	s.part, err = os.OpenFile(filepath.Join(s.dir, s.partName()), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return failed("write", err)
	}
	if s.w == nil {
		s.w = bufio.NewWriterSize(nil, 256<<10)
	}
	s.w.Reset(s.part)
	s.body, err = s.format.begin(s.w)
	return err
}

// name is that of the epoch's file in a folder.
func (s *sink) name() string {
	return fmt.Sprintf("%s-%03d-%06d%s", s.run, s.index, s.epochs, s.ext)
}

func (s *sink) partName() string {
	if s.single != "" {
		return "." + s.single + "." + s.name()
	}
	return "." + s.name()
}

// Prepare ends the file of the epoch and makes it last. An epoch without rows has none.
func (s *sink) Prepare(context.Context, uint64) ([]byte, error) {
	if s.part == nil {
		return nil, nil
	}
	if err := s.body.Close(); err != nil {
		return nil, failed("write", err)
	}
	if err := s.w.Flush(); err != nil {
		return nil, failed("write", err)
	}
	if err := s.part.Sync(); err != nil {
		return nil, failed("write", err)
	}
	if err := s.part.Close(); err != nil {
		return nil, failed("write", err)
	}
	s.part = nil
	if err := syncDir(s.dir); err != nil {
		return nil, err
	}
	t := token{Dir: s.dir, Part: s.partName(), Name: s.name()}
	if s.single != "" {
		t.Name, t.Append, t.Header = s.single, s.format.appends(), s.format.header()
	}
	return json.Marshal(t)
}

// Commit shows the rows of an epoch, or sees that they are shown already.
func (s *sink) Commit(_ context.Context, tok []byte) error {
	t, err := parse(tok)
	if err != nil || t == nil {
		return err
	}
	if t.Append {
		s.conn.mu.Lock()
		defer s.conn.mu.Unlock()
		return appendTo(t)
	}
	return t.rename()
}

// Abort drops the rows of an epoch that was not committed.
func (s *sink) Abort(_ context.Context, tok []byte) error {
	t, err := parse(tok)
	if err != nil || t == nil {
		return err
	}
	if err := os.Remove(t.path(t.Part)); err != nil && !os.IsNotExist(err) {
		return failed("abort", err)
	}
	return syncDir(t.Dir)
}

// Close drops the rows of an epoch that was not prepared.
func (s *sink) Close() error {
	if s.part == nil {
		return nil
	}
	part := s.part
	s.part = nil
	s.body.Close() // what it held is dropped, with what went wrong with it
	part.Close()
	if err := os.Remove(part.Name()); err != nil {
		return failed("drop unfinished rows", err)
	}
	return nil
}

// parse reads a token; nil where the epoch had no rows.
func parse(tok []byte) (*token, error) {
	if len(tok) == 0 {
		return nil, nil
	}
	t := &token{}
	if err := json.Unmarshal(tok, t); err != nil || t.Part == "" || t.Name == "" {
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%.80q is not what the file sink prepared", tok)
	}
	return t, nil
}

func (t *token) path(name string) string { return filepath.Join(t.Dir, name) }

// rename gives the part its name. Where there is no part, that was done before.
func (t *token) rename() error {
	if err := os.Rename(t.path(t.Part), t.path(t.Name)); err != nil && !os.IsNotExist(err) {
		return failed("commit", err)
	}
	return syncDir(t.Dir)
}

// syncDir makes the names in a folder last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return failed("commit", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return failed("commit", err)
	}
	return nil
}
