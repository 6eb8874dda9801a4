package agg

import (
	"cmp"
	"encoding/binary"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

func resolveDigest(args []types.Type, f Fractions, pos sqlerr.Pos) (Call, bool) {
	if len(args) != 1 || !args[0].Numeric() {
		return Call{}, false
	}
	t := types.Of(types.Float64)
	return Call{
		Args: []types.Type{t}, Result: f.result(t), State: []types.Type{types.Of(types.Bytes)},
		New: func(mem memory.Allocator) Accumulator { return &digests{mem: mem, pos: pos, fractions: f} },
	}, true
}

const (
	digestExact = 500 // up to so many values are kept as they are
	digestDelta = 200 // about so many clusters stay of more
)

// digests is a merging t-digest for each group (Dunning and Ertl, "Computing extremely accurate quantiles using
// t-digests", 2019), with the scale function k1: clusters of values that are next to each other, small at the ends and
// larger in the middle, each kept as its mean and weight. Its state is the clusters, in order, as bytes.
type digests struct {
	mem       memory.Allocator
	pos       sqlerr.Pos
	fractions Fractions
	groups    []digest
	bytes     int64
}

// digest is the clusters of a group, in order but for those that came last.
type digest struct {
	clusters []cluster
	sorted   int
	min, max float64
}

type cluster struct{ mean, weight float64 }

func (d *digests) Grow(groups int) { d.groups = grown(d.groups, groups) }

func (d *digests) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract("approx_percentile", d.pos)
	}
	valid := validity(args[0])
	vals := values[float64](args[0])
	for i, g := range groups {
		if valid.all() || valid.has(i) {
			d.add(g, cluster{vals[i], 1}, vals[i], vals[i])
		}
	}
	return nil
}

func (d *digests) add(g uint32, c cluster, low, high float64) {
	t := &d.groups[g]
	if len(t.clusters) == 0 {
		t.min, t.max = low, high
	} else {
		if compareFloats(low, t.min) < 0 {
			t.min = low
		}
		if compareFloats(high, t.max) > 0 {
			t.max = high
		}
	}
	before := cap(t.clusters)
	t.clusters = append(t.clusters, c)
	d.bytes += 16 * int64(cap(t.clusters)-before)
	if len(t.clusters) > digestExact {
		t.compress()
	}
}

// compareFloats puts NaN last, as ORDER BY does.
func compareFloats(a, b float64) int {
	switch {
	case a == b || a != a && b != b:
		return 0
	case a < b || b != b:
		return -1
	}
	return 1
}

// sort puts the clusters in order; of equal means the lighter is first, so that the order of arrival does not matter.
func (t *digest) sort() {
	if t.sorted == len(t.clusters) {
		return
	}
	slices.SortFunc(t.clusters, func(a, b cluster) int {
		if c := compareFloats(a.mean, b.mean); c != 0 {
			return c
		}
		return cmp.Compare(a.weight, b.weight)
	})
	t.sorted = len(t.clusters)
}

// compress joins neighbours as long as the joined cluster spans no more than one unit of the scale function.
func (t *digest) compress() {
	t.sort()
	total := t.weight()
	out := t.clusters[:1]
	before := 0.0 // the weight of the clusters in front of the last of out
	limit := digestLimit(0) * total
	for _, c := range t.clusters[1:] {
		last := &out[len(out)-1]
		if !finite(c.mean) && compareFloats(last.mean, c.mean) == 0 {
			last.weight += c.weight
			continue
		}
		if before+last.weight+c.weight <= limit && finite(last.mean) && finite(c.mean) {
			last.weight += c.weight
			last.mean += (c.mean - last.mean) * c.weight / last.weight
			continue
		}
		before += last.weight
		limit = digestLimit(before/total) * total
		out = append(out, c)
	}
	t.clusters, t.sorted = out, len(out)
}

// digestLimit is the fraction at which a cluster that begins at fraction q has to end.
func digestLimit(q float64) float64 {
	k := digestDelta / (2 * math.Pi) * math.Asin(2*q-1)
	angle := (k + 1) * 2 * math.Pi / digestDelta
	if angle >= math.Pi/2 {
		return 1
	}
	return (math.Sin(angle) + 1) / 2
}

func (t *digest) weight() float64 {
	sum := 0.0
	for _, c := range t.clusters {
		sum += c.weight
	}
	return sum
}

// at is the value at a fraction: a cluster of one value stands at its place, others have their mean in their middle, and
// between them it is interpolated.
func (t *digest) at(p float64) float64 {
	switch p {
	case 0:
		return t.min
	case 1:
		return t.max
	}
	place := p * (t.weight() - 1) // counted from 0, as percentile_cont does it
	left, leftAt := t.min, 0.0
	sum := 0.0
	for _, c := range t.clusters {
		at := sum + (c.weight-1)/2
		if place <= at {
			return between(left, c.mean, leftAt, at, place)
		}
		sum += c.weight
		left, leftAt = c.mean, at
	}
	return between(left, t.max, leftAt, sum-1, place)
}

func between(low, high, from, to, place float64) float64 {
	if place >= to || from >= to {
		return high
	}
	if place <= from {
		return low
	}
	return low + (high-low)*((place-from)/(to-from))
}

func (d *digests) Merge(groups []uint32, state []arrow.Array) error {
	offs, data := varlen(state[0])
	for i, g := range groups {
		b := data[offs[i]:offs[i+1]]
		if len(b) == 0 {
			continue
		}
		low, high := float64At(b, 0), float64At(b, 1)
		for b = b[16:]; len(b) > 0; b = b[16:] {
			d.add(g, cluster{float64At(b, 0), float64At(b, 1)}, low, high)
		}
	}
	return nil
}

func float64At(b []byte, i int) float64 {
	return math.Float64frombits(binary.LittleEndian.Uint64(b[8*i:]))
}

func (d *digests) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(d.groups))
	b := array.NewBinaryBuilder(d.mem, arrow.BinaryTypes.Binary)
	defer b.Release()
	var enc []byte
	total := int64(0)
	for _, g := range groups {
		t := &d.groups[g]
		t.sort()
		enc = enc[:0]
		put := func(f float64) { enc = binary.LittleEndian.AppendUint64(enc, math.Float64bits(f)) }
		if len(t.clusters) > 0 {
			put(t.min)
			put(t.max)
		}
		for _, c := range t.clusters {
			put(c.mean)
			put(c.weight)
		}
		if total += int64(len(enc)); total > maxBytes {
			return nil, tooLarge("approx_percentile", d.pos)
		}
		b.Append(enc)
	}
	return []arrow.Array{b.NewArray()}, nil
}

func (d *digests) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(d.groups))
	g := gathered{ends: make([]int32, len(groups))} // an empty run is a group without values
	n := int32(0)
	vals := mustFixed(d.mem, arrow.PrimitiveTypes.Float64, len(groups)*len(d.fractions.Values), func(out []float64, nulls *nullMask) {
		at := 0
		for i, id := range groups {
			t := &d.groups[id]
			t.sort()
			if len(t.clusters) > 0 {
				n++
			}
			g.ends[i] = n
			for _, p := range d.fractions.Values {
				out[at] = 0
				if len(t.clusters) == 0 || p != p {
					nulls.set(at)
				} else {
					out[at] = t.at(p)
				}
				at++
			}
		}
	})
	return d.fractions.fold(d.mem, types.Of(types.Float64), g, vals), nil
}

func (d *digests) Bytes() int64 { return sizeOf(d.groups) + d.bytes }

func (d *digests) Reset() {
	clear(d.groups)
	d.groups, d.bytes = d.groups[:0], 0
}

func (d *digests) Release() { d.groups = nil }
