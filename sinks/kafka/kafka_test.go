package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/formats"
	"millrace/formats/csv"
	"millrace/formats/json"
	"millrace/internal/kafka"
	"millrace/internal/testkit"
	"millrace/sinks"
	"millrace/sinks/sinktest"
	"millrace/sqlerr"
	"millrace/types"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var fmts = []formats.Format{json.New(), csv.New()}

// harness is the suite's view of a cluster.
func harness(brokers string, options ...string) sinktest.Harness {
	var topics atomic.Int64
	run := time.Now().UnixNano()
	return sinktest.Harness{
		Connector: New(fmts),
		Table: func(t testing.TB, columns types.Schema) *catalog.Table {
			topic := fmt.Sprintf("sinktest-%d-%d", run, topics.Add(1))
			return tableOf(brokers, topic, columns, append([]string{"partitions", "3", "key.columns", columns[0].Name}, options...)...)
		},
		Rows:   func(t testing.TB, table *catalog.Table) []string { return topicRows(t, table) },
		AtOnce: true, Repeats: true,
		Unreachable: func(t testing.TB) (*catalog.Table, string) {
			address := net.JoinHostPort("127.0.0.1", strconv.Itoa(testkit.FreePort(t, 1)))
			return tableOf(address, "t", sinktest.Pair, "sasl.mechanism", "plain", "sasl.username", "u", "sasl.password", sinktest.SecretValue), address
		},
	}
}

func TestConformance(t *testing.T) {
	c, brokers := fake(t)
	for _, codec := range []string{"none", "zstd"} {
		t.Run(codec, func(t *testing.T) {
			h := harness(brokers, "compression", codec)
			h.Stall = func(testing.TB) func() {
				stalled := make(chan struct{})
				c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
					<-stalled
					return nil, nil, false
				})
				return func() { close(stalled) }
			}
			sinktest.Run(t, h)
		})
	}
}

// writer is an open sink on a table, with what it was opened by.
type writer struct {
	sinks.Sink
	t   testing.TB
	in  types.Schema
	mem *memory.CheckedAllocator
}

func tryOpen(table *catalog.Table, mem memory.Allocator, columns ...int) (sinks.Sink, types.Schema, error) {
	c := New(fmts)
	if err := catalog.CheckOptions(table, c.Options()); err != nil {
		return nil, nil, err
	}
	w := &sinks.Write{Table: table, Columns: columns}
	if len(columns) == 0 {
		for i := range table.Columns {
			w.Columns = append(w.Columns, i)
		}
	}
	for _, i := range w.Columns {
		w.In = append(w.In, table.Columns[i].Column)
	}
	s, err := c.Open(context.Background(), w, mem)
	return s, w.In, err
}

func mustOpen(t testing.TB, table *catalog.Table, columns ...int) *writer {
	t.Helper()
	mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
	s, in, err := tryOpen(table, mem, columns...)
	if err != nil {
		t.Fatal(sqlerr.Render(err, "", ""))
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		mem.AssertSize(t, 0)
	})
	return &writer{s, t, in, mem}
}

func (w *writer) write(rows ...string) {
	w.t.Helper()
	b := sinktest.Batch(w.t, w.mem, w.in, rows...)
	defer b.Release()
	if err := w.Write(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
}

// flush returns when all has been taken.
func (w *writer) flush() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	_, err := w.Prepare(ctx, 1)
	return err
}

func (w *writer) mustFlush() {
	w.t.Helper()
	if err := w.flush(); err != nil {
		w.t.Fatal(sqlerr.Render(err, "", ""))
	}
}

func TestKeys(t *testing.T) {
	_, brokers := fake(t)
	text, bigint := types.Of(types.Text), types.Of(types.Int64)
	columns := types.Schema{{Name: "a", Type: text}, {Name: "n", Type: bigint}, {Name: "at", Type: types.Of(types.Timestamp)}}
	for i, tc := range []struct {
		name    string
		options []string
		want    []string // keys of the three rows
	}{
		{"none", nil, []string{"nil", "nil", "nil"}},
		{"text", []string{"key.columns", "a"}, []string{"x", "", "nil"}},
		{"a number as text", []string{"key.columns", "n"}, []string{"1", "-2", "nil"}},
		{"a time as text", []string{"key.columns", "at"}, []string{"2026-01-31 13:05:00", "1969-12-31 23:59:59.5", "nil"}},
		{"two columns", []string{"key.columns", "n, a"}, []string{`{"n":1,"a":"x"}`, `{"n":-2,"a":""}`, `{"n":null,"a":null}`}},
		{"one column as JSON", []string{"key.columns", "a", "key.format", "json"}, []string{`{"a":"x"}`, `{"a":""}`, `{"a":null}`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			table := tableOf(brokers, fmt.Sprint("keys", i), columns, append([]string{"partitions", "5"}, tc.options...)...)
			w := mustOpen(t, table)
			w.write(`{"a":"x","n":1,"at":"2026-01-31T13:05:00"}`, `{"a":"","n":-2,"at":"1969-12-31T23:59:59.5"}`, `{}`)
			w.mustFlush()
			var keys []string
			for _, r := range topicRecords(t, table) {
				keys = append(keys, r.key)
				if r.key != "nil" && int(r.partition) != kafka.PartitionOf([]byte(r.key), 5) {
					t.Errorf("%v is in another partition than Java's", r)
				}
			}
			if !slices.Equal(slices.Sorted(slices.Values(keys)), slices.Sorted(slices.Values(tc.want))) {
				t.Errorf("keys %q, want %q", keys, tc.want)
			}
		})
	}
}

func TestMetadataThatIsWritten(t *testing.T) {
	_, brokers := fake(t)
	columns := types.Schema{{Name: "meta_timestamp", Type: types.Of(types.TimestampTZ)}, {Name: "v", Type: types.Of(types.Int64)}, {Name: "meta_key", Type: types.Of(types.Text)}}
	table := tableOf(brokers, "t", columns)
	w := mustOpen(t, table)
	before := time.Now().UnixMilli()
	w.write(`{"v":1,"meta_timestamp":"2026-01-31T13:05:00.1239Z","meta_key":"k"}`, `{"v":2,"meta_key":""}`, `{"v":3}`)
	w.mustFlush()
	got := map[string]record{}
	for _, r := range topicRecords(t, table) {
		got[r.value] = r
	}
	if r := got[`{"v":1}`]; r.key != "k" || r.ms != time.Date(2026, 1, 31, 13, 5, 0, 123_000_000, time.UTC).UnixMilli() {
		t.Errorf("%v at %d", r, r.ms)
	}
	for v, key := range map[string]string{`{"v":2}`: "", `{"v":3}`: "nil"} {
		if r := got[v]; r.key != key || r.ms < before || r.ms > time.Now().UnixMilli() {
			t.Errorf("%v at %d", r, r.ms)
		}
	}
}

func TestRowsWithoutAKeyGoRound(t *testing.T) {
	_, brokers := fake(t)
	table := tableOf(brokers, "t", types.Schema{{Name: "v", Type: types.Of(types.Text)}}, "linger", "1h")
	w := mustOpen(t, table)
	row := fmt.Sprintf(`{"v":%q}`, strings.Repeat("x", 10_000))
	for range 3 {
		w.write(slices.Repeat([]string{row}, 100)...)
	}
	w.mustFlush()
	in := map[int32]int{}
	for _, r := range topicRecords(t, table) {
		in[r.partition]++
	}
	if len(in) != 4 {
		t.Errorf("3 MB went to %v", in)
	}
}

func TestALingeringRecordIsSentByItself(t *testing.T) {
	c, brokers := fake(t)
	sent := make(chan struct{})
	c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
		close(sent)
		return nil, nil, false
	})
	w := mustOpen(t, tableOf(brokers, "t", sinktest.Pair, "linger", "5 ms"))
	w.write(`{"k":"a","n":1}`)
	select {
	case <-sent:
	case <-time.After(20 * time.Second):
		t.Error("nothing was sent")
	}
}

// However long records may linger, and however many partitions they are spread over, Write does not wait for that.
func TestNothingLingersWhileWriteWaits(t *testing.T) {
	_, brokers := fake(t, kfake.SeedTopics(200, "wide"))
	table := tableOf(brokers, "wide", sinktest.Pair, "linger", "1h", "key.columns", "k")
	w := mustOpen(t, table)
	const n = 5000
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"k":"%d%s","n":%d}`, i, strings.Repeat("x", 10_000), i))
	}
	for batch := range slices.Chunk(rows, 500) { // 50 MB
		w.write(batch...)
	}
	w.mustFlush()
	if got := len(topicRecords(t, table)); got != n {
		t.Errorf("%d records of %d", got, n)
	}
}

// Errors that pass by themselves cost neither a record nor the order, whatever they are.
func TestErrorsThatPass(t *testing.T) {
	for _, tc := range []struct {
		name    string
		repeats bool
		trouble func(c *kfake.Cluster)
	}{
		{"not the leader", false, func(c *kfake.Cluster) {
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotLeaderForPartition, Count: 3})
		}},
		{"too few replicas", false, func(c *kfake.Cluster) {
			c.Fault(kfake.Fault{Keys: []kmsg.Key{kmsg.Produce}, Err: kerr.NotEnoughReplicas, Count: 3})
		}},
		{"the answer is lost", true, func(c *kfake.Cluster) {
			c.ControlKey(int16(kmsg.Produce), func(kmsg.Request) (kmsg.Response, error, bool) {
				return nil, errors.New("the connection breaks"), true
			})
		}},
		{"the leader moves", true, func(c *kfake.Cluster) {
			for p := range int32(4) {
				if err := c.MoveTopicPartition("t", p, (c.LeaderFor("t", p)+1)%3); err != nil {
					panic(err)
				}
			}
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c, brokers := fake(t, kfake.NumBrokers(3))
			table := tableOf(brokers, "t", sinktest.Pair, "key.columns", "k", "linger", "0s")
			w := mustOpen(t, table)
			const keys, n = 10, 2000
			for i := range n {
				if i%500 == 250 {
					tc.trouble(c)
				}
				w.write(fmt.Sprintf(`{"k":"k%d","n":%d}`, i%keys, i))
			}
			w.mustFlush()
			seen, last := map[string]bool{}, map[string]int64{}
			for _, r := range topicRecords(t, table) {
				if seen[r.value] && !tc.repeats {
					t.Errorf("%v is there twice", r)
				}
				var at int64
				if _, err := fmt.Sscanf(r.value, `{"k":"`+r.key+`","n":%d}`, &at); err != nil {
					t.Fatal(err)
				}
				if !seen[r.value] && at < last[r.key] {
					t.Errorf("%v comes behind %d", r, last[r.key])
				}
				seen[r.value] = true
				last[r.key] = max(at, last[r.key])
			}
			if len(seen) != n {
				t.Errorf("%d records are there, %d were written", len(seen), n)
			}
		})
	}
}

func TestABatchThatIsTooLargeIsSplit(t *testing.T) {
	c, brokers := fake(t)
	const most = 20_000
	c.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		c.KeepControl()
		req := r.(*kmsg.ProduceRequest)
		res := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, topic := range req.Topics {
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic = topic.Topic
			for _, p := range topic.Partitions {
				if len(p.Records) <= most {
					continue
				}
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, kerr.MessageTooLarge.Code
				rt.Partitions = append(rt.Partitions, rp)
			}
			if len(rt.Partitions) == 0 {
				return nil, nil, false
			}
			res.Topics = append(res.Topics, rt)
		}
		return res, nil, true
	})
	table := tableOf(brokers, "t", sinktest.Pair, "linger", "1h")
	w := mustOpen(t, table)
	var rows []string
	for i := range 5000 {
		rows = append(rows, fmt.Sprintf(`{"k":"%050d","n":%d}`, i, i))
	}
	w.write(rows...)
	w.mustFlush()
	got := topicRecords(t, table)
	if len(got) != len(rows) {
		t.Fatalf("%d records", len(got))
	}
	for i, r := range got {
		if r.value != rows[i] || r.offset != int64(i) {
			t.Fatalf("record %d is %v", i, r)
		}
	}
	w.write(fmt.Sprintf(`{"k":%q,"n":1}`, strings.Repeat("x", most)))
	err := w.flush()
	if want := "cannot write t/"; err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(sqlerr.Render(err, "", ""), "max.message.bytes") {
		t.Errorf("one record that is too large: %v", err)
	}
	b := sinktest.Batch(t, w.mem, w.in, rows[0])
	defer b.Release()
	if again := w.Write(t.Context(), b); again == nil || again.Error() != err.Error() {
		t.Errorf("behind an error: %v", again)
	}
}

func TestATopicThatIsNotThere(t *testing.T) {
	_, brokers := fake(t, kfake.SeedTopics(1, "orders"))
	for _, tc := range []struct {
		name        string
		topic       string
		options     []string
		partitions  int
		error, hint string
	}{
		{"is an error", "order", nil, 0, `topic "order" does not exist at ` + brokers, `Did you mean "orders"? Or add the option partitions, for it to be created.`},
		{"is made with partitions", "made", []string{"partitions", "7"}, 7, "", ""},
		{"too many copies", "copies", []string{"partitions", "1", "replication", "9"}, 0, `cannot create topic "copies"`, "Set the option replication to at most the number of brokers."},
		{"a number that is too large", "large", []string{"partitions", "1", "replication", "99999"}, 0, `option "replication": "99999" is too large`, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _, err := tryOpen(tableOf(brokers, tc.topic, sinktest.Pair, tc.options...), memory.DefaultAllocator)
			if err != nil {
				var e *sqlerr.Error
				if !errors.As(err, &e) || tc.error == "" || !strings.HasPrefix(e.Message, tc.error) || e.Hint != tc.hint {
					t.Errorf("%v, hint %q", err, e.Hint)
				}
				return
			}
			defer s.Close()
			if got := len(s.(*sink).out.queues); got != tc.partitions {
				t.Errorf("%d partitions", got)
			}
		})
	}
}

func TestTablesThatAreRefused(t *testing.T) {
	_, brokers := fake(t)
	text := types.Of(types.Text)
	columns := types.Schema{{Name: "k", Type: text}, {Name: "meta_key", Type: types.Of(types.Bytes)}, {Name: "meta_offset", Type: types.Of(types.Int64)}}
	for _, tc := range []struct {
		name    string
		options []string
		write   []int
		error   string
	}{
		{"exactly once", []string{"delivery", "exactly-once"}, []int{0}, "writing to Kafka exactly once is not supported"},
		{"an unknown key column", []string{"key.columns", "kk"}, []int{0}, `option "key.columns": column "kk" does not exist in table "t"`},
		{"a key of metadata", []string{"key.columns", "meta_offset"}, []int{0}, `option "key.columns": column "meta_offset" is not stored in records`},
		{"a key column twice", []string{"key.columns", "k,k"}, []int{0}, `option "key.columns" names column "k" twice`},
		{"the key twice", []string{"key.columns", "k"}, []int{0, 1}, `the key is written twice: by option "key.columns" and by column "meta_key"`},
		{"an offset", nil, []int{0, 2}, `column "meta_offset" of table "t" cannot be written: the broker sets its offset`},
		{"a format for no key", []string{"key.format", "json"}, []int{0}, `option "key.format" needs the option "key.columns" beside it`},
		{"a format that there is not", []string{"format", "jsn"}, []int{0}, `there is no format "jsn"`},
		{"no partitions", []string{"partitions", "0"}, []int{0}, `option "partitions": "0" is not a positive whole number`},
		{"copies of nothing", []string{"replication", "1"}, []int{0}, `option "replication" needs the option "partitions" beside it`},
		{"a password for nobody", []string{"sasl.password", "hunter2"}, []int{0}, `option "sasl.password" needs the option "sasl.username" beside it`},
		{"TLS that is off", []string{"tls.enabled", "false", "tls.ca", "x"}, []int{0}, `option "tls.ca" is set, but tls.enabled is 'false'`},
		{"no address", []string{"brokers", ","}, []int{0}, `option "brokers": "," names no broker`},
		{"no topic's name", []string{"topic", "a b"}, []int{0}, `option "topic": "a b" is not a topic's name: letters, digits, '.', '_' and '-'`},
		{"an unknown option", []string{"linge", "1s"}, []int{0}, `connector "kafka" has no option "linge"`},
		{"CSV is fine", []string{"format", "csv", "csv.delimiter", ";"}, []int{0}, ""},
		{"what only the source uses is fine", []string{"scan.start", "latest", "scan.end", "latest", "isolation", "read_uncommitted", "on_error", "skip", "watermark.idle_timeout", "1s"}, []int{0}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, _, err := tryOpen(tableOf(brokers, "t", columns, tc.options...), memory.DefaultAllocator, tc.write...)
			if err == nil {
				s.Close()
			}
			var e *sqlerr.Error
			if errors.As(err, &e); tc.error == "" && err != nil || tc.error != "" && (e == nil || e.Message != tc.error) {
				t.Errorf("%v", err)
			}
		})
	}
}

func BenchmarkWrite(b *testing.B) {
	_, brokers := fake(b, kfake.BlackholeProduce())
	for _, codec := range []string{"none", "lz4", "zstd"} {
		b.Run(codec, func(b *testing.B) {
			s, in, err := tryOpen(tableOf(brokers, "t", sinktest.Pair, "key.columns", "k", "compression", codec), memory.DefaultAllocator)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			rows := make([]string, 8192)
			for i := range rows {
				rows[i] = fmt.Sprintf(`{"k":"channel-%d","n":%d}`, i%1000, i*7919)
			}
			batch := sinktest.Batch(b, memory.DefaultAllocator, in, rows...)
			defer batch.Release()
			for b.Loop() {
				if err := s.Write(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
			if _, err := s.Prepare(context.Background(), 1); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(rows)), "ns/row")
		})
	}
}
