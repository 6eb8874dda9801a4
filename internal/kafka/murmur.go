package kafka

import "encoding/binary"

// PartitionOf is the partition, of n, where the Java client puts records of that key, so that rows of a key stay
// together whoever writes them: 32-bit MurmurHash2 with its seed, the sign dropped.
func PartitionOf(key []byte, n int) int { return int(murmur2(key)&0x7fffffff) % n }

func murmur2(b []byte) uint32 {
	const m, seed = 0x5bd1e995, 0x9747b28c
	h := uint32(seed) ^ uint32(len(b))
	for ; len(b) >= 4; b = b[4:] {
		k := binary.LittleEndian.Uint32(b) * m
		h = h*m ^ (k^k>>24)*m
	}
	for i := len(b) - 1; i >= 0; i-- {
		h ^= uint32(b[i]) << (8 * i)
		if i == 0 {
			h *= m
		}
	}
	h = (h ^ h>>13) * m
	return h ^ h>>15
}
