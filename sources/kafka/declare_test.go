package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"millrace/internal/kafka"
	"millrace/sqlerr"
	"millrace/types"
)

func TestDeclarationsThatCannotBe(t *testing.T) {
	for _, tc := range []struct {
		options []string
		want    string
	}{
		{[]string{"scan.start", "soon"}, `option "scan.start": "soon" is neither 'earliest', 'latest', a time, nor offsets such as '0:4711,1:9'`},
		{[]string{"scan.start", "group"}, `option "scan.start": "group" is not supported: how far a job has read is in its checkpoints; use 'earliest' or 'latest' for where it begins`},
		{[]string{"scan.start", "0:1,0:2"}, `option "scan.start": "0:1,0:2" names partition 0 twice`},
		{[]string{"scan.start", "0:-1"}, `option "scan.start": "0:-1" is neither 'earliest', 'latest', a time, nor offsets such as '0:4711,1:9'`},
		{[]string{"scan.end", "earliest"}, `option "scan.end": "earliest" is neither 'none', 'latest' nor a time such as '2026-01-31 12:00:00Z'`},
		{[]string{"scan.satrt", "latest"}, `connector "kafka" has no option "scan.satrt"`},
		{[]string{"isolation", "none"}, `option "isolation": "none" is none of 'read_committed', 'read_uncommitted'`},
		{[]string{"on_error", "dead_letter"}, `on_error = 'dead_letter' is not supported`},
		{[]string{"format", "jsno"}, `there is no format "jsno"`},
		{[]string{"sasl.mechanism", "plain"}, `option "sasl.mechanism" needs the option "sasl.username" beside it`},
	} {
		if _, _, err := open(t, table("127.0.0.1:1", tc.options...), false, 0); err == nil || err.Error() != tc.want {
			t.Errorf("%q: %v, want %s", tc.options, err, tc.want)
		}
	}
	tab := table("127.0.0.1:1")
	tab.Columns[2].Type = types.Of(types.Int64)
	if _, _, err := open(t, tab, false, 0); err == nil || err.Error() != `metadata "topic" cannot be a column of type BIGINT` {
		t.Errorf("a topic that is a number gives %v", err)
	}
}

func TestAClusterThatDoesNotAnswerIsAnErrorInSeconds(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for _, addr := range []string{"127.0.0.1:1", silent.Addr().String()} {
		begin := time.Now()
		_, _, err := open(t, table(addr), false, 0)
		var e *sqlerr.Error
		if !errors.As(err, &e) || e.Code != sqlerr.ConnectionFailure || !strings.Contains(e.Message, addr) || e.Hint == "" {
			t.Errorf("%s: %v", addr, err)
		}
		if d := time.Since(begin); d > 8*time.Second {
			t.Errorf("%s: it took %s", addr, d)
		}
	}
}

func TestATopicThatDoesNotExistNamesTheNearest(t *testing.T) {
	_, addr := broker(t, 1)
	_, _, err := open(t, table(addr, "topic", "tt"), false, 0)
	var e *sqlerr.Error
	if !errors.As(err, &e) || !strings.Contains(e.Message, `topic "tt" does not exist`) || e.Hint != `Did you mean "t"?` {
		t.Errorf("%v (%+v)", err, e)
	}
}

func TestOpenCanBeCancelled(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if _, _, err := kafka.Open(cancelled, table(silent.Addr().String())); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Sources are closed with fetches under way, and readers with answers that nobody reads.
func TestClosingInTheMiddle(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	w.numbers(0, 0, 50_000, 5000)
	for i := range 10 {
		s, scan := mustOpen(t, table(addr), false, 0)
		for p := range int32(4) {
			sp := openSplit(t, s, scan, p, "")
			sp.nothingNow()
			if i%2 == 1 && p == 0 {
				expect(t, sp.take(3), "0 1 2")
			}
			if i%3 == 1 {
				sp.r.Close()
			}
		}
		begin := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if d := time.Since(begin); d > 2*time.Second {
			t.Errorf("closing took %s", d)
		}
	}
}

func TestParseStart(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"earliest", "{-2 map[]}"}, {"latest", "{-1 map[]}"},
		{"0:5", "{-2 map[0:5]}"}, {" 3:0 , 11:9", "{-2 map[3:0 11:9]}"},
		{"2026-01-31", "{1769817600000 map[]}"}, {"2026-01-31 00:00:00.0001Z", "{1769817600001 map[]}"}, {"2026-01-31T01:00:00+01:00", "{1769817600000 map[]}"},
	} {
		if got, err := parseStart(tc.in); err != nil || fmt.Sprint(got) != tc.want {
			t.Errorf("%q: %v, %v, want %s", tc.in, got, err, tc.want)
		}
	}
	for _, bad := range []string{"", "0", "0:", ":1", "0:1,", "1969-01-01", "0:1;1:2"} {
		if got, err := parseStart(bad); err == nil {
			t.Errorf("%q: %v", bad, got)
		}
	}
}

// Records that compaction took away leave offsets that nothing is at; a read ends all the same.
func TestABoundedReadEndsThoughItsTailWasCompactedAway(t *testing.T) {
	woken := 0
	p := &partition{next: 10, end: 20, wake: func() { woken++ }}
	p.nothing(15)
	p.nothing(15)
	if woken != 0 {
		t.Error("records may still come")
	}
	p.nothing(20)
	p.deliver(&chunk{next: 12})
	p.take()
	p.nothing(25)
	if c, _ := p.take(); c != nil {
		t.Error("one empty answer is no proof")
	}
	p.nothing(25)
	if c, _ := p.take(); c == nil || c.next != 20 || len(c.records) != 0 {
		t.Errorf("%+v", c)
	}
	if _, ok, ended := p.wants(); ok || !ended {
		t.Error("it is still fetched for")
	}
}

func TestBuffersAreUsedAgain(t *testing.T) {
	var b buffers
	small, large := b.get(100), b.get(1<<20)
	b.put(large)
	b.put(small)
	if got := b.get(bufferStep); &got[0] != &small[0] {
		t.Error("the smallest that fits is taken")
	}
	if got := b.get(bufferStep); &got[0] != &large[0] {
		t.Error("a larger one is taken where no other is left")
	}
	if got := b.get(5); len(got) != 5 || cap(got) != bufferStep {
		t.Errorf("%d of %d", len(got), cap(got))
	}
	b.put(make([]byte, partitionBytes+1)) // too large to keep
	if len(b.free) != 0 {
		t.Error("a huge buffer is kept")
	}
}
