package agg

import "math/bits"

// Few groups are summed beside their cells: a row's group is then most often that of one a few rows before, and adding to
// a cell has to wait until that row's sum is in memory. Four copies of the sums, taken by turns, do not wait.
const (
	fewGroups = 64   // at most
	manyRows  = 1024 // at least: fewer are not worth it
	laneRows  = 1 << 13
)

// lanes is the four copies.
type lanes [4][fewGroups]struct{ sum, n int64 }

// narrow is the most bits that a value may have so that laneRows of them fit 64.
const narrow = 64 - 13 - 1

// spare reports whether rows of so many groups are summed in lanes.
func spare(rows, groups int) bool { return groups <= fewGroups && rows >= manyRows }

// addFew adds values of 64 bits to few groups. It is not done, and leaves everything to the caller, if a value has more
// than narrow bits.
func (s *sum128) addFew(groups []uint32, words []uint64) (done bool, err error) {
	wide := uint64(0)
	for _, w := range words {
		wide |= w ^ uint64(int64(w)>>63)
	}
	if bits.Len64(wide) > narrow {
		return false, nil
	}
	for len(groups) > 0 {
		n := min(len(groups), laneRows)
		if !s.addLanes(groups[:n], words[:n]) {
			return true, outOfRange(s.name, s.state, s.pos)
		}
		groups, words = groups[n:], words[n:]
	}
	return true, nil
}

// addLanes is false where a sum overflows.
func (s *sum128) addLanes(groups []uint32, words []uint64) bool {
	var l lanes
	words = words[:len(groups)]
	i := 0
	for ; i+4 <= len(groups); i += 4 {
		a, b, c, d := &l[0][groups[i]%fewGroups], &l[1][groups[i+1]%fewGroups], &l[2][groups[i+2]%fewGroups], &l[3][groups[i+3]%fewGroups]
		a.sum += int64(words[i])
		a.n++
		b.sum += int64(words[i+1])
		b.n++
		c.sum += int64(words[i+2])
		c.n++
		d.sum += int64(words[i+3])
		d.n++
	}
	for ; i < len(groups); i++ {
		a := &l[0][groups[i]%fewGroups]
		a.sum += int64(words[i])
		a.n++
	}
	for g := range s.cells {
		c, v, n := &s.cells[g], l[0][g].sum+l[1][g].sum+l[2][g].sum+l[3][g].sum, l[0][g].n+l[1][g].n+l[2][g].n+l[3][g].n
		sum := add128(c.sum, extend(v))
		if overflows(c.sum, extend(v), sum) {
			return false
		}
		c.sum = sum
		c.n += n
	}
	return true
}

// lowWords is the low words of decimals, if they say all: false where a value has more than 64 bits.
func lowWords(vals []word2, low []uint64) bool {
	low = low[:len(vals)]
	wide := uint64(0)
	for i, v := range vals {
		wide |= v.hi ^ uint64(int64(v.lo)>>63)
		low[i] = v.lo
	}
	return wide == 0
}
