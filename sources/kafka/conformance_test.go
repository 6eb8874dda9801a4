package kafka

import (
	"fmt"
	"net"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/segmentio/kafka-go/protocol/createpartitions"

	"millrace/catalog"
	"millrace/formats"
	"millrace/formats/json"
	"millrace/internal/kafka"
	"millrace/internal/testkit"
	"millrace/sources/sourcetest"
)

// harness is the suite's view of a cluster.
func harness(brokers string, codec kafka.Codec) sourcetest.Harness {
	var topics atomic.Int64
	run := time.Now().UnixNano()
	pair := func(brokers, topic string, options ...string) *catalog.Table {
		t := table(brokers, append([]string{"topic", topic}, options...)...)
		t.Columns = nil
		for _, c := range sourcetest.Pair {
			t.Columns = append(t.Columns, catalog.Column{Column: c})
		}
		return t
	}
	writers := map[*catalog.Table]*writer{}
	writerOf := func(t testing.TB, table *catalog.Table) *writer {
		w := writers[table]
		if w == nil {
			w = newWriter(t, brokers, "topic", table.Option("topic", ""))
			w.codec = codec
			writers[table] = w
		}
		return w
	}
	return sourcetest.Harness{
		Connector: New([]formats.Format{json.New()}),
		Table: func(t testing.TB, splits int) *catalog.Table {
			t.Helper()
			topic := fmt.Sprintf("sourcetest-%d-%d", run, topics.Add(1))
			tab := pair(brokers, topic)
			c, _, err := kafka.Open(ctx, tab)
			if c == nil {
				t.Fatal(err)
			}
			defer c.Close()
			if _, err := c.CreateTopic(ctx, int32(splits), 0); err != nil {
				t.Fatal(err)
			}
			return tab
		},
		Write: func(t testing.TB, table *catalog.Table, split int, rows ...string) {
			t.Helper()
			for batch := range slices.Chunk(rows, 5000) {
				writerOf(t, table).values(int32(split), batch...)
			}
		},
		Split: func(table *catalog.Table, split int) string { return splitID(table.Option("topic", ""), int32(split)) },
		Spoil: func(t testing.TB, table *catalog.Table, split int) {
			t.Helper()
			writerOf(t, table).values(int32(split), `{"k":"cut off`)
		},
		Grow: func(t testing.TB, table *catalog.Table) {
			t.Helper()
			w := writerOf(t, table)
			n := len(w.topic.Partitions) + 1
			admin(t, brokers, &createpartitions.Request{Topics: []createpartitions.RequestTopic{{Name: table.Option("topic", ""), Count: int32(n)}}, TimeoutMs: 5000})
			for limit := time.Now().Add(patience); len(w.topic.Partitions) < n; {
				var err error
				if w.topic, err = w.c.Topic(ctx); err != nil || time.Now().After(limit) {
					t.Fatal(err)
				}
			}
		},
		Unreachable: func(t testing.TB) (*catalog.Table, string) {
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(testkit.FreePort(t, 1)))
			return pair(address, "t", "sasl.mechanism", "plain", "sasl.username", "u", "sasl.password", sourcetest.SecretValue), address
		},
	}
}

func TestConformance(t *testing.T) {
	_, brokers := broker(t, 2)
	for _, codec := range []kafka.Codec{kafka.None, kafka.LZ4} {
		t.Run(codec.String(), func(t *testing.T) { sourcetest.Run(t, harness(brokers, codec)) })
	}
}
