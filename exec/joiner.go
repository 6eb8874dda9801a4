package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// joiner is what the instances of all joins do: they keep the right, take the left through it, and give the rest. Where
// the right does not fit into memory and there are keys, both sides go to disk and are joined a part at a time.
type joiner struct {
	account
	matcher matcher
	prober  *prober
	kept    *keptSide
	disk    *joinDisk // nil: the join cannot be done in parts
	rowSize int64     // bytes that the matcher needs for a row of the right

	built, leftEnded, done bool
}

// matcher is a join's own way to find the rows that belong together.
type matcher interface {
	pairs
	prepare() error              // all of the right is kept
	begin(rec arrow.RecordBatch) // a batch of the left comes
}

// newJoiner keeps columns of the right.
func newJoiner(s shape, tc *flow.TaskContext, columns []int, m matcher) joiner {
	j := joiner{account: account{tc: tc, name: "JOIN"}, matcher: m, kept: newKeptSide(tc.Mem, s.right, columns)}
	j.prober = newProber(s, tc, j.kept)
	j.prober.pairs = m
	return j
}

// Ready holds the left back until the right has ended, and both while there is something to give.
func (j *joiner) Ready(port int) bool { return !j.prober.busy() && (port == 1 || j.built) }

func (j *joiner) Process(port int, b *flow.Batch, out flow.Emitter) error {
	switch {
	case !appendOnly(b.Ops):
		return noUpdates("JOIN")
	case b.Len() == 0:
		return nil
	case port == 1:
		return j.keep(b.Rec)
	case !j.built:
		return early(j.prober.name)
	case j.disk.on():
		return j.disk.addLeft(b.Rec)
	}
	if err := j.prober.drain(out); err != nil {
		return err
	}
	j.matcher.begin(b.Rec)
	_, err := j.prober.work(out)
	return err
}

// keep takes rows of the right.
func (j *joiner) keep(rec arrow.RecordBatch) error {
	if j.disk.on() {
		part := j.kept.columnsOf(rec)
		defer part.Release()
		return j.disk.addRight(part)
	}
	j.kept.add(j.kept.columnsOf(rec))
	fits, err := j.roomForKept()
	if err != nil || fits {
		return err
	}
	return j.disk.begin(j)
}

// roomForKept reserves memory for the rows of the right and what the matcher will make of them.
func (j *joiner) roomForKept() (bool, error) {
	bytes := j.kept.size + j.rowSize*int64(j.kept.n)
	if j.disk == nil {
		return true, j.hold(bytes, int64(j.kept.n))
	}
	return j.fits(bytes, int64(j.kept.n))
}

// ready makes the right what the left is taken through. False: it does not fit into memory.
func (j *joiner) ready() (bool, error) {
	if err := j.kept.finish(j.name); err != nil {
		return false, err
	}
	err := j.matcher.prepare()
	if err != nil && j.disk != nil && isOutOfMemory(err) {
		return false, nil
	}
	return true, err
}

// endRight is called when the right has ended.
func (j *joiner) endRight() error {
	j.built = true
	if j.disk.on() {
		return nil
	}
	fits, err := j.ready()
	if err != nil || fits {
		return err
	}
	return j.disk.begin(j)
}

// Resume goes on with a batch that has more pairs than come out at a time, and at the end with the parts that are on
// disk and the rows of the right.
func (j *joiner) Resume(ended bool, out flow.Emitter) (bool, error) {
	if j.prober.busy() {
		_, err := j.prober.work(out)
		return true, err
	}
	if !ended || j.done || !j.built {
		return false, nil
	}
	var err error
	if j.disk.on() {
		j.done, err = j.disk.step(j, out)
	} else {
		j.done, err = j.prober.finish(out)
	}
	return true, err
}

// Flush gives what is held back to make larger batches.
func (j *joiner) Flush(out flow.Emitter) error { return j.prober.small.flush(out) }

// Watermark holds the output's back until both sides have ended.
func (j *joiner) Watermark(port int, t flow.Time, out flow.Emitter) (flow.Time, error) {
	if t < flow.MaxTime {
		return flow.MinTime, nil
	}
	if port == 1 && !j.built {
		if err := j.endRight(); err != nil {
			return t, err
		}
	}
	j.leftEnded = j.leftEnded || port == 0
	if !j.leftEnded || !j.built {
		return flow.MinTime, nil
	}
	for more := true; more; {
		var err error
		if more, err = j.Resume(true, out); err != nil {
			return t, err
		}
	}
	if err := j.free(); err != nil {
		return t, err
	}
	return t, j.hold(0, 0)
}

// Snapshot fails while the inputs have not ended: over inputs that end there are no checkpoints before that.
func (j *joiner) Snapshot(flow.StateWriter) error {
	if j.leftEnded && j.built {
		return nil
	}
	return noJoinState(j.prober.name)
}

// forget lets go of the right.
func (j *joiner) forget() {
	j.kept.close()
	j.prober.matched, j.prober.next = nil, 0
}

func (j *joiner) free() error {
	j.prober.close()
	j.forget()
	return j.disk.close()
}

func (j *joiner) Close() error {
	err := j.free()
	j.close()
	return err
}
