//go:build services

package kafka

import (
	"fmt"
	"os"
	"testing"
	"time"

	"millrace/internal/kafka/kafkatest"
	"millrace/sinks/sinktest"
)

// cluster is the real cluster to test with.
func cluster(t testing.TB) string {
	t.Helper()
	addr := os.Getenv("MILLRACE_KAFKA")
	if addr == "" {
		t.Fatal("MILLRACE_KAFKA must name the brokers of a Kafka cluster for tests: host:port,…")
	}
	return addr
}

func TestConformanceOnARealCluster(t *testing.T) {
	for _, codec := range []string{"none", "gzip", "snappy", "lz4", "zstd"} {
		t.Run(codec, func(t *testing.T) { sinktest.Run(t, harness(cluster(t), "compression", codec)) })
	}
}

func TestARecordThatIsTooLargeForARealTopic(t *testing.T) {
	table := tableOf(cluster(t), fmt.Sprintf("sinks-large-%d", time.Now().UnixNano()), sinktest.Pair, "partitions", "1")
	w := mustOpen(t, table)
	large := make([]byte, 2<<20)
	for i := range large {
		large[i] = 'x'
	}
	w.write(fmt.Sprintf(`{"k":%q,"n":1}`, large))
	if err := w.flush(); err == nil {
		t.Error("2 MiB were taken")
	}
}

func TestABrokerThatIsKilledInMidWriteLosesNothing(t *testing.T) {
	own := kafkatest.Start(t)
	table := tableOf(own.Address, "t", sinktest.Pair, "partitions", "4", "key.columns", "k", "linger", "1ms")
	w := mustOpen(t, table)
	const n, keys = 3000, 50
	up := make(chan struct{})
	for i := range n {
		if i == n/2 {
			own.Kill()
			go func() {
				defer close(up)
				own.Up()
			}()
		}
		w.write(fmt.Sprintf(`{"k":"k%d","n":%d}`, i%keys, i))
	}
	<-up
	w.mustFlush()
	last := map[string]int{}
	seen := map[int]bool{}
	for _, r := range topicRecords(t, table) {
		var at int
		if _, err := fmt.Sscanf(r.value, `{"k":"`+r.key+`","n":%d}`, &at); err != nil {
			t.Fatal(err)
		}
		if !seen[at] && at < last[r.key] {
			t.Errorf("%v comes behind %d", r, last[r.key])
		}
		seen[at] = true
		last[r.key] = max(at, last[r.key])
	}
	if len(seen) != n {
		t.Errorf("%d records are there, %d were written", len(seen), n)
	}
}
