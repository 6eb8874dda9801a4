package run

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"millrace/flow"
)

// counters are what one instance of a node has done. Its task writes them, once a batch; anybody reads them.
type counters struct {
	node      *flow.Node
	log       *slog.Logger
	in, out   atomic.Int64
	bytes     atomic.Int64 // of state
	most      atomic.Int64 // bytes of state there have been at a time
	busy      atomic.Int64 // nanoseconds; measured where the run is timed
	rows      atomic.Int64 // of state
	spilled   atomic.Int64 // bytes
	watermark atomic.Int64
	bad       atomic.Int64

	mu      sync.Mutex
	dropped map[string]int64
}

func newCounters(n *flow.Node, log *slog.Logger) *counters {
	c := &counters{node: n, log: log, dropped: map[string]int64{}}
	c.watermark.Store(int64(flow.MinTime))
	return c
}

// Dropped counts rows that an operator discards, and tells of the first.
func (c *counters) Dropped(reason string, rows int64) {
	if rows == 0 {
		return
	}
	c.mu.Lock()
	before := c.dropped[reason]
	c.dropped[reason] += rows
	c.mu.Unlock()
	if before == 0 {
		c.log.Warn("rows dropped", "node", c.node.ID, "reason", reason, "rows", rows)
	}
}

// State reports what an operator keeps.
func (c *counters) State(bytes, rows int64) {
	c.bytes.Store(bytes)
	if bytes > c.most.Load() { // by one task at a time
		c.most.Store(bytes)
	}
	c.rows.Store(rows)
}

// Spilled counts bytes written to disk for want of memory, and tells of the first.
func (c *counters) Spilled(bytes int64) {
	if c.spilled.Add(bytes) == bytes {
		c.log.Info("memory_limit is reached: rows go to disk", "node", c.node.ID)
	}
}

func (c *counters) addDropped(into map[string]int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for reason, n := range c.dropped {
		into[reason] += n
	}
}

// Progress is how far a run is.
type Progress struct {
	RowsIn     int64            // that the sources gave
	RowsOut    int64            // that the sinks took
	Dropped    map[string]int64 // by reason
	BadRecords int64            // skipped
	Watermark  flow.Time        // of the sinks, the lowest
	Holder     string           // the split that holds the watermark back; empty: none
	Lag        int64            // records known to be behind the readers; -1: unknown
	Splits     []SplitProgress
	Nodes      []NodeProgress
	Epoch      uint64 // of the newest checkpoint
	Restored   uint64 // the checkpoint that the run went on from; 0: none
	Done       bool   // that checkpoint was the end of the job
	MemBytes   int64  // in Arrow buffers
	StateBytes int64
	Spilled    int64 // bytes written to disk for want of memory
}

// SplitProgress is how far one split is.
type SplitProgress struct {
	Node, ID, Position string
	Lag                int64
	Watermark          flow.Time
	HasTime            bool // it has a watermark
	Idle               bool // and that holds nobody back
}

// NodeProgress is how far one step is, all its instances together.
type NodeProgress struct {
	ID, Name              string
	In, Out               int64
	StateBytes, StateRows int64
	Most                  int64         // bytes of state there have been at a time, of each instance
	Busy                  time.Duration // of all instances together; only of a run that is timed
	Spilled               int64         // bytes
	Watermark             flow.Time     // the lowest
	Dropped               map[string]int64
}

// Progress may be asked at any time.
func (r *Run) Progress() Progress {
	p := Progress{Dropped: map[string]int64{}, Watermark: flow.MaxTime, Epoch: r.epoch.Load(), Restored: r.restored, Done: r.done.Load(), MemBytes: r.mem.used.Load()}
	byNode := map[string]int{}
	for _, t := range r.tasks {
		for i, c := range t.counters {
			at, ok := byNode[c.node.ID]
			if !ok {
				at = len(p.Nodes)
				byNode[c.node.ID] = at
				p.Nodes = append(p.Nodes, NodeProgress{ID: c.node.ID, Name: c.node.Spec.Describe().Name, Watermark: flow.MaxTime, Dropped: map[string]int64{}})
			}
			n := &p.Nodes[at]
			n.In += c.in.Load()
			n.Out += c.out.Load()
			n.StateBytes += c.bytes.Load()
			n.StateRows += c.rows.Load()
			n.Most += c.most.Load()
			n.Busy += time.Duration(c.busy.Load())
			n.Watermark = min(n.Watermark, flow.Time(c.watermark.Load()))
			c.addDropped(n.Dropped)
			p.BadRecords += c.bad.Load()
			p.StateBytes += c.bytes.Load()
			n.Spilled += c.spilled.Load()
			p.Spilled += c.spilled.Load()
			if i == 0 && t.source != nil {
				p.RowsIn += c.out.Load()
			}
			if i == len(t.counters)-1 && t.sink != nil {
				p.RowsOut += c.in.Load()
				p.Watermark = min(p.Watermark, flow.Time(c.watermark.Load()))
			}
		}
		if t.source != nil {
			p.addSplits(t.source)
		}
	}
	p.Holder = holder(p.Splits)
	for _, n := range p.Nodes {
		for reason, rows := range n.Dropped {
			p.Dropped[reason] += rows
		}
	}
	return p
}

func (p *Progress) addSplits(s *sourceTask) {
	s.statusMu.Lock()
	defer s.statusMu.Unlock()
	for _, sp := range s.status {
		p.Splits = append(p.Splits, sp)
		switch {
		case sp.Lag < 0:
			p.Lag = -1
		case p.Lag >= 0:
			p.Lag += sp.Lag
		}
	}
}

// holder names the split that holds the watermark back: the lowest that is neither idle nor at its end; of sources
// with event time, so that not every split is where it began.
func holder(splits []SplitProgress) string {
	name, lowest := "", flow.MaxTime
	for _, sp := range splits {
		if sp.HasTime && !sp.Idle && sp.Watermark < lowest {
			name, lowest = sp.ID, sp.Watermark
		}
	}
	return name
}
