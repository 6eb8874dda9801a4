package checkpoint

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Store keeps checkpoints. One job at a time uses it, from one goroutine.
type Store interface {
	// Load gives the newest checkpoint whose files all check out, or nil. warnings tell of newer ones that do not.
	Load() (c *Checkpoint, warnings []string, err error)
	// Save makes a checkpoint durable; it has happened when Save returns nil. It fills in State and File of m.
	Save(m *Manifest, state []Record) error
	Close() error
}

// Record is a part of a node's state: a batch of one table for one key group.
type Record struct {
	Node, Table string
	Group       int
	Rec         arrow.RecordBatch
}

// Checkpoint is a manifest with its state at hand.
type Checkpoint struct {
	*Manifest
	Newest uint64 // the highest epoch in the store, also where that is damaged: the next is to be above it
	state  []byte
}

// Scan calls fn for each batch of a node's table whose key group is wanted. The batch is borrowed for the call.
func (c *Checkpoint) Scan(node, table string, wanted func(group int) bool, mem memory.Allocator, fn func(arrow.RecordBatch) error) error {
	for _, s := range c.State {
		if s.Node != node || s.Table != table {
			continue
		}
		r, err := ipc.NewReader(bytes.NewReader(c.state[s.Offset:s.Offset+s.Length]), ipc.WithAllocator(mem))
		if err != nil {
			return fmt.Errorf("state of %s: %w", node, err)
		}
		for i := 0; r.Next(); i++ {
			if !wanted(s.Groups[i]) {
				continue
			}
			if err := fn(r.RecordBatch()); err != nil {
				r.Release()
				return err
			}
		}
		err = r.Err()
		r.Release()
		if err != nil {
			return fmt.Errorf("state of %s: %w", node, err)
		}
	}
	return nil
}

// writeState lays records out as a state file, a segment for each run of one node's table.
func writeState(to io.Writer, records []Record) ([]Segment, error) {
	out := &summing{to: to}
	var segments []Segment
	for len(records) > 0 {
		first := records[0]
		seg := Segment{Node: first.Node, Table: first.Table, Offset: out.n}
		out.crc = 0
		w := ipc.NewWriter(out, ipc.WithSchema(first.Rec.Schema()))
		for len(records) > 0 && records[0].Node == first.Node && records[0].Table == first.Table {
			if err := w.Write(records[0].Rec); err != nil {
				return nil, fmt.Errorf("state of %s: %w", first.Node, err)
			}
			seg.Groups = append(seg.Groups, records[0].Group)
			records = records[1:]
		}
		if err := w.Close(); err != nil {
			return nil, fmt.Errorf("state of %s: %w", first.Node, err)
		}
		seg.Length, seg.CRC = out.n-seg.Offset, out.crc
		segments = append(segments, seg)
	}
	return segments, nil
}

// summing counts and sums up what goes through it.
type summing struct {
	to  io.Writer
	n   int64
	crc uint32
}

func (s *summing) Write(b []byte) (int, error) {
	n, err := s.to.Write(b)
	s.n += int64(n)
	s.crc = crc32.Update(s.crc, castagnoli, b[:n])
	return n, err
}

// verify checks a state file against its manifest.
func (m *Manifest) verify(state []byte) error {
	for _, s := range m.State {
		if s.Offset < 0 || s.Length < 0 || s.Offset+s.Length > int64(len(state)) {
			return fmt.Errorf("%s ends before the state of %s", m.File, s.Node)
		}
		if crc32.Checksum(state[s.Offset:s.Offset+s.Length], castagnoli) != s.CRC {
			return fmt.Errorf("%s: the checksum of the state of %s does not match", m.File, s.Node)
		}
	}
	return nil
}
