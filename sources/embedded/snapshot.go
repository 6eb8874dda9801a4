package embedded

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/flow"
	"millrace/internal/embedded"
	"millrace/sources"
	"millrace/sqlerr"
)

// readers is how many can read a table side by side whose rows have numbers: its blocks are dealt out to them, so that
// a block's reader is the same however many there are.
const readers = 8

// snapshot is the table as it was when it was opened.
type snapshot struct {
	snap   *embedded.Snapshot
	cols   *embedded.Columns
	within embedded.Range
	splits int
	mem    memory.Allocator
}

func newSnapshot(snap *embedded.Snapshot, cols *embedded.Columns, r embedded.Range, mem memory.Allocator) *snapshot {
	s := &snapshot{snap: snap, cols: cols, within: r, splits: 1, mem: mem}
	if snap.Numbered() {
		s.splits = readers
	}
	return s
}

func (s *snapshot) Splits(context.Context) ([]sources.Split, error) {
	out := make([]sources.Split, s.splits)
	for i := range out {
		out[i].ID = fmt.Sprintf("rows/%d", i)
	}
	return out, nil
}

// Open begins behind a row. What was read of the table before a restart was so of another snapshot; no row is read
// twice.
func (s *snapshot) Open(_ context.Context, split sources.Split, from sources.Position, _ func()) (sources.Reader, error) {
	r := &rows{from: s}
	if _, err := fmt.Sscanf(split.ID, "rows/%d", &r.next); err != nil || r.next >= s.splits {
		return nil, sqlerr.New(sqlerr.Internal, 0, "there is no split %q", split.ID)
	}
	text, ok := strings.CutPrefix(string(from), behind)
	last, err := hex.DecodeString(text)
	if from != "" && (!ok || err != nil) {
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is no place in a table", from)
	}
	if len(last) > 0 {
		r.last = last
		if s.splits > 1 {
			r.next = embedded.BlockOf(last)
		}
	}
	return r, nil
}

func (s *snapshot) Close() error { return s.snap.Close() }

// rows reads a split of a snapshot.
type rows struct {
	from *snapshot
	scan *embedded.Scan
	next int    // the block to read; where there are none, 0
	last []byte // the key of the row read last
}

// behind is in front of the key of a position.
const behind = "behind:"

func (r *rows) Next(context.Context) (*flow.Batch, error) {
	s := r.from
	for {
		if r.scan == nil {
			within := s.within
			if s.splits > 1 {
				if r.next >= s.snap.Blocks() {
					return nil, io.EOF
				}
				within = embedded.Block(r.next)
			} else if r.next > 0 {
				return nil, io.EOF
			}
			r.next += s.splits
			if r.last != nil && bytes.Compare(r.last, within.Low) >= 0 {
				within = within.Behind(r.last)
			}
			scan, err := s.snap.Scan(s.cols, within)
			if err != nil {
				return nil, err
			}
			r.scan = scan
		}
		rec, err := r.scan.Next(s.mem)
		if err == nil {
			r.last = append(r.last[:0], r.scan.Last()...)
			return &flow.Batch{Rec: rec}, nil
		}
		if !errors.Is(err, io.EOF) {
			return nil, err
		}
		if err := r.Close(); err != nil {
			return nil, err
		}
	}
}

func (r *rows) Position() sources.Position {
	return sources.Position(behind + hex.EncodeToString(r.last))
}

func (r *rows) Lag() int64 { return -1 }

func (r *rows) Close() error {
	if r.scan == nil {
		return nil
	}
	err := r.scan.Close()
	r.scan = nil
	return err
}
