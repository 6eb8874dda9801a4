package kafka

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"millrace/sqlerr"
)

// What is waited between attempts: twice as long each time.
const (
	firstDelay = 50 * time.Millisecond
	lastDelay  = 2 * time.Second
)

// How long, and how often in a row, a partition may have no leader that answers before whoever uses it is told; and
// how long the brokers may say that there is no such topic, as they do for a moment while they start.
const (
	giveUpAfter = 5 * time.Minute
	giveUpFails = 10
	goneAfter   = 15 * time.Second
)

// An outage is logged when it has lasted for tellAfter, since leaders move all the time, and then every tellEvery.
const (
	tellAfter = time.Second
	tellEvery = 30 * time.Second
)

// Forever is the wait of a Round that has nothing to do until it is woken.
const Forever = time.Duration(math.MaxInt64)

// Round does one exchange with a broker about some of parts, all of which it leads. It returns how long to sleep before
// the next round if nobody wakes the partitions' goroutine, and the partitions for which the exchange failed in a way
// that may pass: they come back when their leader has been looked up again. What is final it deals with itself.
type Round func(ctx context.Context, broker int32, parts []int32) (wait time.Duration, lost []Lost)

// Lost is a partition that could not be worked on, and why.
type Lost struct {
	Partition int32
	Err       error
}

// Dispatcher has one goroutine a broker do the rounds of the partitions that it leads, and another one find the
// leaders of those that got lost: after a pause that grows with each attempt. Its methods are safe for use by several
// goroutines.
type Dispatcher struct {
	cluster *Cluster
	round   Round
	fail    func(partition int32, err error)
	giveUp  time.Duration
	gone    time.Duration
	ctx     context.Context
	cancel  context.CancelFunc
	done    sync.WaitGroup
	search  chan struct{} // something was lost

	mu      sync.Mutex
	brokers map[int32]*worker
	places  map[int32]*place
	outage  outage
}

// worker is the goroutine of one broker.
type worker struct {
	wake    chan struct{}
	parts   []int32
	changed bool // parts is out of date
}

// place is where a partition is worked on.
type place struct {
	broker int32 // anyBroker: it is being looked for
	fails  int   // in a row
	since  time.Time
	err    error
}

// outage is the time from the first loss of a partition until all are fine again, for the log.
type outage struct {
	since time.Time // zero: there is none
	told  time.Time // when it was logged last
}

// NewDispatcher makes a dispatcher with no partitions. fail is called, from a goroutine of its own, for a partition
// that no leader was found for in minutes: it is then out of the dispatcher.
func NewDispatcher(c *Cluster, round Round, fail func(partition int32, err error)) *Dispatcher {
	d := &Dispatcher{
		cluster: c, round: round, fail: fail, giveUp: giveUpAfter, gone: goneAfter,
		search: make(chan struct{}, 1), brokers: map[int32]*worker{}, places: map[int32]*place{},
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	d.done.Add(1)
	go d.find()
	return d
}

// Close ends all goroutines and returns when they have ended.
func (d *Dispatcher) Close() {
	d.cancel()
	d.done.Wait()
}

// Add has partitions worked on. Those that are given together are there together for the first round.
func (d *Dispatcher) Add(parts ...Partition) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range parts {
		d.places[p.ID] = &place{broker: p.Leader}
		if p.Leader < 0 {
			d.lose(p.ID, fmt.Errorf("partition %d has no leader", p.ID))
		}
	}
	for _, p := range parts {
		if p.Leader >= 0 {
			d.assigned(p.Leader)
		}
	}
}

// Remove has a partition no longer worked on. A round may still be under way.
func (d *Dispatcher) Remove(partition int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p, ok := d.places[partition]
	if !ok {
		return
	}
	delete(d.places, partition)
	if w := d.brokers[p.broker]; w != nil {
		w.changed = true
	}
	d.recovered()
}

// Wake has the next round of a partition's broker begin at once, or right behind the one that is under way.
func (d *Dispatcher) Wake(partition int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if p, ok := d.places[partition]; ok && p.broker >= 0 {
		d.brokers[p.broker].poke()
	}
}

func (w *worker) poke() {
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Fine tells of partitions that a round had a good answer for.
func (d *Dispatcher) Fine(partitions ...int32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.outage.since.IsZero() {
		return
	}
	for _, id := range partitions {
		if p, ok := d.places[id]; ok && p.broker >= 0 {
			p.fails, p.err = 0, nil
		}
	}
	d.recovered()
}

// assigned tells a broker's goroutine, which it starts where there is none, that its partitions are others now.
func (d *Dispatcher) assigned(broker int32) {
	w, ok := d.brokers[broker]
	if !ok {
		w = &worker{wake: make(chan struct{}, 1)}
		d.brokers[broker] = w
		d.done.Add(1)
		go d.work(broker, w)
	}
	w.changed = true
	w.poke()
}

// work does the rounds of one broker.
func (d *Dispatcher) work(broker int32, w *worker) {
	defer d.done.Done()
	defer d.blame()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for d.ctx.Err() == nil {
		select {
		case <-w.wake: // what it is about is seen by the round that begins
		default:
		}
		wait := Forever
		if parts := d.partsOf(broker, w); len(parts) > 0 {
			var lost []Lost
			wait, lost = d.round(d.ctx, broker, parts)
			if d.ctx.Err() == nil {
				d.lost(lost)
			}
		}
		if wait <= 0 {
			continue
		}
		timer.Reset(wait)
		select {
		case <-w.wake:
		case <-timer.C:
		case <-d.ctx.Done():
		}
	}
}

// partsOf lists the partitions that the broker leads. The list is not changed once it was given out.
func (d *Dispatcher) partsOf(broker int32, w *worker) []int32 {
	d.mu.Lock()
	defer d.mu.Unlock()
	if w.changed {
		w.changed = false
		w.parts = nil
		for id, p := range d.places {
			if p.broker == broker {
				w.parts = append(w.parts, id)
			}
		}
		slices.Sort(w.parts)
	}
	return w.parts
}

func (d *Dispatcher) lost(lost []Lost) {
	if len(lost) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, l := range lost {
		d.lose(l.Partition, l.Err)
	}
}

// lose takes a partition away from its broker until it is found again.
func (d *Dispatcher) lose(partition int32, err error) {
	p, ok := d.places[partition]
	if !ok {
		return
	}
	if w := d.brokers[p.broker]; w != nil {
		w.changed = true
	}
	now := time.Now()
	if p.fails == 0 {
		p.since = now
	}
	p.fails++
	p.err = err
	if d.outage.since.IsZero() {
		d.outage = outage{since: now}
	}
	p.broker = anyBroker
	select {
	case d.search <- struct{}{}:
	default:
	}
}

func (d *Dispatcher) reason(err error) string {
	what, _ := explain(err)
	var code Code
	if errors.As(err, &code) {
		what = code.Error()
	}
	return what
}

// recovered ends the outage when all partitions are fine.
func (d *Dispatcher) recovered() {
	if d.outage.since.IsZero() {
		return
	}
	for _, p := range d.places {
		if p.fails > 0 {
			return
		}
	}
	if !d.outage.told.IsZero() {
		slog.Info("kafka: all partitions answer again", "topic", d.cluster.Name, "after", time.Since(d.outage.since).Round(time.Millisecond))
	}
	d.outage = outage{}
}

// tell logs an outage, when it is time to.
func (d *Dispatcher) tell(now time.Time) {
	o := &d.outage
	if o.since.IsZero() || now.Sub(o.since) < tellAfter || now.Sub(o.told) < tellEvery {
		return
	}
	o.told = now
	lost, reason := 0, ""
	for _, p := range d.places {
		if p.fails > 0 {
			lost++
			reason = d.reason(p.err)
		}
	}
	slog.Warn("kafka: partitions have no leader that answers; trying again", "topic", d.cluster.Name, "partitions", lost,
		"for", now.Sub(o.since).Round(time.Second), "brokers", d.cluster.Address(anyBroker), "error", reason)
}

// blame, deferred, makes a panic of a goroutine the failure of all partitions.
func (d *Dispatcher) blame() {
	p := recover()
	if p == nil {
		return
	}
	err := sqlerr.Panic("topic "+d.cluster.Name, p)
	d.mu.Lock()
	lost := slices.Collect(maps.Keys(d.places))
	clear(d.places)
	d.mu.Unlock()
	for _, id := range lost {
		d.fail(id, err)
	}
}

// find looks for the leaders of partitions that got lost.
func (d *Dispatcher) find() {
	defer d.done.Done()
	defer d.blame()
	for {
		select {
		case <-d.search:
		case <-d.ctx.Done():
			return
		}
		for {
			fails, any := d.searched()
			if !any {
				break
			}
			if pause(d.ctx, min(lastDelay, firstDelay<<min(fails-1, 10))) != nil {
				return
			}
			ctx, cancel := context.WithTimeout(d.ctx, openTimeout)
			topic, err := d.cluster.Topic(ctx)
			cancel()
			if d.ctx.Err() != nil {
				return
			}
			d.found(topic, err)
		}
	}
}

// searched tells whether partitions are lost, and how often in a row the luckiest of them has failed.
func (d *Dispatcher) searched() (fails int, any bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	fails = math.MaxInt
	for _, p := range d.places {
		if p.broker < 0 {
			fails, any = min(fails, p.fails), true
		}
	}
	return fails, any
}

// found gives lost partitions to their leaders, and gives up on those that have been lost for too long.
func (d *Dispatcher) found(topic Topic, err error) {
	leaders := map[int32]int32{}
	for _, p := range topic.Partitions {
		leaders[p.ID] = p.Leader
	}
	now := time.Now()
	given := map[int32]error{}
	d.mu.Lock()
	d.tell(now)
	for id, p := range d.places {
		if p.broker >= 0 {
			continue
		}
		leader, known := leaders[id]
		if lost := now.Sub(p.since); p.fails >= giveUpFails && (lost >= d.giveUp || lost >= d.gone && errors.Is(err, ErrNoTopic)) {
			delete(d.places, id)
			given[id] = d.gaveUp(id, p, err)
			continue
		}
		switch {
		case err != nil:
			p.fails++
			p.err = err
		case known && leader >= 0:
			p.broker = leader
			d.assigned(leader)
		default:
			p.fails++
			p.err = fmt.Errorf("partition %d has no leader", id)
		}
	}
	d.mu.Unlock()
	for id, err := range given {
		d.fail(id, err)
	}
}

func (d *Dispatcher) gaveUp(id int32, p *place, err error) error {
	if err == nil {
		err = p.err
	}
	if errors.Is(err, ErrNoTopic) {
		return err
	}
	return sqlerr.New(sqlerr.ConnectionFailure, 0, "partition %s/%d has had no leader that answers for %s: %s", d.cluster.Name, id,
		time.Since(p.since).Round(time.Second), d.reason(err)).WithDetail("Brokers: %s", d.cluster.Address(anyBroker)).Because(err).
		WithHint("Start the job again when the brokers are back: it goes on from its last checkpoint.")
}
