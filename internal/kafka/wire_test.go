package kafka

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestFetchTellsWhatTheBrokerSays(t *testing.T) {
	fc, brokers := fake(t)
	c, _ := mustOpen(t, table(brokers))
	write(t, c, 0, 0, 1, 2, 3)
	write(t, c, 0, 2, 1)
	if err := fc.DeleteRecords("t", 0, 1); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	got, err := c.Fetch(t.Context(), 0, &FetchRequest{Committed: true, MaxBytes: 1 << 20, Buffer: func(n int) []byte {
		sizes = append(sizes, n)
		return make([]byte, n+10)
	}, Parts: []FetchPart{{0, 1, 1 << 20}, {1, 0, 1 << 20}, {2, 7, 1 << 20}}})
	if err != nil || len(got) != 3 {
		t.Fatalf("%+v, %v", got, err)
	}
	if f := got[0]; f.ID != 0 || f.Code != 0 || f.High != 3 || f.Stable != 3 || f.Start != 1 || len(sizes) != 1 || len(f.Records) != sizes[0] {
		t.Errorf("%+v in %v", f, sizes)
	}
	if recs, err := readSet(got[0].Records); err != nil || fmt.Sprint(recs) != "[1@2 nil=1 2@3 nil=2]" {
		t.Errorf("%v, %v", recs, err)
	}
	if f := got[1]; f.Code != 0 || f.High != 0 || f.Records != nil {
		t.Errorf("%+v", f)
	}
	if f := got[2]; f.Code != OffsetOutOfRange || f.Code.Passing() {
		t.Errorf("%+v", f)
	}
}

func TestAFetchEndsWithItsContext(t *testing.T) {
	_, brokers := fake(t)
	c, _ := mustOpen(t, table(brokers))
	ctx, cancel := context.WithCancelCause(t.Context())
	why := errors.New("enough")
	time.AfterFunc(20*time.Millisecond, func() { cancel(why) })
	start := time.Now()
	_, err := c.Fetch(ctx, 0, &FetchRequest{MaxWait: time.Minute, MaxBytes: 1 << 20, Parts: []FetchPart{{0, 0, 1 << 20}}})
	if !errors.Is(err, why) || time.Since(start) > patience {
		t.Errorf("%v after %s", err, time.Since(start))
	}
}

func TestProduceToSeveralPartitions(t *testing.T) {
	fc, brokers := fake(t)
	c, _ := mustOpen(t, table(brokers))
	batch := func(values ...string) []byte {
		var b Builder
		for _, v := range values {
			b.Add([]byte(v), []byte(v), 1)
		}
		return encode(t, &b, None, 0, Anonymous)
	}
	var versions []int16
	fc.ControlKey(int16(kmsg.Produce), func(r kmsg.Request) (kmsg.Response, error, bool) {
		versions = append(versions, r.GetVersion())
		return nil, nil, false
	})
	got, err := c.Produce(t.Context(), 0, "", []ProducePart{{3, batch("a", "b")}, {0, batch("c")}, {9, batch("d")}}, time.Second)
	if err != nil || len(got) != 3 || fmt.Sprint(versions) != "[8]" {
		t.Fatalf("%+v, %v, versions %v", got, err, versions)
	}
	codes := map[int32]Code{}
	for _, p := range got {
		codes[p.ID] = p.Code
	}
	if codes[3] != 0 || codes[0] != 0 || codes[9] != UnknownTopic {
		t.Errorf("%v", codes)
	}
	broken := batch("x")
	broken[len(broken)-1] ^= 1
	if got, err = c.Produce(t.Context(), 0, "", []ProducePart{{1, broken}}, time.Second); err != nil || got[0].Code == 0 {
		t.Errorf("a broken batch: %+v, %v", got, err)
	}
}

// frame puts an answer's length and correlation id in front.
func frame(body []byte) io.Reader {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))
	b = binary.BigEndian.AppendUint32(b, correlation)
	return bytes.NewReader(append(b, body...))
}

// FuzzAnswers reads any bytes as answers: no panic, and no more memory than a few times their size.
func FuzzAnswers(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0, 0, 0, 1}, 40))
	f.Add(bytes.Repeat([]byte{0, 0, 0, 2, 'a', 'b'}, 40))
	f.Add(bytes.Repeat([]byte{0x7f, 0xff, 0xff, 0xff}, 40))
	f.Fuzz(func(t *testing.T, body []byte) {
		var a answer
		a.begin(frame(body))
		asked := 0
		readFetch(&a, func(n int) []byte {
			asked += n
			return make([]byte, n)
		})
		if asked > len(body) {
			t.Errorf("memory for %d bytes of records in an answer of %d", asked, len(body))
		}
		if a.end() == nil && a.left != 0 {
			t.Error("an answer that was not read to its end is no error")
		}
		a = answer{}
		a.begin(frame(body))
		if out := readProduce(&a); 36*len(out) > len(body) {
			t.Errorf("%d partitions in %d bytes", len(out), len(body))
		}
	})
}

func TestAnAnswerOfAnotherRequestIsRefused(t *testing.T) {
	for name, head := range map[string][]byte{
		"another id": {0, 0, 0, 4, 0, 0, 0, 99}, "too short": {0, 0, 0, 3, 0, 0, 0, 1}, "too long": {0x7f, 0, 0, 0, 0, 0, 0, 1}, "cut off": {0, 0},
	} {
		var a answer
		a.begin(bytes.NewReader(head))
		if a.end() == nil {
			t.Error(name)
		}
	}
}

func TestALeaderThatIsNotKnownIsAnError(t *testing.T) {
	_, brokers := fake(t, kfake.NumBrokers(1))
	c, _ := mustOpen(t, table(brokers))
	if _, err := c.Fetch(t.Context(), 42, &FetchRequest{Parts: []FetchPart{{0, 0, 1}}}); err == nil {
		t.Error("broker 42 has answered")
	}
}

// BenchmarkWalk goes through batches as a reader does: checks, decompresses and walks them.
func BenchmarkWalk(b *testing.B) {
	value := []byte(`{"auction":1007,"bidder":1042,"price":215,"channel":"channel-4242","url":"https://www.nexmark.com/item.htm?query=1","date_time":"2026-01-01T00:00:00.123Z","extra":"abcdefghijklmnop"}`)
	const records = 5000
	for c := None; c <= Zstd; c++ {
		b.Run(c.String(), func(b *testing.B) {
			var build Builder
			for i := range records {
				value[11] = byte('0' + i%10)
				build.Add(nil, value, int64(i))
			}
			set := encode(b, &build, c, 0, Anonymous)
			var inf Inflater
			defer inf.Close()
			values := make([][]byte, 0, records)
			b.ReportAllocs()
			for b.Loop() {
				raw, _ := Cut(set)
				var batch Batch
				if err := batch.Open(raw); err != nil {
					b.Fatal(err)
				}
				body, err := inf.Body(&batch)
				if err != nil {
					b.Fatal(err)
				}
				values = values[:0]
				var r Records
				for r.Begin(&batch, body); ; {
					more, err := r.Next()
					if err != nil {
						b.Fatal(err)
					}
					if !more {
						break
					}
					values = append(values, r.Value)
				}
				if len(values) != records {
					b.Fatal(len(values))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/records, "ns/record")
		})
	}
}
