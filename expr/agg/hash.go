package agg

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/zeebo/xxh3"
)

// The hash of a key decides its key group, and key groups are how checkpoints are laid out: the functions and
// constants of this file, and the encoding of nested values, are part of the format of checkpoints.
const (
	hashSeed = 0x9e3779b97f4a7c15
	nullWord = 0xb5297a4d3f84d5a7 // what a NULL is hashed as
)

// HashColumns gives each row the hash of its values in cols, in the memory of into if that is enough. Without columns
// every row that into has gets the same hash.
//
// A value is one word or two: integers (of whatever width), dates and times are extended to 64 bits with their sign, a
// Boolean is 0 or 1, a REAL is hashed as the DOUBLE that it is, -0 as 0 and every NaN as one, an Interval as its
// nanoseconds with months of 30 days; a Decimal, an Interval and a UUID have two words, the low one first. Text, JSON
// and Bytes are XXH3 (64 bits, without a seed) of their bytes, nested values XXH3 of their encoding as part of a key,
// and NULL is nullWord, twice where there are two words. Starting from hashSeed, h becomes mix(h + word) for each word
// of the row.
func HashColumns(cols []arrow.Array, into []uint64) []uint64 {
	if len(cols) == 0 {
		for i := range into {
			into[i] = mix(hashSeed)
		}
		return into
	}
	n := cols[0].Len()
	into = sized(into, n)
	var scratch block
	var enc []byte
	for c, a := range cols {
		valid := validity(a)
		parts := max(wordsOf(a.DataType()), 1)
		for from := 0; from < n; from += blockRows {
			to := min(from+blockRows, n)
			for part := range parts {
				var words []uint64
				if wordsOf(a.DataType()) > 0 {
					words = loadWords(a, part, from, to, &scratch)
				} else {
					words, enc = hashBytes(a, from, to, &scratch, enc)
				}
				if !valid.all() {
					words = replaceNulls(words, valid.from(from), &scratch)
				}
				if c == 0 && part == 0 {
					for i, w := range words {
						into[from+i] = mix(hashSeed + w)
					}
				} else {
					mixInto(into[from:to], words)
				}
			}
		}
	}
	return into
}

// mix is a bijection whose output bits each depend on all input bits: the finalizer of SplitMix64 (Stafford's variant
// 13). Both ends of it are used: the highest bits choose the key group, the lowest the place in a hash table.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func mixInto(h, words []uint64) {
	words = words[:len(h)]
	for i, w := range words {
		h[i] = mix(h[i] + w)
	}
}

// replaceNulls puts nullWord in the place of NULLs.
func replaceNulls(words []uint64, valid bitmap, scratch *block) []uint64 {
	out := scratch[:len(words)]
	for i, w := range words {
		if !valid.has(i) {
			w = nullWord
		}
		out[i] = w
	}
	return out
}

// hashBytes is the words of values that have no fixed width. enc is memory for the encoding of nested ones.
func hashBytes(a arrow.Array, from, to int, scratch *block, enc []byte) ([]uint64, []byte) {
	out := scratch[:to-from]
	switch a.DataType().ID() {
	case arrow.STRING, arrow.BINARY:
		offs, data := varlen(a)
		offs = offs[from : to+1]
		for i := range out {
			out[i] = xxh3.Hash(data[offs[i]:offs[i+1]])
		}
	default:
		for i := range out {
			enc = appendValue(enc[:0], a, from+i)
			out[i] = xxh3.Hash(enc)
		}
	}
	return out, enc
}
