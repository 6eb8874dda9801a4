package kafka

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/formats"
	"millrace/internal/kafka"
	"millrace/sources"
	"millrace/sqlerr"
)

// source is an open topic.
type source struct {
	scan      *sources.Scan
	format    formats.Format
	opts      map[string]string
	mem       memory.Allocator
	committed bool
	start     start
	ends      map[int32]int64 // where partitions end; nil: they do not

	cluster    *kafka.Cluster
	dispatcher *kafka.Dispatcher
	buffers    buffers

	first    []int32 // the partitions that there were when the topic was opened
	startMu  sync.Mutex
	starts   map[int32]int64 // where those begin, once it was asked
	restored bool            // a split was opened from a position: this is not the first run

	mu      sync.Mutex
	leaders map[int32]int32      // as they were told last
	open    map[int32]*partition // that have readers
	asked   map[int32][]int32    // by broker: the partitions of its last round
	turn    int
}

func newSource(s *sources.Scan, c *kafka.Cluster, topic kafka.Topic, mem memory.Allocator) *source {
	src := &source{
		scan: s, mem: mem, cluster: c, committed: s.Table.Option("isolation", "read_committed") == "read_committed",
		leaders: map[int32]int32{}, open: map[int32]*partition{}, asked: map[int32][]int32{},
	}
	for _, p := range topic.Partitions {
		src.first = append(src.first, p.ID)
		src.leaders[p.ID] = p.Leader
	}
	src.dispatcher = kafka.NewDispatcher(c, src.round, src.fail)
	return src
}

// offsets asks where partitions have a time. Where no record is that late, it is where the partition ends now.
func (s *source) offsets(ctx context.Context, at int64, partitions ...int32) (map[int32]int64, error) {
	found, err := s.cluster.ListOffsets(ctx, all(at, partitions), s.committed)
	if err != nil {
		return nil, err
	}
	var late []int32
	for _, id := range partitions {
		if found[id] < 0 {
			late = append(late, id)
		}
	}
	if len(late) > 0 {
		ends, err := s.cluster.ListOffsets(ctx, all(kafka.Latest, late), s.committed)
		if err != nil {
			return nil, err
		}
		for id, o := range ends {
			found[id] = o
		}
	}
	return found, nil
}

func all(at int64, partitions []int32) map[int32]int64 {
	m := make(map[int32]int64, len(partitions))
	for _, id := range partitions {
		m[id] = at
	}
	return m
}

// Splits lists the partitions. One that comes into being later is no part of a scan with an end.
func (s *source) Splits(ctx context.Context) ([]sources.Split, error) {
	topic, err := s.cluster.Topic(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var splits []sources.Split
	for _, p := range topic.Partitions {
		s.leaders[p.ID] = p.Leader
		if s.ends == nil || slices.Contains(s.first, p.ID) {
			splits = append(splits, sources.Split{ID: splitID(s.cluster.Name, p.ID)})
		}
	}
	return splits, nil
}

func (s *source) Open(ctx context.Context, split sources.Split, from sources.Position, wake func()) (sources.Reader, error) {
	topic, text, _ := cutLast(split.ID)
	id, err := strconv.ParseInt(text, 10, 32)
	if err != nil || topic != s.cluster.Name {
		return nil, sqlerr.New(sqlerr.DataCorrupted, 0, "split %q is no partition of topic %q", split.ID, s.cluster.Name)
	}
	offset, err := s.begin(ctx, int32(id), from)
	if err != nil {
		return nil, err
	}
	p := &partition{id: int32(id), wake: wake, next: offset, end: forever}
	if s.ends != nil {
		p.end = s.ends[p.id]
	}
	p.bound.Store(-1)
	origin := sources.Origin{Name: s.cluster.Name, Partition: p.id}
	dec, err := sources.NewDecoding(s.scan, s.format, s.opts, origin, s.mem)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[p.id] = p
	return newReader(s, p, dec, offset), nil
}

// cutLast splits a text at its last slash.
func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, '/')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// begin is the offset that a position stands for.
func (s *source) begin(ctx context.Context, id int32, from sources.Position) (int64, error) {
	s.startMu.Lock()
	defer s.startMu.Unlock()
	if from != "" {
		offset, err := strconv.ParseInt(string(from), 10, 64)
		if err != nil || offset < 0 {
			return 0, sqlerr.New(sqlerr.DataCorrupted, 0, "%q is no offset of %s", from, splitID(s.cluster.Name, id))
		}
		s.restored = true
		return offset, nil
	}
	if offset, ok := s.start.offsets[id]; ok {
		return offset, nil
	}
	if s.restored || !slices.Contains(s.first, id) {
		// It came into being while the query ran, or was down: all of it is new, whatever scan.start says.
		found, err := s.offsets(ctx, kafka.Earliest, id)
		return found[id], err
	}
	if s.starts == nil {
		starts, err := s.offsets(ctx, s.start.at, s.first...)
		if err != nil {
			return 0, err
		}
		s.starts = starts
	}
	return s.starts[id], nil
}

// begun has a partition fetched from now on.
func (s *source) begun(p *partition) {
	s.mu.Lock()
	leader, known := s.leaders[p.id]
	s.mu.Unlock()
	if !known {
		leader = -1
	}
	s.dispatcher.Add(kafka.Partition{ID: p.id, Leader: leader})
}

// closed ends what is done for a partition.
func (s *source) closed(p *partition) {
	s.dispatcher.Remove(p.id)
	s.mu.Lock()
	if s.open[p.id] == p {
		delete(s.open, p.id)
	}
	s.mu.Unlock()
	if c := p.close(); c != nil {
		s.buffers.put(c.records)
	}
}

// fail ends a partition that the dispatcher has given up on.
func (s *source) fail(id int32, err error) {
	s.mu.Lock()
	p := s.open[id]
	s.mu.Unlock()
	if p != nil {
		p.fail(err)
	}
}

func (s *source) Close() error {
	s.dispatcher.Close()
	s.cluster.Close()
	return nil
}
