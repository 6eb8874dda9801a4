package tpch

// The streams of random numbers of the specification's generator: each column of each table has one of its own, which
// begins at a fixed seed and takes a fixed number of steps a row. So any row can be made without those before it.

const (
	multiplier = 16807
	modulus    = 1<<31 - 1
)

// stream is a column's random numbers.
type stream struct {
	seed   int64
	perRow int64 // steps a row
	used   int64 // in the row that is being made
}

// newStream is the stream at a row, the first being 0.
func newStream(seed, perRow, row int64) stream {
	return stream{seed: ahead(seed, perRow*row), perRow: perRow}
}

// ahead is the seed after n steps: seed · multiplier^n.
func ahead(seed, n int64) int64 {
	for m := int64(multiplier); n > 0; n >>= 1 {
		if n&1 == 1 {
			seed = seed * m % modulus
		}
		m = m * m % modulus
	}
	return seed
}

// between draws a number from low to high, both included.
func (s *stream) between(low, high int64) int64 {
	s.seed = s.seed * multiplier % modulus
	s.used++
	return low + int64(float64(s.seed)/modulus*float64(high-low+1))
}

// bits draws 31 bits, of which the generator makes a negative number: in 32 bits its range overflows.
func (s *stream) bits() int64 {
	s.seed = s.seed * multiplier % modulus
	s.used++
	return int64(float64(s.seed) / modulus * -(1 << 31))
}

// endRow goes to where the next row begins.
func (s *stream) endRow() {
	s.seed = ahead(s.seed, s.perRow-s.used)
	s.used = 0
}
