package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"

	"millrace/internal/kafka"
	"millrace/sqlerr"
)

// What is held back before it is sent. Brokers take batches of up to a megabyte unless told otherwise; Write waits
// where more than heldMax bytes of records have not been taken.
const (
	batchBytes = 512 << 10
	batchLeast = 4 << 10
	heldMax    = 16 << 20
	ackTimeout = 30 * time.Second
)

// settings are what the table's options say about sending.
type settings struct {
	codec  kafka.Codec
	linger time.Duration
	first  int // where the round of partitions for rows without a key begins
}

// outbox collects records by partition and has them sent: at most one batch of a partition is under way, so that
// their order stays.
type outbox struct {
	settings
	cluster *kafka.Cluster
	send    *kafka.Dispatcher

	mu      sync.Mutex
	queues  []*queue // of the partitions, by id
	sticky  int      // where rows without a key go
	limit   int      // of bytes in a batch; less than batchBytes where a broker would not take so many
	held    int      // bytes in all queues
	flushed bool     // nothing may linger
	spare   []*kafka.Builder
	turn    int // the partition that is first in the next request, so that all come to their turn
	changed chan struct{}
	err     error // of the first record that could not be written
}

// queue is what waits for one partition, in order: the batch under way, those that are full, and the one that is
// being filled.
type queue struct {
	id      int32
	sending *batch // nil: none
	full    []*kafka.Builder
	open    *kafka.Builder
	since   time.Time // when the first record came into open
	memory  []byte    // for the next batch, encoded
}

// batch is a batch as it is sent.
type batch struct {
	records *kafka.Builder
	encoded []byte
	shared  bool // a request that failed may still be reading encoded
}

func newOutbox(c *kafka.Cluster, parts []kafka.Partition, s settings) *outbox {
	o := &outbox{settings: s, cluster: c, limit: batchBytes, changed: make(chan struct{}), sticky: s.first % len(parts)}
	for _, p := range parts {
		o.queues = append(o.queues, &queue{id: p.ID, open: &kafka.Builder{}})
	}
	r := &rounds{outbox: o, deflaters: map[int32]*kafka.Deflater{}}
	o.send = kafka.NewDispatcher(c, r.round, func(_ int32, err error) { o.fail(err) })
	o.send.Add(parts...)
	return o
}

// records are the records of some rows. Value i is values[ends[i-1]:ends[i]].
type records struct {
	values []byte
	ends   []int
	keys   [][]byte         // nil: none has one
	times  *array.Timestamp // nil: all have now
	now    int64            // milliseconds since the epoch
}

// time is that of record i in milliseconds since the epoch.
func (r *records) time(i int) int64 {
	if r.times == nil || r.times.IsNull(i) {
		return r.now
	}
	micros := int64(r.times.Value(i))
	ms := micros / 1000
	if micros%1000 < 0 {
		ms--
	}
	return ms
}

// add takes records over, when there is room for them.
func (o *outbox) add(ctx context.Context, r *records) error {
	if err := o.wait(ctx, func() bool { return o.held < heldMax }); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	from := 0
	for i, end := range r.ends {
		ms := r.time(i)
		if ms < 0 {
			return sqlerr.New(sqlerr.DatetimeOverflow, 0, "a record's time is before 1970, which Kafka does not have")
		}
		var key []byte
		if r.keys != nil {
			key = r.keys[i]
		}
		at := o.sticky
		if key != nil {
			at = kafka.PartitionOf(key, len(o.queues))
		}
		o.put(o.queues[at], key, r.values[from:end], ms)
		from = end
	}
	if o.held >= heldMax {
		o.wakeAll() // the next call waits for room, so that nothing may linger
	}
	return nil
}

// wakeAll has all that is held sent, where it may not linger any more.
func (o *outbox) wakeAll() {
	for _, q := range o.queues {
		if q.open.Count() > 0 {
			o.send.Wake(q.id)
		}
	}
}

// put appends a record to a queue.
func (o *outbox) put(q *queue, key, value []byte, ms int64) {
	if q.open.Count() == 0 {
		q.since = time.Now()
		o.send.Wake(q.id) // it has to know when the record has lingered long enough
	}
	before := q.open.Size()
	q.open.Add(key, value, ms)
	o.held += q.open.Size() - before
	if q.open.Size() >= o.limit {
		o.seal(q)
		o.send.Wake(q.id)
	}
}

// seal ends the batch that is being filled. Rows without a key go on with the next partition.
func (o *outbox) seal(q *queue) {
	q.full = append(q.full, q.open)
	q.open = &kafka.Builder{}
	if n := len(o.spare); n > 0 {
		q.open, o.spare = o.spare[n-1], o.spare[:n-1]
	}
	if o.queues[o.sticky] == q {
		o.sticky = (o.sticky + 1) % len(o.queues)
	}
}

// wait returns when until, which is called under the lock, is true.
func (o *outbox) wait(ctx context.Context, until func() bool) error {
	for {
		o.mu.Lock()
		err, ok, changed := o.err, until(), o.changed
		o.mu.Unlock()
		if err != nil || ok {
			return err
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// notify tells those that wait; under the lock.
func (o *outbox) notify() {
	close(o.changed)
	o.changed = make(chan struct{})
}

// flush sends all that is held, and returns when it has been taken.
func (o *outbox) flush(ctx context.Context) error {
	o.mu.Lock()
	o.flushed = true
	o.wakeAll()
	o.mu.Unlock()
	err := o.wait(ctx, func() bool { return o.held == 0 })
	o.mu.Lock()
	o.flushed = false
	o.mu.Unlock()
	return err
}

// fail keeps the first error, for whoever writes next.
func (o *outbox) fail(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err == nil {
		o.err = err
	}
	o.notify()
}

func (o *outbox) close() {
	o.send.Close()
	o.cluster.Close()
}

// take finds the next batch of a queue that has to be sent; wait says when there may be one otherwise.
func (o *outbox) take(q *queue, now time.Time) (b *batch, wait time.Duration) {
	if q.sending != nil {
		return q.sending, 0
	}
	if len(q.full) == 0 {
		if q.open.Count() == 0 {
			return nil, kafka.Forever
		}
		if left := o.linger - now.Sub(q.since); left > 0 && !o.flushed && o.held < heldMax {
			return nil, left
		}
		o.seal(q)
	}
	q.sending = &batch{records: q.full[0]}
	q.full = q.full[1:]
	return q.sending, 0
}

// sent is what becomes of a batch for which a broker has answered. It returns why it has to be sent again.
func (o *outbox) sent(q *queue, p kafka.Produced) (lost error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	b := q.sending
	switch {
	case p.Code == 0:
		q.sending = nil
		if !b.shared {
			q.memory = b.encoded
		}
		o.held -= b.records.Size()
		if len(o.spare) < len(o.queues) {
			b.records.Reset()
			o.spare = append(o.spare, b.records)
		}
		o.notify()
		return nil
	case p.Code.Passing():
		return p.Code
	case p.Code == kafka.RecordTooLarge && b.records.Count() > 1:
		o.split(q)
		return nil
	}
	if o.err == nil {
		o.err = o.refused(q, p)
	}
	o.notify()
	return nil
}

// split sends in halves what is too large for the broker.
func (o *outbox) split(q *queue) {
	first := q.sending.records
	o.held -= first.Size()
	o.limit = max(batchLeast, min(o.limit, first.Size()/2))
	second := first.Split()
	o.held += first.Size() + second.Size()
	q.sending = &batch{records: first}
	q.full = append([]*kafka.Builder{second}, q.full...)
}

func (o *outbox) refused(q *queue, p kafka.Produced) error {
	err := kafka.Refused(o.cluster.Name, q.id, "write", p.Code)
	if p.Message != "" {
		err = err.WithDetail("%s", p.Message)
	}
	if p.Code == kafka.RecordTooLarge {
		err = err.WithDetail("A record of %d bytes is more than the topic takes.", q.sending.records.Size()).
			WithHint("Raise max.message.bytes of the topic, or set the option compression.")
	}
	return err
}

func (o *outbox) queue(id int32) *queue {
	for _, q := range o.queues {
		if q.id == id {
			return q
		}
	}
	panic(fmt.Sprintf("kafka: a partition %d that was not there when the topic was opened", id))
}

// rounds sends batches to brokers: one request to each at a time.
type rounds struct {
	*outbox
	mu        sync.Mutex
	deflaters map[int32]*kafka.Deflater // one a broker's goroutine
}

func (r *rounds) deflater(broker int32) *kafka.Deflater {
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.deflaters[broker]
	if d == nil {
		d = &kafka.Deflater{}
		r.deflaters[broker] = d
	}
	return d
}

// requestBytes is what one request has about at most.
const requestBytes = 8 << 20

// round is a kafka.Round: it sends the next batch of each of some partitions.
func (r *rounds) round(ctx context.Context, broker int32, parts []int32) (time.Duration, []kafka.Lost) {
	o := r.outbox
	sending, wait := r.next(parts)
	if len(sending) == 0 {
		return wait, nil
	}
	request := make([]kafka.ProducePart, len(sending))
	for i, q := range sending {
		b := q.sending // the queue is ours until the round ends
		if b.encoded == nil {
			var err error
			if b.encoded, err = b.records.Append(q.memory[:0], o.codec, r.deflater(broker), kafka.Anonymous); err != nil {
				o.fail(err)
				return kafka.Forever, nil
			}
			q.memory = nil
		}
		request[i] = kafka.ProducePart{ID: q.id, Batch: b.encoded}
	}
	answers, err := o.cluster.Produce(ctx, broker, "", request, ackTimeout)
	return 0, o.answered(sending, answers, err)
}

// next takes the next batch of each of some partitions; wait says when there may be one where there is none.
func (o *outbox) next(parts []int32) (sending []*queue, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	wait = kafka.Forever
	if o.err != nil {
		return nil, wait
	}
	now, size := time.Now(), 0
	o.turn++
	for i := range parts {
		q := o.queue(parts[(i+o.turn)%len(parts)])
		b, left := o.take(q, now)
		if b == nil {
			wait = min(wait, left)
			continue
		}
		sending = append(sending, q)
		if size += b.records.Size(); size >= requestBytes {
			break
		}
	}
	return sending, wait
}

// answered deals with the answer to a request.
func (o *outbox) answered(sending []*queue, answers []kafka.Produced, err error) (lost []kafka.Lost) {
	byID := make(map[int32]kafka.Produced, len(answers))
	for _, a := range answers {
		byID[a.ID] = a
	}
	var fine []int32
	for _, q := range sending {
		why := err
		if why == nil {
			if a, ok := byID[q.id]; ok {
				why = o.sent(q, a)
			} else {
				why = errors.New("the broker did not answer about the partition")
			}
		} else {
			q.sending.shared = true
		}
		if why != nil {
			lost = append(lost, kafka.Lost{Partition: q.id, Err: why})
		} else {
			fine = append(fine, q.id)
		}
	}
	o.send.Fine(fine...)
	return lost
}
