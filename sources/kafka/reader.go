package kafka

import (
	"bytes"
	"context"
	"io"
	"math"
	"strconv"

	"millrace/flow"
	"millrace/internal/kafka"
	"millrace/sources"
)

// reader reads one partition: gather cuts what was fetched into records, Next turns them into rows.
type reader struct {
	src   *source
	part  *partition
	dec   *sources.Decoding
	begun bool // it is fetched for
	start int64
	end   int64

	// What was fetched, and how far gather is in it.
	chunk    *chunk // nil: none at hand
	rest     []byte // of the chunk, from the next batch on
	filter   kafka.Filter
	inflater kafka.Inflater
	batch    kafka.Batch
	walk     kafka.Records // over the batch
	scanned  int64         // the offset behind all that was gathered or left out

	// The records gathered, decoded up to at; they are parts of the chunk, or of the inflater's memory.
	values  [][]byte
	keys    [][]byte
	offsets []int64
	times   []int64
	headers [][]sources.Header
	arena   []sources.Header // that headers are parts of
	scratch []kafka.Header
	records sources.Records // of those, what the decoding wants
	at      int
	want    struct{ keys, times, headers bool }

	bad *sources.BadRecord // to be returned behind the rows before it
	err error              // likewise; nothing comes behind it
	pos int64              // of the first record that Next has not returned
}

func newReader(s *source, p *partition, dec *sources.Decoding, start int64) *reader {
	r := &reader{src: s, part: p, dec: dec, start: start, end: p.end, scanned: start, pos: start}
	r.want.keys, r.want.times, r.want.headers = dec.Wants("key"), dec.Wants("timestamp"), dec.Wants("headers")
	return r
}

// Next implements sources.Reader.
func (r *reader) Next(context.Context) (*flow.Batch, error) {
	if !r.begun {
		// Not when it is opened: the first fetch is to be about all partitions that are read.
		r.begun = true
		if r.pos < r.end {
			r.src.begun(r.part)
			return nil, nil
		}
	}
	if r.bad == nil && r.err == nil {
		r.fill()
	}
	if b := r.dec.Take(); b != nil {
		r.settle()
		return b, nil
	}
	if bad := r.bad; bad != nil {
		r.bad = nil
		r.at++
		r.settle()
		return nil, bad
	}
	r.settle()
	switch {
	case r.err != nil:
		return nil, r.err
	case r.pos >= r.end:
		return nil, io.EOF
	}
	return nil, nil
}

// settle moves the position to the first record that was not returned.
func (r *reader) settle() {
	r.pos = r.scanned
	if r.at < len(r.offsets) {
		r.pos = r.offsets[r.at]
	}
}

// fill decodes records until the batch is full, one cannot be read, or there are none at hand.
func (r *reader) fill() {
	for !r.dec.Full() {
		if r.at == len(r.values) {
			if r.err = r.gather(flow.BatchRows - r.dec.Len()); r.err != nil || len(r.values) == 0 {
				return
			}
		}
		n, err := r.dec.Append(&r.records, r.at, len(r.values))
		r.at += n
		if err != nil {
			r.bad = &sources.BadRecord{
				Where: kafka.Where(r.src.cluster.Name, r.part.id, r.offsets[r.at]),
				Key:   bytes.Clone(r.keys[r.at]), Value: bytes.Clone(r.values[r.at]), Err: err,
			}
			if ms := r.times[r.at]; ms > 0 {
				r.bad.Time = flow.Time(min(ms, math.MaxInt64/1000) * 1000)
			}
			return
		}
	}
}

// gather finds the next records, at most so many, in place of those at hand, which have all been decoded. There are
// none when nothing has been fetched, or at the end.
func (r *reader) gather(most int) error {
	r.values, r.keys, r.offsets, r.times = r.values[:0], r.keys[:0], r.offsets[:0], r.times[:0]
	r.headers, r.arena, r.at = r.headers[:0], r.arena[:0], 0
	for len(r.values) < most && r.scanned < r.end {
		if r.walk.Left() > 0 {
			if err := r.collect(most); err != nil {
				return r.src.corrupt(r.part.id, r.scanned, err)
			}
			continue
		}
		// The memory that the gathered records are in is used again for the next chunk, and for the next batch
		// that is compressed.
		full := len(r.values) > 0
		if full && r.batch.Codec != kafka.None {
			break
		}
		batch, rest := kafka.Cut(r.rest)
		if batch == nil {
			if full {
				break
			}
			more, err := r.nextChunk()
			if err != nil {
				return err
			}
			if !more {
				break
			}
			continue
		}
		r.rest = rest
		if err := r.enter(batch); err != nil {
			return r.src.corrupt(r.part.id, r.scanned, err)
		}
	}
	r.records = sources.Records{Values: r.values, Offsets: r.offsets}
	if r.want.keys {
		r.records.Keys = r.keys
	}
	if r.want.times {
		r.records.Times = r.times
	}
	if r.want.headers {
		r.records.Headers = r.headers
	}
	return nil
}

// nextChunk gives the chunk at hand back and takes the one that was fetched behind it.
func (r *reader) nextChunk() (bool, error) {
	if c := r.chunk; c != nil {
		r.scanned = max(r.scanned, c.next)
		r.chunk, r.rest = nil, nil
		r.src.buffers.put(c.records)
		if r.scanned >= r.end {
			return true, nil
		}
	}
	c, err := r.part.take()
	if c == nil {
		return false, err
	}
	r.src.dispatcher.Wake(r.part.id)
	r.chunk, r.rest = c, c.records
	r.filter.Start(c.aborted)
	return true, nil
}

// enter begins a batch, or passes over it when its records do not count.
func (r *reader) enter(raw []byte) error {
	if err := r.batch.Open(raw); err != nil {
		return err
	}
	if r.src.committed && r.filter.Skip(&r.batch) || r.batch.Control() || r.batch.Last < r.start || r.batch.Count == 0 {
		r.batch.Codec = kafka.None // nothing of it is in the inflater's memory
		r.scanned = max(r.scanned, r.batch.Last+1)
		return nil
	}
	body, err := r.inflater.Body(&r.batch)
	if err != nil {
		return err
	}
	r.walk.Begin(&r.batch, body)
	return nil
}

// collect gathers records of the batch at hand until there are so many.
func (r *reader) collect(most int) error {
	for len(r.values) < most {
		more, err := r.walk.Next()
		if err != nil {
			return err
		}
		if !more {
			break
		}
		offset := r.walk.Offset
		if offset < r.scanned { // the batch began before the place to start from
			continue
		}
		if offset >= r.end {
			r.scanned = r.end
			return nil
		}
		r.values = append(r.values, r.walk.Value)
		r.keys = append(r.keys, r.walk.Key)
		r.offsets = append(r.offsets, offset)
		r.times = append(r.times, r.walk.Time)
		r.scanned = offset + 1
		if r.want.headers {
			if err := r.collectHeaders(); err != nil {
				return err
			}
		}
	}
	if r.walk.Left() == 0 {
		r.scanned = max(r.scanned, r.batch.Last+1)
	}
	return nil
}

func (r *reader) collectHeaders() error {
	var err error
	if r.scratch, err = r.walk.AppendHeaders(r.scratch[:0]); err != nil {
		return err
	}
	begin := len(r.arena)
	for _, h := range r.scratch {
		r.arena = append(r.arena, sources.Header(h))
	}
	r.headers = append(r.headers, r.arena[begin:len(r.arena):len(r.arena)])
	return nil
}

// Position implements sources.Reader.
func (r *reader) Position() sources.Position {
	return sources.Position(strconv.FormatInt(r.pos, 10))
}

// Lag implements sources.Reader. What is behind the end does not count.
func (r *reader) Lag() int64 {
	if r.pos >= r.end {
		return 0
	}
	bound := r.part.bound.Load()
	if bound < 0 {
		return -1
	}
	return max(0, min(bound, r.end)-r.pos)
}

// Close implements sources.Reader.
func (r *reader) Close() error {
	r.src.closed(r.part)
	if r.chunk != nil {
		r.src.buffers.put(r.chunk.records)
		r.chunk = nil
	}
	r.inflater.Close()
	r.dec.Release()
	return nil
}
