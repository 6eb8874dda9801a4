package kafka

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/catalog"
	"millrace/formats/json"
	"millrace/internal/kafka"
	"millrace/sinks/sinktest"
	"millrace/types"
)

// fake is a cluster in this process.
func fake(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(4, "t")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, strings.Join(c.ListenAddrs(), ",")
}

// tableOf declares a topic with columns as given.
func tableOf(brokers, topic string, columns types.Schema, options ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{
		"connector": {Value: "kafka"}, "brokers": {Value: brokers}, "topic": {Value: topic}, "format": {Value: "json"},
	}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = catalog.Option{Value: options[i+1], Pos: 1}
	}
	for _, c := range columns {
		col := catalog.Column{Column: c}
		if name, ok := strings.CutPrefix(c.Name, "meta_"); ok {
			col.Metadata = name
		}
		t.Columns = append(t.Columns, col)
	}
	return t
}

// record is a record as it is in the topic.
type record struct {
	partition  int32
	offset, ms int64
	key, value string // "nil" where there is none
}

func (r record) String() string {
	return fmt.Sprintf("%d@%d %s=%s", r.partition, r.offset, r.key, r.value)
}

// topicRecords reads a topic to its end, partition by partition.
func topicRecords(t testing.TB, table *catalog.Table) (out []record) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	c, topic, err := kafka.Open(ctx, table)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	text := func(b []byte) string {
		if b == nil {
			return "nil"
		}
		return string(b)
	}
	at := map[int32]int64{}
	for _, p := range topic.Partitions {
		at[p.ID] = kafka.Latest
	}
	ends, err := c.ListOffsets(ctx, at, true)
	if err != nil {
		t.Fatal(err)
	}
	var inf kafka.Inflater
	defer inf.Close()
	for _, p := range topic.Partitions {
		for offset := int64(0); offset < ends[p.ID]; {
			got, err := c.Fetch(ctx, p.Leader, &kafka.FetchRequest{Committed: true, MaxWait: time.Second, MaxBytes: 8 << 20,
				Parts: []kafka.FetchPart{{ID: p.ID, Offset: offset, MaxBytes: 8 << 20}}, Buffer: func(n int) []byte { return make([]byte, n) }})
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != 1 || got[0].Code != 0 {
				t.Fatalf("fetch of %d@%d: %+v", p.ID, offset, got)
			}
			for set := got[0].Records; ; {
				var raw []byte
				if raw, set = kafka.Cut(set); raw == nil {
					break
				}
				var b kafka.Batch
				if err := b.Open(raw); err != nil {
					t.Fatal(err)
				}
				body, err := inf.Body(&b)
				if err != nil {
					t.Fatal(err)
				}
				var r kafka.Records
				for r.Begin(&b, body); ; {
					more, err := r.Next()
					if err != nil {
						t.Fatal(err)
					}
					if !more {
						break
					}
					if r.Offset >= offset {
						out = append(out, record{p.ID, r.Offset, r.Time, text(r.Key), text(r.Value)})
					}
				}
				offset = b.Last + 1
			}
		}
	}
	return out
}

// topicRows reads a topic as the table's rows.
func topicRows(t testing.TB, table *catalog.Table) []string {
	t.Helper()
	var schema types.Schema
	for _, c := range table.Columns {
		schema = append(schema, c.Column)
	}
	dec, err := json.New().NewDecoder(schema, nil, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer dec.Release()
	var values [][]byte
	for _, r := range topicRecords(t, table) {
		values = append(values, []byte(r.value))
	}
	if n, err := dec.Decode(values); err != nil {
		t.Fatalf("%s: %v", values[n], err)
	}
	cols := dec.Take()
	rec := array.NewRecordBatch(schema.Arrow(), cols, int64(len(values)))
	for _, c := range cols {
		c.Release()
	}
	defer rec.Release()
	out := make([]string, len(values))
	for i := range out {
		out[i] = sinktest.Row(rec, schema, i)
	}
	return out
}
