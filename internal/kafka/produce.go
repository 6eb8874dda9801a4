package kafka

import (
	"context"
	"encoding/binary"
	"time"

	"github.com/segmentio/kafka-go/protocol"
)

// produceVersion is the newest version of Produce with no tagged fields; from it on a broker says in words what is
// wrong with records.
const produceVersion = 8

// ProducePart is a batch (Builder.Append) for a partition.
type ProducePart struct {
	ID    int32
	Batch []byte
}

// Produced is what a broker answered about a partition.
type Produced struct {
	ID      int32
	Code    Code
	Offset  int64  // of the batch's first record
	Message string // what is wrong with the batch, where the broker says so
}

// Produce writes batches to partitions that the broker leads, one a partition, and returns when all replicas in sync
// have them. transaction is empty for batches outside of one. A failed Produce leaves open which batches were written.
func (c *Cluster) Produce(ctx context.Context, broker int32, transaction string, parts []ProducePart, timeout time.Duration) ([]Produced, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout+askTimeout)
	defer cancel()
	be := binary.BigEndian
	b := appendFrame(nil, protocol.Produce, produceVersion)
	if transaction == "" {
		b = be.AppendUint16(b, ^uint16(0))
	} else {
		b = appendString(b, transaction)
	}
	b = be.AppendUint16(b, ^uint16(0)) // by all replicas in sync
	b = be.AppendUint32(b, uint32(timeout.Milliseconds()))
	b = be.AppendUint32(b, 1)
	b = appendString(b, c.Name)
	b = be.AppendUint32(b, uint32(len(parts)))
	pieces := make([][]byte, 0, 2*len(parts))
	more, first := 0, len(b)
	for i, p := range parts {
		var h []byte
		if i > 0 {
			h = make([]byte, 0, 8)
			more += 8
		} else {
			h = b
		}
		h = be.AppendUint32(h, uint32(p.ID))
		h = be.AppendUint32(h, uint32(len(p.Batch)))
		more += len(p.Batch)
		pieces = append(pieces, h, p.Batch)
	}
	finishFrame(pieces[0][:first+8], more)

	var out []Produced
	err := c.send(ctx, broker, protocol.Produce, pieces, func(a *answer) { out = readProduce(a) })
	if err != nil {
		return nil, err
	}
	return out, nil
}

func readProduce(a *answer) (out []Produced) {
	for range a.count(6) {
		a.string() // the topic: we asked for one
		for range a.count(36) {
			p := Produced{ID: a.int32(), Code: Code(a.int16()), Offset: a.int64()}
			a.int64() // when it was appended
			a.int64() // start of the log
			for range a.count(6) {
				a.int32() // the record in the batch
				if m := a.string(); p.Message == "" {
					p.Message = m
				}
			}
			if m := a.string(); m != "" {
				p.Message = m
			}
			out = append(out, p)
		}
	}
	a.int32() // throttle time: the broker has waited itself
	return out
}
