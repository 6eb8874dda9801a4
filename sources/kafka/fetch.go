package kafka

import (
	"context"
	"fmt"
	"slices"
	"time"

	"millrace/internal/kafka"
	"millrace/sqlerr"
)

const (
	answerBytes    = 8 << 20 // asked for in one fetch
	partitionBytes = 4 << 20 // of one partition; a first batch may be larger
	partitionLeast = 256 << 10
	heldBytes      = 64 << 20 // of all partitions: one answer that is read and one that is ready, of each

	longWait  = 500 * time.Millisecond // when all of a broker's partitions are asked for
	shortWait = 10 * time.Millisecond  // when others may want to be asked for before that
)

type aborted = kafka.Aborted

// round is the kafka.Round of a source: one fetch of the partitions that have nothing ready to be read.
func (s *source) round(ctx context.Context, broker int32, ids []int32) (time.Duration, []kafka.Lost) {
	req := kafka.FetchRequest{Committed: s.committed, MaxBytes: answerBytes, MaxWait: longWait, Buffer: s.buffers.get}
	parts := s.choose(broker, ids, &req)
	if len(parts) == 0 {
		return kafka.Forever, nil
	}
	answers, err := s.cluster.Fetch(ctx, broker, &req)
	if err != nil {
		lost := make([]kafka.Lost, len(parts))
		for i, p := range parts {
			lost[i] = kafka.Lost{Partition: p.id, Err: err}
		}
		return 0, lost
	}
	records := 0
	for _, a := range answers {
		records += len(a.Records)
	}
	var lost []kafka.Lost
	fine := make([]int32, 0, len(answers))
	for _, a := range answers {
		i := slices.IndexFunc(parts, func(p *partition) bool { return p.id == a.ID })
		switch {
		case i < 0:
			s.buffers.put(a.Records)
		case a.Code == 0:
			fine = append(fine, a.ID)
			s.got(parts[i], req.Parts[i], a, i == 0, records == 0)
		case a.Code.Passing():
			lost = append(lost, kafka.Lost{Partition: a.ID, Err: a.Code})
		case a.Code == kafka.OffsetOutOfRange:
			parts[i].fail(s.outOfRange(ctx, a.ID, req.Parts[i].Offset))
		default:
			parts[i].fail(kafka.Refused(s.cluster.Name, a.ID, "read", a.Code))
		}
	}
	s.dispatcher.Fine(fine...)
	return 0, lost
}

// choose fills in the partitions to ask for: those with nothing ready, each time beginning with another one, since only
// the first is sure to get something.
func (s *source) choose(broker int32, ids []int32, req *kafka.FetchRequest) []*partition {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turn++
	var parts []*partition
	busy := false
	for i := range ids {
		p := s.open[ids[(i+s.turn)%len(ids)]]
		if p == nil {
			continue
		}
		offset, ok, ended := p.wants()
		if !ok {
			busy = busy || !ended
			continue
		}
		parts = append(parts, p)
		req.Parts = append(req.Parts, kafka.FetchPart{ID: p.id, Offset: offset})
	}
	if len(parts) == 0 {
		return nil
	}
	each := int32(max(partitionLeast, min(partitionBytes, answerBytes/len(parts), heldBytes/(2*len(s.open)))))
	for i := range req.Parts {
		req.Parts[i].MaxBytes = each
	}
	// A partition that is added, or read empty, while a fetch waits is not part of it.
	if busy || !slices.Equal(s.asked[broker], ids) {
		req.MaxWait = shortWait
	}
	s.asked[broker] = ids
	return parts
}

// got takes a good answer about a partition; first: the request began with it; none: no partition
// got anything.
func (s *source) got(p *partition, asked kafka.FetchPart, a kafka.Fetched, first, none bool) {
	bound := a.High
	if s.committed {
		bound = a.Stable
	}
	used, next, err := whole(a.Records, asked.Offset)
	switch {
	case err != nil:
		p.fail(s.corrupt(p.id, next, err))
	case used > 0:
		c := &chunk{records: a.Records[:used], aborted: a.Aborted, next: next}
		if p.deliver(c) {
			p.told(bound)
			return
		}
	case first && len(a.Records) > 0:
		p.fail(s.corrupt(p.id, asked.Offset, fmt.Errorf("a batch has more than the %d bytes that the broker sent", len(a.Records))))
	case first || none:
		p.nothing(bound)
	}
	s.buffers.put(a.Records)
	p.told(bound)
}

// whole is the length of the whole batches that a record set begins with, and the offset behind them.
func whole(set []byte, from int64) (used int, next int64, err error) {
	next = from
	for rest := set; ; {
		batch, behind := kafka.Cut(rest)
		if batch == nil {
			return used, next, nil
		}
		end, ok := kafka.EndOf(batch)
		if !ok {
			return used, next, (&kafka.Batch{}).Open(batch) // says what it is
		}
		next = max(next, end)
		used += len(batch)
		rest = behind
	}
}

// corrupt is the error of bytes that cannot be read.
func (s *source) corrupt(id int32, offset int64, err error) error {
	return sqlerr.New(sqlerr.DataCorrupted, 0, "%s: %v", kafka.Where(s.cluster.Name, id, offset), err).Because(err).
		WithHint("To go on behind it, start with scan.start = '%d:%d'.", id, offset+1)
}

// outOfRange is the error of an offset that the broker does not have. Reading never goes on elsewhere by itself.
func (s *source) outOfRange(ctx context.Context, id int32, offset int64) error {
	err := sqlerr.New(sqlerr.ObjectNotInPrereqState, 0, "%s: there is no such offset", kafka.Where(s.cluster.Name, id, offset)).
		Because(kafka.OffsetOutOfRange)
	first, err1 := s.cluster.ListOffsets(ctx, all(kafka.Earliest, []int32{id}), false)
	last, err2 := s.cluster.ListOffsets(ctx, all(kafka.Latest, []int32{id}), false)
	if err1 != nil || err2 != nil {
		return err
	}
	err = err.WithDetail("The partition has offsets from %d to before %d.", first[id], last[id])
	if offset < first[id] {
		return err.WithHint("%d records were deleted before they were read (retention). To go on with those that are left, start anew with scan.start = 'earliest'.", first[id]-offset)
	}
	return err.WithHint("Records that were there once are gone: was the topic made anew? To read it, start anew with scan.start = 'earliest'.")
}
