package exec

import (
	"github.com/apache/arrow-go/v18/arrow"

	"millrace/flow"
)

// joiner is what the instances of all joins do: they keep the right, take the left through it, and give the rest.
type joiner struct {
	account
	matcher matcher
	prober  *prober
	kept    *keptSide

	built, leftEnded, done bool
}

// matcher is a join's own way to find the rows that belong together.
type matcher interface {
	pairs
	prepare() error              // the right has ended
	begin(rec arrow.RecordBatch) // a batch of the left comes
}

// newJoiner keeps columns of the right.
func newJoiner(s shape, tc *flow.TaskContext, columns []int, m matcher) joiner {
	j := joiner{account: account{tc: tc, name: "JOIN"}, matcher: m, kept: newKeptSide(tc.Mem, len(s.right), columns)}
	j.prober = newProber(s, tc, j.kept)
	j.prober.pairs = m
	return j
}

// Ready holds the left back until the right has ended, and both while there is something to give.
func (j *joiner) Ready(port int) bool { return !j.prober.busy() && (port == 1 || j.built) }

func (j *joiner) Process(port int, b *flow.Batch, out flow.Emitter) error {
	if !appendOnly(b.Ops) {
		return noUpdates("JOIN")
	}
	if port == 1 {
		j.kept.add(b.Rec)
		return j.hold(j.kept.size, int64(j.kept.n))
	}
	if !j.built {
		return early(j.prober.name)
	}
	if err := j.prober.drain(out); err != nil || b.Len() == 0 {
		return err
	}
	j.matcher.begin(b.Rec)
	_, err := j.prober.work(out)
	return err
}

// Resume goes on with a batch that has more pairs than come out at a time, and at the end with the rows of the right.
func (j *joiner) Resume(ended bool, out flow.Emitter) (bool, error) {
	if j.prober.busy() {
		_, err := j.prober.work(out)
		return true, err
	}
	if !ended || j.done || !j.built {
		return false, nil
	}
	done, err := j.prober.finish(out)
	j.done = done
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
		if err := j.kept.finish(j.name); err != nil {
			return t, err
		}
		j.built = true
		if err := j.matcher.prepare(); err != nil {
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
	j.free()
	return t, j.hold(0, 0)
}

// Snapshot fails: over inputs that end there are no checkpoints.
func (j *joiner) Snapshot(flow.StateWriter) error { return noJoinState(j.prober.name) }

func (j *joiner) free() {
	j.prober.close()
	j.kept.close()
	j.prober.matched = nil
}

func (j *joiner) Close() error {
	j.free()
	j.close()
	return nil
}
