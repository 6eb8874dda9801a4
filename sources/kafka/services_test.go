//go:build services

package kafka

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"millrace/internal/kafka"
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

// topic makes a topic of four partitions with a name of its own.
func topic(t testing.TB, addr string) string {
	t.Helper()
	name := fmt.Sprintf("sources-%d", time.Now().UnixNano())
	c, _, err := kafka.Open(ctx, table(addr, "topic", name))
	if c == nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.CreateTopic(ctx, 4, 0); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestARealTopicIsReadWhole(t *testing.T) {
	addr := cluster(t)
	name := topic(t, addr)
	w := newWriter(t, addr, "topic", name)
	w.base = time.Now().UnixMilli() // a real cluster deletes old records
	for p := range int32(4) {
		w.codec = kafka.Codec(p + 1) // gzip to zstd
		w.numbers(p, 0, 25_000, 1000)
	}
	s, scan := mustOpen(t, table(addr, "topic", name), true, 0)
	for p := range int32(4) {
		expect(t, openSplit(t, s, scan, p, "").take(all_), numbered(0, 25_000))
		expect(t, openSplit(t, s, scan, p, "24990").take(all_), numbered(24_990, 25_000))
	}
}

func TestRealTransactions(t *testing.T) {
	addr := cluster(t)
	name := topic(t, addr)
	w := newWriter(t, addr, "topic", name)
	w.base = time.Now().UnixMilli() // a real cluster deletes old records
	one := newTransactions(t, w, addr, name+"-1")
	w.values(0, `{"a":1}`)
	one.write(0, 2, 3)
	one.end(false)
	one.write(0, 4)
	one.end(true)
	one.write(0, 5)
	one.end(false)
	s, scan := mustOpen(t, table(addr, "topic", name), false, 0)
	sp := openSplit(t, s, scan, 0, "")
	expect(t, sp.take(2), "1 4")
	w.values(0, `{"a":6}`)
	expect(t, sp.take(1), "6")

	s, scan = mustOpen(t, table(addr, "topic", name), true, 0)
	expect(t, openSplit(t, s, scan, 0, "").take(all_), "1 4 6")
	s, scan = mustOpen(t, table(addr, "topic", name, "isolation", "read_uncommitted"), true, 0)
	expect(t, openSplit(t, s, scan, 0, "").take(all_), "1 2 3 4 5 6")
}

func TestARealOffsetThatIsNotThere(t *testing.T) {
	addr := cluster(t)
	name := topic(t, addr)
	w := newWriter(t, addr, "topic", name)
	w.base = time.Now().UnixMilli() // a real cluster deletes old records
	w.values(0, `{"a":1}`)
	s, scan := mustOpen(t, table(addr, "topic", name), false, 0)
	if _, err := openSplit(t, s, scan, 0, "2").next(); err == nil || err.Error() != name+"/0@2: there is no such offset" {
		t.Errorf("%v", err)
	}
}

// BenchmarkRead reads a topic of JSON records of about 250 bytes in four partitions, with two goroutines, once for each
// number of columns. MILLRACE_RECORDS (1,000,000) are written first.
func BenchmarkRead(b *testing.B) {
	addr := cluster(b)
	records, err := strconv.Atoi(os.Getenv("MILLRACE_RECORDS"))
	if err != nil {
		records = 1_000_000
	}
	for codec := kafka.None; codec <= kafka.Zstd; codec += kafka.LZ4 {
		name := topic(b, addr)
		w := newWriter(b, addr, "topic", name)
		w.codec, w.base = codec, time.Now().UnixMilli()
		fill(w, records)
		for _, columns := range [][]int{nil, {0, 1}} {
			b.Run(fmt.Sprintf("%s/%d columns", codec, len(columns)), func(b *testing.B) {
				var cpu, wall time.Duration
				for range b.N {
					c, w := timeRead(b, addr, name, records, columns...)
					cpu, wall = cpu+c, wall+w
				}
				n := float64(records * b.N)
				b.ReportMetric(cpu.Seconds()/n*1e6, "cpu-s/M")
				b.ReportMetric(n/wall.Seconds()/1e6, "M/s")
			})
		}
	}
}

func fill(w *writer, records int) {
	var bu kafka.Builder
	for i := range records {
		bu.Add(nil, fmt.Appendf(nil, `{"a":%d,"b":"bidder-%d","price":%d,"channel":"channel-%d","url":"https://www.nexmark.com/item.htm?query=1&channel_id=%d","date_time":"2026-01-01 00:00:%02d.%03d","extra":"%040d"}`,
			i, i%1000, i%10_000, i%7, i%9973, i%60, i%1000, i), w.base)
		if bu.Count() == 2000 || i == records-1 {
			w.produce(int32(i/2000%4), "", kafka.Anonymous, &bu)
		}
	}
}

// timeRead reads a topic to its end, without the allocator that counts.
func timeRead(b *testing.B, addr, name string, records int, columns ...int) (cpu, wall time.Duration) {
	begin, used := time.Now(), cpuTime()
	s, scan := mustOpen(b, table(addr, "topic", name), true, columns...)
	splits, err := s.Splits(ctx)
	if err != nil {
		b.Fatal(err)
	}
	var wg sync.WaitGroup
	counts := make([]int, 2)
	for task := range counts {
		var readers []*split
		for i := task; i < len(splits); i += len(counts) {
			readers = append(readers, openSplit(b, s, scan, int32(i), ""))
		}
		wg.Go(func() { counts[task] = drain(b, readers) })
	}
	wg.Wait()
	if got := counts[0] + counts[1]; got != records {
		b.Fatalf("%d records of %d", got, records)
	}
	return cpuTime() - used, time.Since(begin)
}

// drain reads splits in turn, as a task does.
func drain(b *testing.B, readers []*split) (rows int) {
	for len(readers) > 0 {
		idle := true
		for i := 0; i < len(readers); i++ {
			batch, err := readers[i].r.Next(ctx)
			switch {
			case batch != nil:
				rows += batch.Len()
				batch.Release()
				idle = false
			case err != nil:
				if err != io.EOF {
					b.Error(err)
				}
				readers = append(readers[:i], readers[i+1:]...)
				i--
				idle = false
			}
		}
		if idle && len(readers) > 0 {
			select {
			case <-readers[0].woke:
			case <-readers[len(readers)-1].woke:
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	return rows
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
