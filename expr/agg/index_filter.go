package agg

// keyFilter has a bit for each value from the least key to the greatest. Rows that have no match, which in many joins
// are nearly all, are left out by it without a hash, a slot that is far away, and a branch that nobody can predict.
type keyFilter struct {
	least, span uint64
	bits        []uint64 // that of value least+span+1 stands for all values beyond; nil: there is no filter

	seen, passed int // rows
}

const (
	// filterSpan is how many bits a key may have: half of what it has in a hash table.
	filterSpan = 64
	// filterRows is how many rows are looked at before a filter that most of them pass is given up.
	filterRows = 1 << 14
)

func newKeyFilter(least, span uint64, keys int) keyFilter {
	if span >= filterSpan*uint64(keys) {
		return keyFilter{}
	}
	return keyFilter{least: least, span: span, bits: make([]uint64, (span+1)/64+1)}
}

func (f *keyFilter) add(word uint64) {
	at := word - f.least
	f.bits[at/64] |= 1 << (at % 64)
}

// rows lists those of at most a block of words that are keys.
func (f *keyFilter) rows(words []uint64, into *[blockRows]uint8) []uint8 {
	n := 0
	bits, least, beyond := f.bits, f.least, f.span+1
	for i, w := range words {
		at := min(w-least, beyond)
		into[uint8(n)] = uint8(i)
		n += int(bits[at/64] >> (at % 64) & 1)
	}
	f.seen += len(words)
	f.passed += n
	if f.seen > filterRows && f.passed > f.seen/2 {
		f.bits = nil
	}
	return into[:n]
}
