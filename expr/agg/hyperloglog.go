package agg

import (
	"encoding/binary"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"millrace/sqlerr"
	"millrace/types"
)

var sketchFunctions = []Function{
	{Name: "approx_count_distinct", Doc: "About how many different values there are, NULL not among them, in 4 KiB a group at most: exact up to 256, above it with a standard error of 1.6 %.", Example: "approx_count_distinct(fruit)", ExampleResult: "2", Takes: oneAny, resolve: func(args []types.Type, pos sqlerr.Pos) (Call, bool) {
		if len(args) != 1 {
			return Call{}, false
		}
		return Call{
			Args: []types.Type{known(args[0])}, Result: types.Of(types.Int64), State: []types.Type{types.Of(types.Bytes)},
			New: func(mem memory.Allocator) Accumulator { return &distinctSketch{mem: mem, pos: pos} },
		}, true
	}},
	{Name: "approx_percentile", Doc: "About the value below which that fraction of the values is, in 10 KiB a group at most: what percentile_cont gives up to 500 values, above it with an error of 0.5 % of the rank in the middle and less towards the ends.", Example: "approx_percentile(n, 0.5)", ExampleResult: "2", Fraction: true, Takes: "two arguments: one number, and a constant from 0 to 1 or an array of such", resolveFraction: resolveDigest},
}

const (
	hllBits      = 12 // of a hash choose the register
	hllRegisters = 1 << hllBits
	hllMost      = 64 - hllBits + 1 // the largest rank
	hllHashes    = 256              // so many hashes are kept as they are
)

// distinctSketch is HyperLogLog (Flajolet, Fusy, Gandouet and Meunier, 2007) over the hashes of values, by the estimator
// of Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which needs no table of corrections.
// A group with few values keeps their hashes instead, and counts them. Its state is either, as bytes.
type distinctSketch struct {
	mem    memory.Allocator
	pos    sqlerr.Pos
	groups []hllGroup
	bytes  int64 // of all groups' slices
	hashes []uint64
}

// hllGroup has either of them, or neither.
type hllGroup struct {
	hashes    []uint64 // sorted
	registers []uint8
}

func (s *distinctSketch) Grow(groups int) { s.groups = grown(s.groups, groups) }

func (s *distinctSketch) Update(groups []uint32, args []arrow.Array, sign []int8) error {
	if retracted(sign) {
		return noRetract("approx_count_distinct", s.pos)
	}
	if len(groups) == 0 {
		return nil
	}
	s.hashes = HashColumns(args, s.hashes)
	valid := validity(args[0])
	for i, g := range groups {
		if valid.all() || valid.has(i) {
			s.add(g, s.hashes[i])
		}
	}
	return nil
}

func (s *distinctSketch) add(g uint32, hash uint64) {
	c := &s.groups[g]
	if c.registers != nil {
		c.register(hash)
		return
	}
	at, ok := slices.BinarySearch(c.hashes, hash)
	if ok {
		return
	}
	if len(c.hashes) < hllHashes {
		before := cap(c.hashes)
		c.hashes = slices.Insert(c.hashes, at, hash)
		s.bytes += 8 * int64(cap(c.hashes)-before)
		return
	}
	s.spread(c)
	c.register(hash)
}

// spread turns hashes into registers.
func (s *distinctSketch) spread(c *hllGroup) {
	c.registers = make([]uint8, hllRegisters)
	s.bytes += hllRegisters - 8*int64(cap(c.hashes))
	for _, h := range c.hashes {
		c.register(h)
	}
	c.hashes = nil
}

// register puts a hash in: its first bits choose the register, which keeps the most zeros that followed, and one.
func (c *hllGroup) register(hash uint64) {
	rank := uint8(min(bits.LeadingZeros64(hash<<hllBits)+1, hllMost))
	if r := &c.registers[hash>>(64-hllBits)]; rank > *r {
		*r = rank
	}
}

// estimate is how many values there are.
func (c *hllGroup) estimate() int64 {
	if c.registers == nil {
		return int64(len(c.hashes))
	}
	var with [hllMost + 1]float64 // how many registers have each rank
	for _, r := range c.registers {
		with[r]++
	}
	const m = float64(hllRegisters)
	z := m * hllTau(1-with[hllMost]/m)
	for k := hllMost - 1; k >= 1; k-- {
		z = (z + with[k]) / 2
	}
	z += m * hllSigma(with[0]/m)
	return int64(math.Round(m * m / (2 * math.Ln2 * z)))
}

// hllSigma is what the registers that are empty count.
func hllSigma(x float64) float64 {
	if x == 1 {
		return math.Inf(1)
	}
	for y, z := 1.0, x; ; y += y {
		x *= x
		next := z + x*y
		if next == z {
			return z
		}
		z = next
	}
}

// hllTau is what the registers that are full count.
func hllTau(x float64) float64 {
	if x == 0 || x == 1 {
		return 0
	}
	for y, z := 0.5, 1-x; ; y /= 2 {
		x = math.Sqrt(x)
		next := z - (1-x)*(1-x)*y
		if next == z {
			return z / 3
		}
		z = next
	}
}

func (s *distinctSketch) Merge(groups []uint32, state []arrow.Array) error {
	offs, data := varlen(state[0])
	for i, g := range groups {
		b := data[offs[i]:offs[i+1]]
		c := &s.groups[g]
		if len(b) != hllRegisters {
			for ; len(b) > 0; b = b[8:] {
				s.add(g, binary.LittleEndian.Uint64(b))
			}
			continue
		}
		if c.registers == nil {
			s.spread(c)
		}
		for k, r := range b {
			c.registers[k] = max(c.registers[k], r)
		}
	}
	return nil
}

func (s *distinctSketch) State(groups []uint32) ([]arrow.Array, error) {
	groups = every(groups, len(s.groups))
	b := array.NewBinaryBuilder(s.mem, arrow.BinaryTypes.Binary)
	defer b.Release()
	var enc []byte
	total := int64(0)
	for _, g := range groups {
		c := &s.groups[g]
		enc = append(enc[:0], c.registers...)
		for _, h := range c.hashes {
			enc = binary.LittleEndian.AppendUint64(enc, h)
		}
		if total += int64(len(enc)); total > maxBytes {
			return nil, tooLarge("approx_count_distinct", s.pos)
		}
		b.Append(enc)
	}
	return []arrow.Array{b.NewArray()}, nil
}

func (s *distinctSketch) Result(groups []uint32) (arrow.Array, error) {
	groups = every(groups, len(s.groups))
	return counts(s.mem, groups, func(g uint32) int64 { return s.groups[g].estimate() }), nil
}

func (s *distinctSketch) Bytes() int64 { return sizeOf(s.groups) + s.bytes }

func (s *distinctSketch) Reset() {
	clear(s.groups)
	s.groups, s.bytes = s.groups[:0], 0
}

func (s *distinctSketch) Release() { s.groups, s.hashes = nil, nil }
