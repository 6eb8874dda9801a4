package exec

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"millrace/expr"
	"millrace/expr/agg"
	"millrace/flow"
)

// unknowns finds the rows of the left for which NULL leaves open whether they have a match: x IN (query) is NULL, and not
// false, where x is NULL or the query gives a NULL. A pair is unknown when the keys before the null-aware ones are equal,
// the condition is true, no null-aware key is different, and one of them is NULL.
//
// A row of the left whose null-aware keys are all there can only be kept open by the rows of the right that lack one,
// which are few as a rule; any other by every row that is equal in the keys before them.
type unknowns struct {
	j       *hashJoin
	before  int // the number of keys before the null-aware ones
	lacking candidates
	all     candidates

	l, r []int32
	same []bool
}

// candidates is rows of the right, found by the keys before the null-aware ones.
type candidates struct {
	rows  []int32    // nil: all
	n     int        // how many
	index *agg.Index // of rows; nil where there is no such key, or no row
	links []int32
}

func newUnknowns(j *hashJoin) *unknowns {
	u := &unknowns{j: j, before: len(j.RightKeys) - j.NullAware}
	rows := []int32{}
	if j.kept.n > 0 {
		lacks := make([]bool, j.kept.n)
		for _, k := range j.RightKeys[u.before:] {
			col := j.kept.column(k)
			if col.NullN() == 0 {
				continue
			}
			for i := range lacks {
				lacks[i] = lacks[i] || col.IsNull(i)
			}
		}
		for i, lacks := range lacks {
			if lacks {
				rows = append(rows, int32(i))
			}
		}
	}
	u.lacking, u.all = u.candidates(rows), u.candidates(nil)
	return u
}

// candidates files rows of the right; nil: all of them.
func (u *unknowns) candidates(rows []int32) candidates {
	c := candidates{rows: rows, n: len(rows)}
	if rows == nil {
		c.n = u.j.kept.n
	}
	if u.before == 0 || c.n == 0 {
		return c
	}
	var keys []arrow.Array
	for _, k := range u.j.RightKeys[:u.before] {
		a := u.j.kept.column(k)
		if rows != nil {
			a = expr.Take(u.j.kept.mem, a, rows)
			defer a.Release()
		}
		keys = append(keys, a)
	}
	var nullEqual []bool
	if u.j.NullEqual != nil {
		nullEqual = u.j.NullEqual[:u.before]
	}
	c.index = agg.NewIndex(u.j.types[:u.before], nullEqual, keys)
	c.links = c.index.Next()
	return c
}

func (c *candidates) bytes() int64 {
	n := int64(cap(c.rows)) * 4
	if c.index != nil {
		n += c.index.Bytes()
	}
	return n
}

func (u *unknowns) bytes() int64 { return u.lacking.bytes() + u.all.bytes() }

// find notes in the prober which rows of its batch that have no match may have one.
func (u *unknowns) find() error {
	p := u.j.prober
	keys := u.j.keys[u.before:]
	var whole, partial []int32 // rows that have all null-aware keys, and those that do not
	for i := range p.n {
		if p.hit[i] {
			continue
		}
		if slices.ContainsFunc(keys, func(a arrow.Array) bool { return a.IsNull(i) }) {
			partial = append(partial, int32(i))
		} else {
			whole = append(whole, int32(i))
		}
	}
	if err := u.among(whole, &u.lacking); err != nil {
		return err
	}
	return u.among(partial, &u.all)
}

// among looks for candidates of rows of the batch.
func (u *unknowns) among(rows []int32, c *candidates) error {
	if c.n == 0 || len(rows) == 0 {
		return nil
	}
	p := u.j.prober
	heads := noRows(nil, p.n)
	if u.before > 0 {
		heads = c.index.Find(u.j.keys[:u.before], p.n, heads)
	}
	if u.j.NullAware == 1 && p.cond == nil { // one of the two is NULL: that is all it takes
		for _, i := range rows {
			p.unknown[i] = u.before == 0 || heads[i] >= 0
		}
		return nil
	}
	u.l, u.r = u.l[:0], u.r[:0]
	for _, i := range rows {
		if u.before > 0 {
			for at := heads[i]; at >= 0 && !p.unknown[i]; at = c.link(at) {
				if err := u.pair(i, c.row(at)); err != nil {
					return err
				}
			}
			continue
		}
		for at := 0; at < c.n && !p.unknown[i]; at++ {
			if err := u.pair(i, c.row(int32(at))); err != nil {
				return err
			}
		}
	}
	return u.test()
}

func (c *candidates) row(at int32) int32 {
	if c.rows == nil {
		return at
	}
	return c.rows[at]
}

func (c *candidates) link(at int32) int32 {
	if c.links == nil {
		return noRow
	}
	return c.links[at]
}

// pair puts a pair to those that are tested together.
func (u *unknowns) pair(l, r int32) error {
	u.l, u.r = append(u.l, l), append(u.r, r)
	if len(u.l) < flow.BatchRows {
		return nil
	}
	return u.test()
}

// test keeps the pairs in which no null-aware key is different and the condition is true.
func (u *unknowns) test() error {
	p := u.j.prober
	for k := u.before; k < len(u.j.LeftKeys) && len(u.l) > 0; k++ {
		left := expr.Take(p.mem, u.j.keys[k], u.l)
		right := expr.Take(p.mem, u.j.kept.column(u.j.RightKeys[k]), u.r)
		u.same = agg.Same(left, right, u.same)
		n := 0
		for i, same := range u.same {
			u.l[n], u.r[n] = u.l[i], u.r[i]
			if same || left.IsNull(i) || right.IsNull(i) {
				n++
			}
		}
		u.l, u.r = u.l[:n], u.r[:n]
		left.Release()
		right.Release()
	}
	if p.cond != nil && len(u.l) > 0 {
		mask, err := p.cond.eval(p, u.l, u.r)
		if err != nil {
			return err
		}
		p.rows = expr.Select(mask, p.rows[:0])
		mask.Release()
		for _, i := range p.rows {
			p.unknown[u.l[i]] = true
		}
	} else {
		for _, i := range u.l {
			p.unknown[i] = true
		}
	}
	u.l, u.r = u.l[:0], u.r[:0]
	return nil
}
