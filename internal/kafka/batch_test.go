package kafka

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

// show is a record in words: "7@1000 k=v [h=x]".
func show(r *Records) string {
	text := func(b []byte) string {
		if b == nil {
			return "nil"
		}
		return string(b)
	}
	s := fmt.Sprintf("%d@%d %s=%s", r.Offset, r.Time, text(r.Key), text(r.Value))
	hs, err := r.AppendHeaders(nil)
	for _, h := range hs {
		s += fmt.Sprintf(" [%s=%s]", h.Key, text(h.Value))
	}
	if err != nil {
		s += " " + err.Error()
	}
	return s
}

// readSet shows all records of a set.
func readSet(set []byte) (out []string, err error) {
	var inf Inflater
	defer inf.Close()
	for {
		var raw []byte
		if raw, set = Cut(set); raw == nil {
			return out, nil
		}
		var b Batch
		if err := b.Open(raw); err != nil {
			return out, err
		}
		body, err := inf.Body(&b)
		if err != nil {
			return out, err
		}
		var r Records
		for r.Begin(&b, body); ; {
			more, err := r.Next()
			if err != nil {
				return out, err
			}
			if !more {
				break
			}
			out = append(out, show(&r))
		}
	}
}

func encode(t testing.TB, b *Builder, c Codec, base int64, p Producer) []byte {
	t.Helper()
	raw, err := b.Append(nil, c, new(Deflater), p)
	if err != nil {
		t.Fatal(err)
	}
	binary.BigEndian.PutUint64(raw, uint64(base)) // as the broker does; the sum does not cover it
	return raw
}

func TestRecordsComeBackAsTheyWere(t *testing.T) {
	long := strings.Repeat("abc", 50_000)
	for c := None; c <= Zstd; c++ {
		t.Run(c.String(), func(t *testing.T) {
			var b Builder
			b.Add(nil, []byte("v"), 1000)
			b.Add([]byte("k"), nil, 900)
			b.Add([]byte{}, []byte{}, 1_000_000, Header{[]byte("h"), []byte("x")}, Header{[]byte("n"), nil})
			b.Add([]byte("k"), []byte(long), 1000)
			set := encode(t, &b, c, 7, Anonymous)
			b.Reset()
			b.Add(nil, []byte("last"), 5)
			set = append(set, encode(t, &b, c, 20, Anonymous)...)
			want := []string{"7@1000 nil=v", "8@900 k=nil", "9@1000000 = [h=x] [n=nil]", "10@1000 k=" + long, "20@5 nil=last"}
			for cut := range 3 { // whatever of a third batch is there, it does not count
				got, err := readSet(append(bytes.Clone(set), set[:cut*30]...))
				if err != nil || strings.Join(got, "\n") != strings.Join(want, "\n") {
					t.Fatalf("%v, %.200q", err, got)
				}
			}
		})
	}
}

func TestWhatIsNotABatch(t *testing.T) {
	var b Builder
	b.Add([]byte("key"), []byte("value"), 1)
	good := encode(t, &b, None, 7, Anonymous)
	sum := func(raw []byte) []byte {
		binary.BigEndian.PutUint32(raw[atCRC:], crc32.Checksum(raw[crcEnd:], castagnoli))
		return raw
	}
	change := func(at int, v byte) []byte {
		raw := bytes.Clone(good)
		raw[at] = v
		return raw
	}
	for _, tc := range []struct {
		name string
		raw  []byte
		want string
	}{
		{"a bit that flipped", change(len(good)-2, 'x'), "check sum"},
		{"the format of old", change(atMagic, 1), "magic 1"},
		{"an unknown codec", sum(change(crcEnd+1, 6)), "codec 6"},
		{"more records than there are", sum(change(atCount+3, 9)), "length"},
		{"a key beyond the record", sum(change(headerSize+4, 200)), "batch at offset 7"},
		{"gzip that is none", sum(change(crcEnd+1, 1)), "gzip"},
		{"an offset beyond the batch", sum(change(headerSize+3, 20)), "offset"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got, err := readSet(tc.raw); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%q, %v, want an error with %q", got, err, tc.want)
			}
		})
	}
}

func TestABatchThatGrowsTooLarge(t *testing.T) {
	var b Builder
	b.Add(nil, make([]byte, 1<<20), 1)
	for c := Gzip; c <= Zstd; c++ {
		var batch Batch
		if err := batch.Open(encode(t, &b, c, 0, Anonymous)); err != nil {
			t.Fatal(err)
		}
		if _, err := (&Inflater{limit: 1 << 19}).Body(&batch); !errors.Is(err, ErrCorrupt) {
			t.Errorf("%s: %v", c, err)
		}
	}
}

func TestWalkingOverRecordsDoesNotAllocate(t *testing.T) {
	var b Builder
	for range 1000 {
		b.Add([]byte("key"), []byte("value"), 1)
	}
	for c := None; c <= Zstd; c++ {
		raw := encode(t, &b, c, 0, Anonymous)
		var inf Inflater
		var batch Batch
		var r Records
		n := testing.AllocsPerRun(20, func() {
			if err := batch.Open(raw); err != nil {
				t.Fatal(err)
			}
			body, err := inf.Body(&batch)
			if err != nil {
				t.Fatal(err)
			}
			for r.Begin(&batch, body); r.Left() > 0; {
				if _, err := r.Next(); err != nil {
					t.Fatal(err)
				}
			}
		})
		if n > 5 { // gzip and lz4 allocate a little a batch
			t.Errorf("%s: %v allocations for 1000 records", c, n)
		}
	}
}

// endOf is a batch that commits or aborts the transaction of a producer.
func endOf(t testing.TB, abort bool, offset int64, p Producer) []byte {
	var b Builder
	kind := byte(1)
	if abort {
		kind = 0
	}
	b.Add([]byte{0, 0, 0, kind}, []byte{0, 0, 0, 0, 0, 0}, 1)
	raw := encode(t, &b, None, offset, p)
	raw[crcEnd+1] |= control
	binary.BigEndian.PutUint32(raw[atCRC:], crc32.Checksum(raw[crcEnd:], castagnoli))
	return raw
}

func TestAbortedTransactionsAreSkipped(t *testing.T) {
	var b Builder
	b.Add(nil, []byte("v"), 1)
	one, two := Producer{ID: 1, Transactional: true}, Producer{ID: 2, Transactional: true}
	var f Filter
	f.Start([]Aborted{{1, 6}, {1, 0}, {3, 100}})
	got := ""
	for _, raw := range [][]byte{
		encode(t, &b, None, 0, one), encode(t, &b, None, 1, two), encode(t, &b, None, 2, Anonymous),
		endOf(t, true, 3, one), encode(t, &b, None, 4, one), endOf(t, false, 5, one),
		encode(t, &b, None, 6, one), endOf(t, false, 7, two), encode(t, &b, None, 8, two), endOf(t, true, 9, one), encode(t, &b, None, 10, one),
	} {
		var batch Batch
		if err := batch.Open(raw); err != nil {
			t.Fatal(err)
		}
		if !f.Skip(&batch) {
			got += fmt.Sprint(batch.Base, " ")
		}
	}
	if got != "1 2 4 8 10 " {
		t.Errorf("the batches at %s count", got)
	}
}

// The partitions are those that Java's client chooses; the hashes are from its own test.
func TestPartitionsAreThoseOfJava(t *testing.T) {
	for key, want := range map[string]int32{
		"21": -973932308, "foobar": -790332482, "a-little-bit-long-string": -985981536,
		"a-little-bit-longer-string": -1486304829, "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971, "abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
	if PartitionOf(nil, 1) != 0 || PartitionOf([]byte("foobar"), 7) != int(uint32(0xffffffff-790332482+1)&0x7fffffff)%7 {
		t.Error("the sign is not dropped")
	}
}

func FuzzRecords(f *testing.F) {
	var b Builder
	b.Add([]byte("k"), []byte("v"), 1, Header{[]byte("h"), nil})
	b.Add(nil, nil, 2)
	for c := None; c <= Zstd; c++ {
		f.Add(encode(f, &b, c, 3, Anonymous))
	}
	f.Fuzz(func(t *testing.T, set []byte) {
		// The sum is put right, so that what is behind it is reached.
		if raw, _ := Cut(set); len(raw) >= headerSize {
			binary.BigEndian.PutUint32(raw[atCRC:], crc32.Checksum(raw[crcEnd:], castagnoli))
		}
		_, _ = readSet(set)
	})
}
