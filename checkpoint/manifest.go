// Package checkpoint keeps what a job needs to go on after a crash: manifests and the state files that they name.
//
// # Files of a checkpoint folder
//
//	lock                       held by the process that owns the folder
//	0000000007.manifest        one checkpoint, by its epoch
//	0000000007.state           the state that it names
//	*.tmp                      what a crash left half written
//
// A manifest is one line, "millrace-manifest 1 CRC LENGTH\n" with the CRC-32C of the rest in hexadecimal, and then
// the Manifest as JSON. A state file is a row of segments, each an Arrow IPC stream whose batches are one operator's
// table, a batch a key group; the manifest has each segment's place, length and CRC-32C.
//
// The state file is written and synced first. The manifest is written under another name, synced, renamed, and the
// folder synced: that rename is the commit of the checkpoint.
package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"time"

	"millrace/flow"
)

// Format is the version of the files that this package writes.
const Format = 1

// Manifest is one checkpoint.
type Manifest struct {
	Format  int
	Epoch   uint64
	Job     string
	Created time.Time
	Done    bool                        // every input had ended: there is nothing to go on with
	Plan    []Step                      // of which job
	Splits  map[string]map[string]Split // node → split
	Marks   map[string][]flow.Time      // node → port → watermark, given back before the first event
	Sinks   map[string][][]byte         // node → tokens for Commit
	State   []Segment                   // of the state file
	File    string                      // the state file; empty: no state
}

// Step is a node of the plan, as it is compared after a restart.
type Step struct{ ID, Text string }

// Split is where a split stood.
type Split struct {
	Position  string
	Watermark flow.Time
	Ended     bool `json:",omitempty"` // it had no more rows
}

// Segment is one table of one node within the state file.
type Segment struct {
	Node, Table    string
	Groups         []int // the key group of each batch
	Offset, Length int64
	CRC            uint32 // CRC-32C of its bytes
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (m *Manifest) encode() ([]byte, error) {
	body, err := json.Marshal(m)
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("millrace-manifest %d %08x %d\n", Format, crc32.Checksum(body, castagnoli), len(body))
	return append([]byte(head), body...), nil
}

// decode checks a manifest's bytes and reads them.
func decode(raw []byte) (*Manifest, error) {
	head, body, ok := bytes.Cut(raw, []byte("\n"))
	if !ok {
		return nil, fmt.Errorf("no first line")
	}
	var version, length int
	var sum uint32
	if _, err := fmt.Sscanf(string(head), "millrace-manifest %d %x %d", &version, &sum, &length); err != nil {
		return nil, fmt.Errorf("first line %q", head)
	}
	if version != Format {
		return nil, fmt.Errorf("format %d, not %d", version, Format)
	}
	if len(body) != length || crc32.Checksum(body, castagnoli) != sum {
		return nil, fmt.Errorf("its checksum does not match")
	}
	m := &Manifest{}
	if err := json.Unmarshal(body, m); err != nil {
		return nil, err
	}
	return m, nil
}
