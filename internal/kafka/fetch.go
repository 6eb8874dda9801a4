package kafka

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// fetchVersion is the newest version of Fetch that names topics and has no tagged fields.
const fetchVersion = 11

// FetchRequest asks a broker for records of some partitions that it leads.
type FetchRequest struct {
	Committed bool          // not beyond the first open transaction
	MaxWait   time.Duration // how long the broker may wait for records when it has none
	MaxBytes  int32         // of the whole answer
	Parts     []FetchPart
	// Buffer gives the memory for the records of one partition, at least n bytes. It is called from another goroutine,
	// also, after Fetch has failed, for an answer that nobody waits for any more: that memory is never given back.
	Buffer func(n int) []byte
}

// FetchPart is a partition to fetch from. The first of a request gets at least one whole batch, if there is one,
// whatever the limits.
type FetchPart struct {
	ID       int32
	Offset   int64
	MaxBytes int32
}

// Fetched is what a broker answered about a partition. Offsets are -1 where it does not tell them.
type Fetched struct {
	ID      int32
	Code    Code
	High    int64     // behind the last record that all replicas in sync have
	Stable  int64     // where the first open transaction begins, or High
	Start   int64     // of the first record that is still there
	Aborted []Aborted // transactions whose records are among those fetched; with Committed
	Records []byte    // whole batches and maybe the beginning of one (Cut), in memory from Buffer; nil: none
}

// Fetch gets records. What it returns may lack partitions: a broker that slows its clients down leaves all of them
// out. A failed Fetch is about the connection, or the broker as a whole.
func (c *Cluster) Fetch(ctx context.Context, broker int32, r *FetchRequest) ([]Fetched, error) {
	ctx, cancel := context.WithTimeout(ctx, r.MaxWait+askTimeout)
	defer cancel()
	be := binary.BigEndian
	b := appendFrame(make([]byte, 0, 128+28*len(r.Parts)), protocol.Fetch, fetchVersion)
	b = be.AppendUint32(b, ^uint32(0)) // no replica
	b = be.AppendUint32(b, uint32(r.MaxWait.Milliseconds()))
	b = be.AppendUint32(b, 1) // answer at the first byte
	b = be.AppendUint32(b, uint32(r.MaxBytes))
	b = append(b, isolation(r.Committed))
	b = be.AppendUint32(b, 0)          // no session
	b = be.AppendUint32(b, ^uint32(0)) // nor one to begin
	b = be.AppendUint32(b, 1)
	b = appendString(b, c.Name)
	b = be.AppendUint32(b, uint32(len(r.Parts)))
	for _, p := range r.Parts {
		b = be.AppendUint32(b, uint32(p.ID))
		b = be.AppendUint32(b, ^uint32(0)) // any leader epoch
		b = be.AppendUint64(b, uint64(p.Offset))
		b = be.AppendUint64(b, ^uint64(0)) // no log of our own
		b = be.AppendUint32(b, uint32(p.MaxBytes))
	}
	b = be.AppendUint32(b, 0) // nothing to forget
	b = appendString(b, "")   // no rack
	finishFrame(b, 0)

	var out []Fetched
	var code Code
	err := c.send(ctx, broker, protocol.Fetch, [][]byte{b}, func(a *answer) { out, code = readFetch(a, r.Buffer) })
	if err != nil {
		return nil, err
	}
	if code != 0 {
		return nil, code
	}
	return out, nil
}

func isolation(committed bool) byte {
	if committed {
		return 1
	}
	return 0
}

func readFetch(a *answer, buffer func(int) []byte) (out []Fetched, code Code) {
	a.int32() // throttle time: the broker has waited itself
	code = Code(a.int16())
	a.int32() // session
	for range a.count(6) {
		a.string() // the topic: we asked for one
		for range a.count(42) {
			f := Fetched{ID: a.int32(), Code: Code(a.int16()), High: a.int64(), Stable: a.int64(), Start: a.int64()}
			for range a.count(16) {
				f.Aborted = append(f.Aborted, Aborted{ProducerID: a.int64(), FirstOffset: a.int64()})
			}
			a.int32() // the replica that we might rather read
			if n := a.int32(); n > 0 && a.err == nil {
				if int(n) > a.left {
					a.fail("records of %d bytes", n)
					return nil, 0
				}
				f.Records = buffer(int(n))[:n]
				a.read(f.Records)
			}
			out = append(out, f)
		}
	}
	return out, code
}

// Where names a record: "orders/3@4711".
func Where(topic string, partition int32, offset int64) string {
	return fmt.Sprintf("%s/%d@%d", topic, partition, offset)
}
