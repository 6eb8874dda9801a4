package exec

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// LoopJoin joins by a condition without a key: it tries every pair. It keeps the right side, port 1, until that has
// ended, and then takes the left through it, port 0. Several instances have all of the right each (Broadcast).
type LoopJoin struct {
	Kind        JoinKind
	Left, Right types.Schema
	On          expr.Expr // over the columns of Left, then of Right; nil: every pair matches
	// NullAware: in a MarkJoin or an AntiJoin, the last so many of the conditions that On is made of by AND leave open
	// whether there is a match where they are NULL, as x IN (query) does.
	NullAware int
	Emit      []int        // as HashJoin has it
	Out       types.Schema // of Emit
	Broadcast bool         // each instance has all rows of the right
}

// Describe is the step in words.
func (s LoopJoin) Describe() flow.Description {
	attrs := []flow.Attr{{Key: "kind", Value: strings.ToLower(s.Kind.String())}}
	if s.On != nil {
		attrs = append(attrs, flow.Attr{Key: "on", Value: s.On.String()})
	}
	if s.NullAware > 0 {
		attrs = append(attrs, flow.Attr{Key: "null aware", Value: fmt.Sprint(s.NullAware)})
	}
	return flow.Description{Name: "LoopJoin", Attrs: append(attrs, describeEmit(s.Out))}
}

// Open makes an instance.
func (s LoopJoin) Open(tc *flow.TaskContext) (flow.Operator, error) {
	sh := shape{name: "LoopJoin", kind: s.Kind, left: s.Left, right: s.Right, cond: s.On, emit: s.Emit, out: s.Out}
	if err := sh.check(s.Broadcast && tc.Parallelism > 1); err != nil {
		return nil, err
	}
	if !s.Broadcast {
		if err := alone("LoopJoin", tc); err != nil {
			return nil, err
		}
	}
	if tc.State != nil {
		return nil, noJoinState("LoopJoin")
	}
	j := &loopJoin{LoopJoin: s}
	j.joiner = newJoiner(sh, tc, sh.rightColumns(), j)
	if s.NullAware > 0 {
		if err := j.splitAware(); err != nil {
			return nil, err
		}
	}
	return j, nil
}

// splitAware takes the condition apart into what must be true and what may be unknown.
func (j *loopJoin) splitAware() error {
	var all []expr.Expr
	if j.On != nil {
		all = expr.Split(j.On)
	}
	at := len(all) - j.NullAware
	if at < 0 || j.Kind != MarkJoin && j.Kind != AntiJoin {
		return sqlerr.New(sqlerr.Internal, 0, "LoopJoin: kind %s with %d conditions, of which the last %d are null-aware", j.Kind, len(all), j.NullAware)
	}
	j.prober.cond = nil
	if at > 0 {
		j.prober.cond = newPairCond(expr.And(all[:at]), j.Left, j.Right)
	}
	j.prober.aware = newPairCond(expr.And(all[at:]), j.Left, j.Right)
	return nil
}

type loopJoin struct {
	LoopJoin
	joiner
	at, row int // the pair that comes next
}

// prepare gets ready for the left.
func (j *loopJoin) prepare() error {
	if j.Kind.marksRight() {
		j.prober.matched = make([]bool, j.kept.n)
	}
	return j.hold(j.kept.size+int64(len(j.prober.matched)), int64(j.kept.n))
}

// begin starts over with a batch of the left. Where every pair matches and no pairs come out, none are made.
func (j *loopJoin) begin(rec arrow.RecordBatch) {
	p := j.prober
	p.begin(rec)
	j.at, j.row = 0, 0
	if j.On != nil || j.Kind.pairs() {
		return
	}
	j.at = p.n
	for i := range p.hit {
		p.hit[i] = j.kept.n > 0
	}
	for i := range p.matched {
		p.matched[i] = true
	}
}

// next is every pair, row by row of the left; not more of those of a row of which enough is known.
func (j *loopJoin) next(p *prober, l, r []int32) (_, _ []int32, last bool) {
	const most = flow.BatchRows
	m := j.kept.n
	if m == 0 {
		return l, r, true
	}
	for j.at < p.n && len(l) < most {
		if j.Kind.marksLeft() && p.hit[j.at] {
			j.at, j.row = j.at+1, 0
			continue
		}
		for to := min(m, j.row+most-len(l)); j.row < to; j.row++ {
			l, r = append(l, int32(j.at)), append(r, int32(j.row))
		}
		if j.row == m {
			j.at, j.row = j.at+1, 0
		}
	}
	return l, r, j.at == p.n
}
