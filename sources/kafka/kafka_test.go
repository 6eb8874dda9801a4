package kafka

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/formats"
	"millrace/formats/json"
	"millrace/internal/kafka"
	"millrace/sources"
	"millrace/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var ctx = context.Background()

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// broker is a cluster in this process with topic "t" of 4 partitions.
func broker(t testing.TB, nodes int, opts ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(nodes), kfake.SeedTopics(4, "t")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, strings.Join(c.ListenAddrs(), ",")
}

// table has columns a BIGINT, b TEXT of the value and all metadata.
func table(brokers string, options ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{
		"connector": {Value: "kafka"}, "brokers": {Value: brokers}, "topic": {Value: "t"}, "format": {Value: "json"},
	}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = catalog.Option{Value: options[i+1]}
	}
	t.Columns = []catalog.Column{
		{Column: types.Column{Name: "a", Type: types.Of(types.Int64)}},
		{Column: types.Column{Name: "b", Type: types.Of(types.Text)}},
	}
	for _, c := range new(connector).Metadata() {
		t.Columns = append(t.Columns, catalog.Column{Column: c, Metadata: c.Name})
	}
	return t
}

// open opens the scan of some columns of a table; it is closed when the test ends, which checks the memory.
func open(t testing.TB, tab *catalog.Table, bounded bool, columns ...int) (*source, *sources.Scan, error) {
	t.Helper()
	c := New([]formats.Format{json.New()})
	if err := catalog.CheckOptions(tab, c.Options()); err != nil {
		return nil, nil, err
	}
	if err := c.Check(tab); err != nil {
		return nil, nil, err
	}
	mem := memory.NewCheckedAllocator(memory.DefaultAllocator)
	scan := &sources.Scan{Table: tab, Pushdown: sources.Pushdown{Columns: columns}, Bounded: bounded}
	s, err := c.Open(ctx, scan, mem)
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		mem.AssertSize(t, 0)
	})
	return s.(*source), scan, nil
}

func mustOpen(t testing.TB, tab *catalog.Table, bounded bool, columns ...int) (*source, *sources.Scan) {
	t.Helper()
	s, scan, err := open(t, tab, bounded, columns...)
	if err != nil {
		t.Fatal(err)
	}
	return s, scan
}

// split is a reader that shows what it reads.
type split struct {
	t    testing.TB
	scan *sources.Scan
	r    sources.Reader
	woke chan struct{}
	have []string // rows that were read and not asked for yet
}

func openSplit(t testing.TB, s *source, scan *sources.Scan, partition int32, from sources.Position) *split {
	t.Helper()
	sp := &split{t: t, scan: scan, woke: make(chan struct{}, 1)}
	r, err := s.Open(ctx, sources.Split{ID: splitID(s.cluster.Name, partition)}, from, func() {
		select {
		case sp.woke <- struct{}{}:
		default:
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if r.Position() == "" {
		t.Error("a reader that was just opened has no position")
	}
	sp.r = r
	t.Cleanup(func() { r.Close() })
	return sp
}

// next is the next batch as lines "1|x|…", or "! error" of one bad record; io.EOF at the end.
func (s *split) next() ([]string, error) {
	for {
		b, err := s.r.Next(ctx)
		var bad *sources.BadRecord
		switch {
		case errors.As(err, &bad):
			return []string{"! " + bad.Error()}, nil
		case err != nil:
			return nil, err
		case b != nil:
			defer b.Release()
			out := make([]string, b.Len())
			for row := range out {
				var parts []string
				for i, c := range s.scan.In() {
					v := "NULL"
					if !b.Rec.Column(i).IsNull(row) {
						v = string(types.AppendText(nil, b.Rec.Column(i), row, c.Type))
					}
					parts = append(parts, v)
				}
				out[row] = strings.Join(parts, "|")
			}
			return out, nil
		}
		select {
		case <-s.woke:
		case <-time.After(patience):
			s.t.Fatalf("nothing came; %d lines %.200q at %s, lag %d", len(s.have), s.have, s.r.Position(), s.r.Lag())
		}
	}
}

// take waits for n lines; all: to the end.
func (s *split) take(n int) string {
	s.t.Helper()
	for len(s.have) < n {
		lines, err := s.next()
		if err == io.EOF && n == all_ {
			if lag := s.r.Lag(); lag != 0 {
				s.t.Errorf("at the end the lag is %d", lag)
			}
			n = len(s.have)
			break
		}
		if err != nil {
			s.t.Fatalf("%v behind %.200q", err, s.have)
		}
		s.have = append(s.have, lines...)
	}
	out := strings.Join(s.have[:n], " ")
	s.have = s.have[n:]
	return out
}

const all_ = 1 << 30

// nothingNow asks once and wants nothing.
func (s *split) nothingNow() {
	s.t.Helper()
	if b, err := s.r.Next(ctx); b != nil || err != nil || len(s.have) > 0 {
		s.t.Errorf("%v, %v where nothing is due", b, err)
	}
}

// writer writes batches to a topic.
type writer struct {
	t     testing.TB
	c     *kafka.Cluster
	topic kafka.Topic
	codec kafka.Codec
	base  int64 // added to the records' times
	d     kafka.Deflater
}

func newWriter(t testing.TB, brokers string, options ...string) *writer {
	t.Helper()
	c, topic, err := kafka.Open(ctx, table(brokers, options...))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &writer{t: t, c: c, topic: topic}
}

func (w *writer) produce(partition int32, transaction string, p kafka.Producer, b *kafka.Builder) int64 {
	w.t.Helper()
	batch, err := b.Append(nil, w.codec, &w.d, p)
	if err != nil {
		w.t.Fatal(err)
	}
	var out []kafka.Produced
	for { // a partition that was just made or moved may refuse at first
		out, err = w.c.Produce(ctx, w.topic.Partitions[partition].Leader, transaction, []kafka.ProducePart{{ID: partition, Batch: batch}}, time.Second)
		if err != nil || len(out) != 1 || !out[0].Code.Passing() {
			break
		}
		if w.topic, err = w.c.Topic(ctx); err != nil {
			w.t.Fatal(err)
		}
	}
	if err != nil || len(out) != 1 || out[0].Code != 0 {
		w.t.Fatalf("produce: %v, %v", err, out)
	}
	b.Reset()
	return out[0].Offset
}

// values writes one batch of values; it returns the offset of the first.
func (w *writer) values(partition int32, values ...string) int64 {
	w.t.Helper()
	var b kafka.Builder
	for i, v := range values {
		b.Add(nil, []byte(v), w.base+int64(1000+i))
	}
	return w.produce(partition, "", kafka.Anonymous, &b)
}

// numbers writes {"a":from} to {"a":to-1} in batches of the given size.
func (w *writer) numbers(partition int32, from, to, size int) {
	w.t.Helper()
	for from < to {
		var b kafka.Builder
		for range min(size, to-from) {
			b.Add(nil, fmt.Appendf(nil, `{"a":%d}`, from), w.base+int64(from))
			from++
		}
		w.produce(partition, "", kafka.Anonymous, &b)
	}
}

// numbered is what numbers wrote, as lines of column a.
func numbered(from, to int) string {
	var out []string
	for ; from < to; from++ {
		out = append(out, fmt.Sprint(from))
	}
	return strings.Join(out, " ")
}

func expect(t testing.TB, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got\n%.400s\nwant\n%.400s", got, want)
	}
}
