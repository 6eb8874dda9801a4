package kafka

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	kafkago "github.com/segmentio/kafka-go"

	"millrace/internal/kafka"
)

// transactions is a transactional producer.
type transactions struct {
	t  testing.TB
	w  *writer
	c  *kafkago.Client
	id string
	p  kafka.Producer
	no map[int32]int32 // the next sequence, by partition
}

func newTransactions(t testing.TB, w *writer, brokers, id string) *transactions {
	t.Helper()
	tr := &kafkago.Transport{}
	t.Cleanup(tr.CloseIdleConnections)
	x := &transactions{t: t, w: w, id: id, no: map[int32]int32{}, c: &kafkago.Client{Addr: kafkago.TCP(strings.Split(brokers, ",")...), Transport: tr}}
	for {
		r, err := x.c.InitProducerID(ctx, &kafkago.InitProducerIDRequest{TransactionalID: id, TransactionTimeoutMs: 60_000, ProducerID: -1, ProducerEpoch: -1})
		if err != nil {
			t.Fatal(err)
		}
		var code kafkago.Error
		if errors.As(r.Error, &code) && code.Temporary() { // a real cluster makes its coordinator when it is first asked
			continue
		}
		if r.Error != nil {
			t.Fatal(r.Error)
		}
		x.p = kafka.Producer{ID: int64(r.Producer.ProducerID), Epoch: int16(r.Producer.ProducerEpoch), Transactional: true}
		return x
	}
}

// write adds records {"a":n} to the open transaction.
func (x *transactions) write(partition int32, numbers ...int) {
	x.t.Helper()
	for {
		r, err := x.c.AddPartitionsToTxn(ctx, &kafkago.AddPartitionsToTxnRequest{
			TransactionalID: x.id, ProducerID: int(x.p.ID), ProducerEpoch: int(x.p.Epoch),
			Topics: map[string][]kafkago.AddPartitionToTxn{x.w.c.Name: {{Partition: int(partition)}}},
		})
		if err != nil {
			x.t.Fatal(err)
		}
		err = r.Topics[x.w.c.Name][0].Error
		if errors.Is(err, kafkago.ConcurrentTransactions) { // the last one is still being ended
			continue
		}
		if err != nil {
			x.t.Fatal(err)
		}
		break
	}
	var b kafka.Builder
	for _, n := range numbers {
		b.Add(nil, fmt.Appendf(nil, `{"a":%d}`, n), x.w.base+1000)
	}
	x.p.Sequence = x.no[partition]
	x.w.produce(partition, x.id, x.p, &b)
	x.no[partition] += int32(len(numbers))
}

func (x *transactions) end(commit bool) {
	x.t.Helper()
	r, err := x.c.EndTxn(ctx, &kafkago.EndTxnRequest{TransactionalID: x.id, ProducerID: int(x.p.ID), ProducerEpoch: int(x.p.Epoch), Committed: commit})
	if err != nil || r.Error != nil {
		x.t.Fatal(err, r)
	}
}

func TestAbortedTransactionsAreLeftOut(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	one, two := newTransactions(t, w, addr, "one"), newTransactions(t, w, addr, "two")
	one.write(0, 1, 2)
	two.write(0, 3)
	w.values(0, `{"a":4}`)
	one.end(false)
	one.write(0, 5)
	two.write(0, 6, 7)
	two.end(true)
	one.end(true)
	two.write(0, 8, 9)
	two.write(1, 10)
	two.end(false) // the tail is an aborted transaction with its marker

	s, scan := mustOpen(t, table(addr), true, 0)
	sp := openSplit(t, s, scan, 0, "")
	expect(t, sp.take(all_), "3 4 5 6 7")
	expect(t, string(sp.r.Position()), "13") // nine records and four markers
	expect(t, openSplit(t, s, scan, 1, "").take(all_), "")
	expect(t, openSplit(t, s, scan, 0, "3").take(all_), "4 5 6 7")

	s, scan = mustOpen(t, table(addr, "isolation", "read_uncommitted"), true, 0)
	expect(t, openSplit(t, s, scan, 0, "").take(all_), "1 2 3 4 5 6 7 8 9")
	expect(t, openSplit(t, s, scan, 1, "").take(all_), "10")
}

func TestAnOpenTransactionIsWaitedFor(t *testing.T) {
	_, addr := broker(t, 1)
	w := newWriter(t, addr)
	x := newTransactions(t, w, addr, "x")
	w.values(0, `{"a":1}`)
	x.write(0, 2)
	w.values(0, `{"a":3}`)

	bounded, boundedScan := mustOpen(t, table(addr), true, 0) // it ends before the transaction
	expect(t, openSplit(t, bounded, boundedScan, 0, "").take(all_), "1")

	s, scan := mustOpen(t, table(addr), false, 0)
	sp := openSplit(t, s, scan, 0, "")
	expect(t, sp.take(1), "1")
	if lag := sp.r.Lag(); lag != 0 {
		t.Errorf("before an open transaction the lag is %d", lag)
	}
	x.end(true)
	expect(t, sp.take(2), "2 3")
	for sp.r.Position() != "4" { // the marker counts as read too
		sp.nothingNow()
		<-sp.woke
	}
	x.write(0, 5)
	x.end(false)
	w.values(0, `{"a":6}`)
	expect(t, sp.take(1), "6")
}
