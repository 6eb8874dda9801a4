package exec

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
	"millrace/sqlerr"
	"millrace/types"
)

// HashJoin joins by keys that are equal. It keeps the right side, port 1, until that has ended, and then takes the left
// through it, port 0. Several instances have both sides by the hash of their keys, or all of the right each (Broadcast);
// with NullAware keys by the hash of the keys before them, since a NULL among them is compared with every row.
type HashJoin struct {
	Kind                JoinKind
	Left, Right         types.Schema
	LeftKeys, RightKeys []int  // columns of equal types, at least one
	NullEqual           []bool // by key: NULL equals NULL, as in IS NOT DISTINCT FROM; nil: of none
	// NullAware: in a MarkJoin or an AntiJoin, the last so many keys are compared as in x IN (query): where a NULL is
	// compared, a match is unknown.
	NullAware int
	Residual  expr.Expr    // over the columns of Left, then of Right: a pair matches only where it is true; nil: none
	Emit      []int        // what comes out: columns of Left, then of Right, or of the side that is kept alone; of Left and the mark
	Out       types.Schema // of Emit
	Broadcast bool         // each instance has all rows of the right
}

// Describe is the step in words.
func (s HashJoin) Describe() flow.Description {
	on := make([]string, len(s.LeftKeys))
	for i, l := range s.LeftKeys {
		equal := "="
		if s.NullEqual != nil && s.NullEqual[i] {
			equal = "IS NOT DISTINCT FROM"
		}
		on[i] = fmt.Sprintf("%s %s %s", s.Left[l].Name, equal, s.Right[s.RightKeys[i]].Name)
	}
	attrs := []flow.Attr{
		{Key: "kind", Value: strings.ToLower(s.Kind.String())},
		{Key: "on", Value: "[" + strings.Join(on, ", ") + "]"},
	}
	if s.NullAware > 0 {
		attrs = append(attrs, flow.Attr{Key: "null aware", Value: fmt.Sprint(s.NullAware)})
	}
	if s.Residual != nil {
		attrs = append(attrs, flow.Attr{Key: "where", Value: s.Residual.String()})
	}
	return flow.Description{Name: "HashJoin", Attrs: append(attrs, describeEmit(s.Out))}
}

// Open makes an instance.
func (s HashJoin) Open(tc *flow.TaskContext) (flow.Operator, error) {
	sh := shape{name: "HashJoin", kind: s.Kind, left: s.Left, right: s.Right, cond: s.Residual, emit: s.Emit, out: s.Out}
	if err := sh.check(s.Broadcast && tc.Parallelism > 1); err != nil {
		return nil, err
	}
	if err := s.checkKeys(); err != nil {
		return nil, err
	}
	if tc.State != nil {
		return nil, noJoinState("HashJoin")
	}
	j := &hashJoin{HashJoin: s, output: sh.rightColumns()}
	j.joiner = newJoiner(sh, tc, columnsOf(j.output, s.RightKeys), j)
	for _, k := range s.RightKeys {
		j.types = append(j.types, s.Right[k].Type)
	}
	j.rowSize = indexRow
	before := len(s.LeftKeys) - s.NullAware // a NULL of the others goes with every row
	j.disk = newJoinDisk(tc, s.Left, j.kept, s.LeftKeys[:before], s.RightKeys[:before], s.NullEqual)
	return j, nil
}

func (s HashJoin) checkKeys() error {
	ok := len(s.LeftKeys) > 0 && len(s.LeftKeys) == len(s.RightKeys) && s.NullAware <= len(s.LeftKeys) &&
		(s.NullEqual == nil || len(s.NullEqual) == len(s.LeftKeys)) &&
		(s.NullAware == 0 || s.Kind == MarkJoin || s.Kind == AntiJoin)
	for i := 0; ok && i < len(s.LeftKeys); i++ {
		ok = s.Left[s.LeftKeys[i]].Type.Equal(s.Right[s.RightKeys[i]].Type)
	}
	if !ok {
		return sqlerr.New(sqlerr.Internal, 0, "HashJoin: keys %v and %v of %v and %v, NULL equal %v, null aware %d, kind %s do not go together",
			s.LeftKeys, s.RightKeys, s.Left.Names(), s.Right.Names(), s.NullEqual, s.NullAware, s.Kind)
	}
	return nil
}

// columnsOf is the numbers of two lists, each once, those of a first.
func columnsOf(a, b []int) []int {
	out := a[:len(a):len(a)]
	seen := map[int]bool{}
	for _, x := range a {
		seen[x] = true
	}
	for _, x := range b {
		if !seen[x] {
			seen[x] = true
			out = append(out, x)
		}
	}
	return out
}

type hashJoin struct {
	HashJoin
	joiner
	output []int // columns of the right that are needed behind the index
	types  []types.Type
	index  *agg.Index // of the kept side; nil: it has no rows
	links  []int32    // of the index
	nulls  *unknowns  // nil: no key is null-aware

	keys  []arrow.Array
	heads []int32 // the first row of the right for each row of the batch, or noRow
	at    int     // the row of the batch that comes next,
	row   int32   // and the row of the right that it goes on with; noRow: with its first
}

// indexRow is what an index takes for a row, about: of one key that is a word.
const indexRow = 24

// prepare makes the index.
func (j *hashJoin) prepare() error {
	j.index, j.links, j.nulls = nil, nil, nil
	bytes := j.kept.size
	if j.kept.n > 0 {
		j.index = agg.NewIndex(j.types, j.NullEqual, j.rightKeys())
		j.links = j.index.Next()
		bytes += j.index.Bytes()
	}
	if j.NullAware > 0 {
		j.nulls = newUnknowns(j)
		j.prober.late = j.nulls.find
		bytes += j.nulls.bytes()
	}
	if j.Kind.marksRight() {
		j.prober.matched = make([]bool, j.kept.n)
		bytes += int64(j.kept.n)
	}
	j.prober.outer = j.Residual == nil && (j.Kind == LeftJoin || j.Kind == FullJoin || j.Kind == SingleJoin && j.links == nil)
	if err := j.hold(bytes, int64(j.kept.n)); err != nil || j.NullAware > 0 {
		return err
	}
	return j.hold(bytes-j.kept.drop(j.output), int64(j.kept.n))
}

func (j *hashJoin) rightKeys() []arrow.Array {
	var keys []arrow.Array
	for _, k := range j.RightKeys {
		keys = append(keys, j.kept.column(k))
	}
	return keys
}

// begin looks a batch of the left up.
func (j *hashJoin) begin(rec arrow.RecordBatch) {
	p := j.prober
	p.begin(rec)
	j.at, j.row = 0, noRow
	j.keys = j.keys[:0]
	for _, k := range j.LeftKeys {
		j.keys = append(j.keys, rec.Column(k))
	}
	if j.index == nil {
		j.heads = noRows(j.heads, p.n)
	} else {
		j.heads = j.index.Find(j.keys, p.n, j.heads)
	}
	if j.Residual != nil || j.Kind.pairs() {
		return
	}
	j.at = p.n // no pairs are needed
	if p.matched == nil {
		for i, head := range j.heads {
			p.hit[i] = head >= 0
		}
		return
	}
	for _, head := range j.heads {
		if head < 0 || p.matched[head] {
			continue
		}
		for ; head >= 0; head = j.link(head) {
			p.matched[head] = true
		}
	}
}

func noRows(into []int32, n int) []int32 {
	into = into[:0]
	for range n {
		into = append(into, noRow)
	}
	return into
}

func (j *hashJoin) link(row int32) int32 {
	if j.links == nil {
		return noRow
	}
	return j.links[row]
}

// next is the pairs of equal keys.
func (j *hashJoin) next(p *prober, l, r []int32) (_, _ []int32, last bool) {
	if j.links == nil {
		l, r = j.single(p, l, r)
	} else {
		l, r = j.several(p, l, r)
	}
	if j.at < p.n {
		return l, r, false
	}
	return l, r, true
}

// single is next where no key of the right has two rows.
func (j *hashJoin) single(p *prober, l, r []int32) (_, _ []int32) {
	heads := j.heads[j.at:]
	l, r = grown(l, len(heads)), grown(r, len(heads))
	n, from := 0, int32(j.at)
	if p.outer {
		for i, head := range heads {
			l[i], r[i] = from+int32(i), head
		}
		n = len(heads)
	} else {
		for i, head := range heads {
			l[n], r[n] = from+int32(i), head
			n += int(^uint32(head) >> 31) // 1 unless negative
		}
	}
	j.at = p.n
	return l[:n], r[:n]
}

// grown is s with n elements, whatever they hold.
func grown(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n)
	}
	return s[:n]
}

// several is next where keys have several rows.
func (j *hashJoin) several(p *prober, l, r []int32) (_, _ []int32) {
	const most = flow.BatchRows
	l, r = grown(l, most), grown(r, most)
	n, links, at, row := 0, j.links, j.at, j.row
	for ; at < p.n; at++ {
		if row < 0 {
			if row = j.heads[at]; row < 0 {
				if p.outer {
					l[n], r[n] = int32(at), noRow
					if n++; n == most {
						at++
						break
					}
				}
				continue
			}
		}
		for row >= 0 && n < most {
			l[n], r[n] = int32(at), row
			n++
			row = links[row]
		}
		if n == most {
			if row < 0 {
				at++
			}
			break
		}
	}
	j.at, j.row = at, row
	return l[:n], r[:n]
}
