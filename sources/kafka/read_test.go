package kafka

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/internal/kafka"
	"millrace/sources"
	"millrace/sqlerr"
)

func TestABoundedReadEndsWhereTheTopicEndedWhenItWasOpened(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	for p := range int32(3) { // partition 3 stays empty
		w.numbers(p, 0, 20_000, 700)
	}
	s, scan := mustOpen(t, table(addr), true, 0)
	for p := range int32(3) {
		w.numbers(p, 20_000, 20_010, 10)
	}
	splits, err := s.Splits(ctx)
	if err != nil || fmt.Sprint(splits) != "[{t/0} {t/1} {t/2} {t/3}]" {
		t.Fatalf("%v, %v", splits, err)
	}
	for p := range int32(3) {
		expect(t, openSplit(t, s, scan, p, "").take(all_), numbered(0, 20_000))
	}
	expect(t, openSplit(t, s, scan, 3, "").take(all_), "")
}

// The end may be in the middle of a batch, and any offset may be a place to go on from.
func TestResumeAtAnyOffset(t *testing.T) {
	for codec := kafka.None; codec <= kafka.Zstd; codec++ {
		t.Run(codec.String(), func(t *testing.T) {
			_, addr := broker(t, 1)
			w := newWriter(t, addr)
			w.codec = codec
			w.numbers(1, 0, 100, 7)
			s, scan := mustOpen(t, table(addr), true, 0)
			for from := range 101 {
				sp := openSplit(t, s, scan, 1, sources.Position(fmt.Sprint(from)))
				expect(t, sp.take(all_), numbered(from, 100))
				expect(t, string(sp.r.Position()), "100")
				sp.r.Close()
			}
		})
	}
}

// Whatever Next returns, going on from Position gives each record once.
func TestThePositionIsThatOfWhatWasNotReturned(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 9000, 500)
	w.values(0, `{"a":"x"}`, `{"a":9001}`, `{`, `{"a":9003}`)
	s, scan := mustOpen(t, table(addr), true, 0)
	var got []string
	at := sources.Position("")
	for range 100 {
		sp := openSplit(t, s, scan, 0, at)
		lines, err := sp.next()
		at = sp.r.Position()
		sp.r.Close()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, lines...)
	}
	expect(t, strings.Join(got[9000:], "\n"), "! t/0@9000: field a: \"x\" is not a BIGINT\n9001\n! t/0@9002: "+jsonCutOff+"\n9003")
	expect(t, strings.Join(got[:9000], " "), numbered(0, 9000))
}

// jsonCutOff is what the format says about "{".
const jsonCutOff = "the record ends at byte 1, where a key in quotes must come"

func TestBadRecordsCarryWhatIsKnownOfThem(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	var b kafka.Builder
	b.Add([]byte("key"), []byte(`{"a":"x"}`), 1234)
	w.produce(2, "", kafka.Anonymous, &b)
	s, scan := mustOpen(t, table(addr), true, 0)
	sp := openSplit(t, s, scan, 2, "")
	for {
		_, err := sp.r.Next(ctx)
		var bad *sources.BadRecord
		if errors.As(err, &bad) {
			if bad.Where != "t/2@0" || string(bad.Key) != "key" || string(bad.Value) != `{"a":"x"}` || bad.Time != 1_234_000 {
				t.Errorf("%+v", bad)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		<-sp.woke
	}
}

func TestMetadataColumns(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	var b kafka.Builder
	b.Add([]byte("k"), []byte(`{"a":1,"b":"x"}`), 1000, kafka.Header{Key: []byte("h"), Value: []byte("v")}, kafka.Header{Key: []byte("n")})
	b.Add(nil, []byte(`{"a":2}`), 2500)
	w.produce(3, "", kafka.Anonymous, &b)
	s, scan := mustOpen(t, table(addr), true, 3, 7, 0, 6, 5, 4, 2)
	sp := openSplit(t, s, scan, 3, "")
	expect(t, strings.ReplaceAll(sp.take(2), "1970-01-01 00:00:0", ""),
		`3|{"h":"\\x76","n":null}|1|\x6b|1+00|0|t 3|{}|2|NULL|2.5+00|1|t`)
	s, scan = mustOpen(t, table(addr), true)
	sp = openSplit(t, s, scan, 3, "1")
	expect(t, fmt.Sprintf("%q", sp.take(all_)), `""`) // one row of no columns
	expect(t, string(sp.r.Position()), "2")
}

func TestWhereAReadStarts(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	for p := range int32(4) {
		w.numbers(p, 0, 100, 10) // each at the millisecond of its number
	}
	for _, tc := range []struct {
		start    string
		from     sources.Position
		want     [2]string // of partitions 0 and 1
		wantLast [2]int
	}{
		{"earliest", "", [2]string{"0", "0"}, [2]int{0, 0}},
		{"latest", "", [2]string{"100", "100"}, [2]int{100, 100}},
		{"1970-01-01 00:00:00.042Z", "", [2]string{"42", "42"}, [2]int{42, 42}},
		{"1970-01-01 00:00:00.0415", "", [2]string{"42", "42"}, [2]int{42, 42}},
		{"1970-01-01T00:00:01", "", [2]string{"100", "100"}, [2]int{100, 100}},
		{"0:7", "", [2]string{"7", "0"}, [2]int{7, 0}},
		{"1:99, 0:100", "", [2]string{"100", "99"}, [2]int{100, 99}},
		{"latest", "13", [2]string{"13", "13"}, [2]int{13, 13}},
	} {
		t.Run(tc.start, func(t *testing.T) {
			s, scan := mustOpen(t, table(addr, "scan.start", tc.start), true, 0)
			for p, want := range tc.want {
				sp := openSplit(t, s, scan, int32(p), tc.from)
				expect(t, string(sp.r.Position()), want)
				expect(t, sp.take(all_), numbered(tc.wantLast[p], 100))
			}
		})
	}
}

func TestWhereAReadEnds(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 100, 10)
	for _, tc := range []struct {
		end  string
		want int
	}{{"latest", 100}, {"1970-01-01 00:00:00.042Z", 42}, {"2300-01-01", 100}, {"1970-01-01", 0}} {
		tab := table(addr, "scan.end", tc.end)
		if !new(connector).Bounded(tab) {
			t.Errorf("%s is no end", tc.end)
		}
		s, scan := mustOpen(t, tab, false, 0)
		expect(t, openSplit(t, s, scan, 0, "").take(all_), numbered(0, tc.want))
	}
	if new(connector).Bounded(table(addr)) {
		t.Error("a topic ends by itself")
	}
}

func TestAReaderThatHasNothingIsWoken(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	s, scan := mustOpen(t, table(addr), false, 0)
	sp := openSplit(t, s, scan, 0, "")
	other := openSplit(t, s, scan, 1, "")
	if lag := sp.r.Lag(); lag != -1 {
		t.Errorf("before the first answer the lag is %d", lag)
	}
	sp.nothingNow()
	other.nothingNow()
	<-sp.woke // the broker says that there is nothing
	sp.nothingNow()
	if lag := sp.r.Lag(); lag != 0 {
		t.Errorf("with all records read the lag is %d", lag)
	}
	for i := range 5 {
		w.values(0, fmt.Sprintf(`{"a":%d}`, i))
		expect(t, sp.take(1), fmt.Sprint(i))
		expect(t, string(sp.r.Position()), fmt.Sprint(i+1))
	}
	w.values(1, `{"a":7}`)
	expect(t, other.take(1), "7")
}

func TestALongBacklogIsReadWhileAnotherPartitionIsIdle(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 100_000, 5000)
	s, scan := mustOpen(t, table(addr), false, 0)
	idle := openSplit(t, s, scan, 1, "")
	idle.nothingNow()
	sp := openSplit(t, s, scan, 0, "")
	expect(t, sp.take(100_000), numbered(0, 100_000))
	w.values(1, `{"a":1}`)
	expect(t, idle.take(1), "1")
}

func TestAPartitionThatComesLaterIsReadFromItsStart(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 10, 10)
	for _, restored := range []bool{false, true} {
		t.Run(fmt.Sprintf("restored %t", restored), func(t *testing.T) {
			tab := table(addr, "scan.start", "latest")
			s, scan := mustOpen(t, tab, false, 0)
			last := int32(len(w.topic.Partitions))
			addPartition(t, addr, int(last)+1)
			var err error
			if w.topic, err = w.c.Topic(ctx); err != nil {
				t.Fatal(err)
			}
			w.values(last, `{"a":77}`)
			if restored { // the query was down meanwhile
				s, scan = mustOpen(t, tab, false, 0)
				expect(t, string(openSplit(t, s, scan, 0, "3").r.Position()), "3")
			} else {
				expect(t, string(openSplit(t, s, scan, 0, "").r.Position()), "10")
			}
			splits, err := s.Splits(ctx)
			if err != nil || len(splits) != int(last)+1 {
				t.Fatalf("%v, %v", splits, err)
			}
			expect(t, openSplit(t, s, scan, last, "").take(1), "77")
		})
	}
}

func TestAnOffsetThatIsGoneIsAnError(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 100, 10)
	w.numbers(1, 0, 10, 10)
	deleteRecords(t, addr, 0, 50)
	s, scan := mustOpen(t, table(addr), false, 0)
	for _, tc := range []struct {
		partition int32
		from      sources.Position
		want      string
		detail    string
	}{
		{0, "49", "t/0@49: there is no such offset", "The partition has offsets from 50 to before 100."},
		{1, "11", "t/1@11: there is no such offset", "The partition has offsets from 0 to before 10."},
	} {
		_, err := openSplit(t, s, scan, tc.partition, tc.from).next()
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Message != tc.want || e.Detail != tc.detail || e.Hint == "" {
			t.Errorf("%v (%+v)", err, e)
		}
	}
	expect(t, openSplit(t, s, scan, 0, "50").take(50), numbered(50, 100))
}

func TestALeaderThatMovesLosesNothing(t *testing.T) {
	c, addr := broker(t, 3)
	w := newWriter(t, addr)
	s, scan := mustOpen(t, table(addr), false, 0)
	sp := openSplit(t, s, scan, 0, "")
	for i := range 6 {
		w.numbers(0, 1000*i, 1000*i+500, 100)
		if err := c.MoveTopicPartition("t", 0, int32(i%3)); err != nil {
			t.Fatal(err)
		}
		w.topic.Partitions[0].Leader = int32(i % 3)
		w.numbers(0, 1000*i+500, 1000*i+1000, 100)
		expect(t, sp.take(1000), numbered(1000*i, 1000*i+1000))
	}
}

func TestABrokerThatDropsItsConnections(t *testing.T) {
	c, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 50_000, 1000)
	s, scan := mustOpen(t, table(addr), false, 0)
	sp := openSplit(t, s, scan, 0, "")
	var got strings.Builder
	for range 5 {
		dropNextFetch(c)
		got.WriteString(sp.take(10_000) + " ")
	}
	expect(t, strings.TrimSpace(got.String()), numbered(0, 50_000))
}

// With many partitions each may send little in one fetch; a batch that is larger comes when its partition is the first.
func TestBatchesLargerThanAPartitionsShare(t *testing.T) {
	const partitions = 40
	_, addr := broker(t, 1, kfake.SeedTopics(partitions, "wide"))
	w := newWriter(t, addr, "topic", "wide")
	long := strings.Repeat("x", 900_000)
	for p := range int32(partitions) {
		w.values(p, fmt.Sprintf(`{"a":%d,"b":"%s"}`, p, long))
		w.values(p, fmt.Sprintf(`{"a":%d}`, p))
	}
	s, scan := mustOpen(t, table(addr, "topic", "wide"), true, 0)
	var splits []*split
	for p := range int32(partitions) {
		splits = append(splits, openSplit(t, s, scan, p, ""))
	}
	for _, sp := range splits { // all are asked for at once
		if b, err := sp.r.Next(ctx); b != nil || err != nil {
			t.Fatal(b, err)
		}
	}
	for p, sp := range splits {
		expect(t, sp.take(all_), fmt.Sprintf("%d %d", p, p))
	}
}
