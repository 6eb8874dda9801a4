package run

import (
	"sync"

	"millrace/flow"
)

// edgeCap is how many events an edge holds before its producer stops. One step of a producer may put more.
const edgeCap = 8

// edge carries events from one task to one other, in order.
type edge struct {
	producer, consumer *waker
	port               int // of the consumer's first operator

	mu     sync.Mutex
	events []flow.Event
	head   int

	// The consumer's own, beside the queue.
	watermark flow.Time
	idle      bool
	ended     bool
	held      bool // its barrier came: it is not read until those of the other inputs came too
	epoch     uint64
}

func newEdge(producer, consumer *waker, port int) *edge {
	return &edge{producer: producer, consumer: consumer, port: port, watermark: flow.MinTime}
}

func (e *edge) put(ev flow.Event) {
	e.mu.Lock()
	e.events = append(e.events, ev)
	e.mu.Unlock()
	e.consumer.wake()
}

// take removes the oldest event, if there is one.
func (e *edge) take() (ev flow.Event, ok bool) {
	e.mu.Lock()
	if e.head < len(e.events) {
		ev, ok = e.events[e.head], true
		e.events[e.head] = flow.Event{}
		if e.head++; e.head == len(e.events) {
			e.events, e.head = e.events[:0], 0
		}
	}
	e.mu.Unlock()
	if ok {
		e.producer.wake()
	}
	return ev, ok
}

func (e *edge) len() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.events) - e.head
}

// drain releases what nobody will take.
func (e *edge) drain() {
	for {
		ev, ok := e.take()
		if !ok {
			return
		}
		if ev.Batch != nil {
			ev.Batch.Release()
		}
	}
}

// waker leaves a note for a task that sleeps, or is about to.
type waker struct{ c chan struct{} }

func newWaker() *waker { return &waker{c: make(chan struct{}, 1)} }

func (w *waker) wake() {
	select {
	case w.c <- struct{}{}:
	default:
	}
}
