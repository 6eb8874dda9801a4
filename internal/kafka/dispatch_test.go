package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"millrace/sqlerr"
)

const patience = 20 * time.Second

// rounds records what a dispatcher does, and does what the test says.
type rounds struct {
	t     *testing.T
	calls chan call
	fails chan error
	d     *Dispatcher
}

// call is a round under way, which ends when it is answered.
type call struct {
	broker int32
	parts  []int32
	answer chan answered
}

type answered struct {
	wait time.Duration
	lost []Lost
}

func (c call) end(wait time.Duration, lost ...Lost) { c.answer <- answered{wait, lost} }

func newRounds(t *testing.T, c *Cluster) *rounds {
	r := &rounds{t: t, calls: make(chan call), fails: make(chan error, 10)}
	r.d = NewDispatcher(c, r.round, func(_ int32, err error) { r.fails <- err })
	t.Cleanup(r.d.Close)
	return r
}

func (r *rounds) round(ctx context.Context, broker int32, parts []int32) (time.Duration, []Lost) {
	c := call{broker, slices.Clone(parts), make(chan answered)}
	select {
	case r.calls <- c:
		select {
		case a := <-c.answer:
			return a.wait, a.lost
		case <-ctx.Done():
		}
	case <-ctx.Done():
	}
	return 0, nil
}

func (r *rounds) next() call {
	r.t.Helper()
	select {
	case c := <-r.calls:
		return c
	case <-time.After(patience):
		r.t.Fatal("no round came")
	}
	panic("not reached")
}

// none checks that no round comes where nothing has to be done: it gives one the time to.
func (r *rounds) none() {
	r.t.Helper()
	select {
	case c := <-r.calls:
		r.t.Fatalf("a round of broker %d about %v came", c.broker, c.parts)
	case <-time.After(50 * time.Millisecond):
	}
}

func TestEachBrokerDoesTheRoundsOfItsPartitions(t *testing.T) {
	fc, brokers := fake(t, kfake.NumBrokers(2))
	for p := range int32(4) {
		if err := fc.MoveTopicPartition("t", p, p%2); err != nil {
			t.Fatal(err)
		}
	}
	c, topic := mustOpen(t, table(brokers))
	r := newRounds(t, c)
	r.d.Add(topic.Partitions...)
	a, b := r.next(), r.next()
	if a.broker > b.broker {
		a, b = b, a
	}
	if fmt.Sprint(a.broker, a.parts, b.broker, b.parts) != "0 [0 2] 1 [1 3]" {
		t.Fatalf("broker %d about %v, broker %d about %v", a.broker, a.parts, b.broker, b.parts)
	}
	a.end(Forever)
	b.end(0)
	if again := r.next(); again.broker != 1 {
		t.Errorf("broker %d goes on", again.broker)
	} else {
		again.end(Forever)
	}
	r.none()
	r.d.Remove(0)
	r.d.Wake(2)
	woken := r.next()
	if fmt.Sprint(woken.broker, woken.parts) != "0 [2]" {
		t.Errorf("broker %d about %v was woken", woken.broker, woken.parts)
	}
	r.d.Wake(2) // while the round is under way: there is one more
	woken.end(Forever)
	r.next().end(time.Millisecond)
	r.next().end(Forever) // time has passed
	r.none()
}

func TestALostPartitionGoesToItsNewLeader(t *testing.T) {
	fc, brokers := fake(t, kfake.NumBrokers(2))
	c, topic := mustOpen(t, table(brokers))
	one := topic.Partitions[0]
	r := newRounds(t, c)
	r.d.Add(one)
	first := r.next()
	if err := fc.MoveTopicPartition("t", one.ID, 1-one.Leader); err != nil {
		t.Fatal(err)
	}
	first.end(0, Lost{one.ID, Code(6)})
	moved := r.next()
	if moved.broker != 1-one.Leader || fmt.Sprint(moved.parts) != "[0]" {
		t.Errorf("broker %d about %v", moved.broker, moved.parts)
	}
	r.d.Fine(one.ID)
	if !r.d.outage.since.IsZero() {
		t.Error("the outage has not ended")
	}
	moved.end(0, Lost{one.ID, errors.New("the connection broke")})
	r.next().end(Forever)
}

func TestAPartitionIsGivenUpWhenNoLeaderAnswersForLong(t *testing.T) {
	_, brokers := fake(t)
	c, topic := mustOpen(t, table(brokers))
	r := newRounds(t, c)
	r.d.mu.Lock()
	r.d.giveUp = 0
	r.d.mu.Unlock()
	r.d.Add(topic.Partitions[3])
	for {
		select {
		case call := <-r.calls:
			call.end(0, Lost{3, errors.New("the disk is full")})
			continue
		case err := <-r.fails:
			var e *sqlerr.Error
			if !errors.As(err, &e) || e.Code != sqlerr.ConnectionFailure || !strings.Contains(e.Message, "partition t/3") ||
				!strings.Contains(e.Message, "the disk is full") || !strings.Contains(e.Detail, brokers) || e.Hint == "" {
				t.Errorf("%+v", e)
			}
		case <-time.After(2 * patience):
			t.Error("it is never given up")
		}
		return
	}
}

func TestATopicThatWasDeletedIsAnError(t *testing.T) {
	fc, brokers := fake(t)
	c, topic := mustOpen(t, table(brokers))
	r := newRounds(t, c)
	r.d.mu.Lock()
	r.d.gone = 0
	r.d.mu.Unlock()
	r.d.Add(topic.Partitions[0])
	first := r.next()
	if err := fc.DeleteTopic("t"); err != nil {
		t.Fatal(err)
	}
	first.end(0, Lost{0, UnknownTopic})
	select {
	case err := <-r.fails:
		if !errors.Is(err, ErrNoTopic) {
			t.Error(err)
		}
	case <-time.After(2 * patience):
		t.Error("it is never given up")
	}
}
